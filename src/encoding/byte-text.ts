/**
 * Keeps bytes that are not UTF-8 in text: a passphrase is bytes, and two of them must not become one. A byte that is
 * no part of UTF-8 stands as a lone surrogate from U+DC80 to U+DCFF, as in Python's `surrogateescape` (PEP 383); UTF-8
 * never gives one.
 */

const escapeBase = 0xdc00;
const firstOfMany = 0x80;
const aloneEscape = /([\udc80-\udcff])/u;

/** The text of bytes; `bytesOfText` gives the very bytes back. */
export function textOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const plain = buffer.toString('utf8');
  if (!plain.includes('\ufffd')) return plain;
  let text = '';
  for (let at = 0; at < buffer.length; ) {
    const character = characterAt(buffer, at);
    text += character ?? String.fromCharCode(escapeBase + (buffer[at] ?? 0));
    at += character === undefined ? 1 : Buffer.byteLength(character);
  }
  return text;
}

/** The character that begins at a byte; undefined where UTF-8 has none. */
function characterAt(bytes: Buffer, at: number): string | undefined {
  const lead = bytes[at] ?? 0;
  if (lead < firstOfMany) return String.fromCharCode(lead);
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const sequence = bytes.subarray(at, at + length);
  const character = sequence.toString('utf8');
  return Buffer.from(character, 'utf8').equals(sequence) ? character : undefined;
}

/** The bytes of a text: UTF-8, and the bytes that `textOfBytes` has kept. */
export function bytesOfText(text: string): Buffer {
  if (!aloneEscape.test(text)) return Buffer.from(text, 'utf8');
  return Buffer.concat(
    text
      .split(aloneEscape)
      .map((part) =>
        aloneEscape.test(part) ? Buffer.of(part.charCodeAt(0) - escapeBase) : Buffer.from(part, 'utf8'),
      ),
  );
}

/** True for a text that holds bytes which are not UTF-8. */
export function holdsBytes(text: string): boolean {
  return aloneEscape.test(text);
}
