/** Writes DER by hand, right or wrong. */

/** A DER value of a tag. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const octets = [length >> 16, length >> 8, length].map((octet) => octet & 0xff);
  const used = octets.slice(length < 0x100 ? 2 : length < 0x10000 ? 1 : 0);
  const head = [0x80 | used.length, ...used];
  return Buffer.concat([Buffer.of(tag, ...head), content]);
}
