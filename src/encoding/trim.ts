/**
 * Cuts characters off the ends of a text. An expression such as `/x+$/` looks at a run of them once for each character
 * in it, wherever the run stands; this looks at each end once.
 */

/** The text without what it begins with of these characters (of the Basic Multilingual Plane). */
export function trimStartOf(text: string, characters: string): string {
  let start = 0;
  while (start < text.length && characters.includes(text.charAt(start))) start++;
  return text.slice(start);
}

/** The text without what it ends with of these characters (of the Basic Multilingual Plane). */
export function trimEndOf(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The text without these characters at either end. */
export function trimOf(text: string, characters: string): string {
  return trimEndOf(trimStartOf(text, characters), characters);
}
