/** Converts between bytes and text. Strict: what is not exactly one encoding of a value is refused. */

import { NotaryError } from '../errors.ts';
import { isAscii } from './ascii-checks.ts';

/** Making one takes longer than reading a short text with it. */
let decoder: InstanceType<typeof TextDecoder> | undefined;

/** UTF-8 bytes of a string. (A TextEncoder does the same; Node takes 2 ms to load what makes one.) */
export function utf8(text: string): Uint8Array {
  const { buffer, byteOffset, byteLength } = Buffer.from(text, 'utf8');
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const shortText = 64 * 1024;

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The string of UTF-8 bytes. @throws NotaryError MALFORMED_JSON for bytes that are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  // Most texts are short and ASCII, and making a decoder takes 2 ms.
  if (bytes.length <= shortText && isAscii(bytes)) return latin1(bytes);
  try {
    decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(bytes);
  } catch (cause) {
    throw new NotaryError('MALFORMED_JSON', 'invalid UTF-8', { cause });
  }
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** @throws NotaryError MALFORMED_HASH for an odd length or anything but hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new NotaryError('MALFORMED_HASH', 'invalid hexadecimal text');
  }
  return Buffer.from(text, 'hex');
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Decodes canonical standard base64, or returns undefined: no line breaks, no URL alphabet, padding required. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** The sign `=`. */
const padding = 0x3d;
/** The value of each symbol of standard base64; 255 for every other byte. */
const sextets = new Uint8Array(256).fill(255);
const symbols = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
for (let value = 0; value < symbols.length; value++) sextets[symbols.charCodeAt(value)] = value;
/** Holds a text while it is looked at: bytes are read many times faster than the characters of a string. */
const scratch = Buffer.alloc(256);

/** True for what `fromBase64` decodes: the bits that the last character has to spare are zero. */
export function isBase64(text: string): boolean {
  const { length } = text;
  if (length % 4 !== 0) return false;
  if (length > scratch.length) return fromBase64(text) !== undefined;
  // Other than ASCII takes more bytes, or does not fit.
  if (scratch.write(text) !== length) return false;
  let end = length;
  let spare = 0;
  if (scratch[end - 1] === padding) {
    const two = scratch[end - 2] === padding;
    end -= two ? 2 : 1;
    spare = two ? 0b1111 : 0b11;
  }
  for (let at = 0; at < end; at++) if (sextets[scratch[at] ?? 0] === 255) return false;
  return ((sextets[scratch[end - 1] ?? 0] ?? 0) & spare) === 0;
}

/** True when both hold the same bytes. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

/** Compares two strings by their UTF-8 bytes, the order in which Go sorts strings. */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) {
      // Surrogates sort above every other UTF-16 unit in UTF-8 order, since they encode astral characters.
      const aSurrogate = a >= 0xd800 && a <= 0xdfff;
      const bSurrogate = b >= 0xd800 && b <= 0xdfff;
      if (aSurrogate !== bSurrogate) return aSurrogate ? 1 : -1;
      return a - b;
    }
  }
  return left.length - right.length;
}
