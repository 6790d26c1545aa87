/** Keeps text to one line of a monitoring plug-in. */

/** The bar divides text from performance data. */
export function plainText(text: string): string {
  return text.replaceAll('|', '/').replaceAll(/[\r\n]+/g, ' ');
}
