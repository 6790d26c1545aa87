/** Checks whether bytes are ASCII, or free of ASCII controls and backslashes, four at a time: texts have many megabytes. */

const backslash = 0x5c;
const firstPrinting = 0x20;
const highBits = 0x80808080;

/** True when no byte is a backslash or an ASCII control, so that a JSON text in it ends at the next quote. */
export function isPlain(bytes: Uint8Array): boolean {
  const { head, words, tail } = inWords(bytes);
  return bytesArePlain(head) && wordsArePlain(words) && bytesArePlain(tail);
}

/** True when every byte is below 0x80. */
export function isAscii(bytes: Uint8Array): boolean {
  const { head, words, tail } = inWords(bytes);
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- in a short run, for-of takes five times as long here
  for (let at = 0; at < words.length; at++) if (((words[at] ?? 0) & highBits) !== 0) return false;
  return head.every((byte) => byte < 0x80) && tail.every((byte) => byte < 0x80);
}

/** The aligned words of an array of bytes, and the bytes on both sides of them. */
function inWords(bytes: Uint8Array): { head: Uint8Array; words: Uint32Array; tail: Uint8Array } {
  const { buffer, byteOffset, length } = bytes;
  const begin = -byteOffset & 3;
  if (length < begin) return { head: bytes, words: new Uint32Array(), tail: new Uint8Array() };
  const words = new Uint32Array(buffer, byteOffset + begin, (length - begin) >> 2);
  return { head: bytes.subarray(0, begin), words, tail: bytes.subarray(begin + 4 * words.length) };
}

function bytesArePlain(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= firstPrinting && byte !== backslash);
}

/** The test for a byte below n within a word: subtracting n from each borrows from its highest bit. */
function wordsArePlain(words: Uint32Array): boolean {
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- in a short run, for-of takes five times as long here
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? 0;
    const other = word ^ 0x5c5c5c5c;
    const controls = (word - 0x20202020) & ~word;
    const backslashes = (other - 0x01010101) & ~other;
    if (((controls | backslashes) & highBits) !== 0) return false;
  }
  return true;
}
