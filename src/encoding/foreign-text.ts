/** Reads text files that a person hands over, whatever editor, shell or secret store they went through. */

import { fromBase64 } from './bytes.ts';
import { encodePem, type PemBlock, parsePem } from './pem.ts';

/**
 * The bytes as UTF-8 without a byte order mark: editors and shells on Windows write one, and UTF-16. What is neither
 * stays as it is.
 */
export function asUtf8(file: Uint8Array): Uint8Array {
  const [first, second, third] = file;
  if (first === 0xef && second === 0xbb && third === 0xbf) return file.subarray(3);
  const text = utf16Of(file);
  return (text && fromUtf16(text)) ?? file;
}

/** What is UTF-16, low bytes first and without a mark; undefined for anything else. */
function utf16Of(file: Uint8Array): Uint8Array | undefined {
  const [first, second, third, fourth] = file;
  if (first === 0xff && second === 0xfe) return file.subarray(2);
  if (first === 0xfe && second === 0xff) return swapped(file.subarray(2));
  // Without a mark: text that begins with two ASCII letters has a zero in every other byte.
  if (file.length < 4) return undefined;
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return file;
  return first === 0 && second !== 0 && third === 0 && fourth !== 0 ? swapped(file) : undefined;
}

/** Undefined for what is not whole: half a character would be read as another one. */
function fromUtf16(bytes: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(bytes).toString('utf16le');
  return bytes.length % 2 === 0 && text.isWellFormed() ? Buffer.from(text) : undefined;
}

/** An odd byte at the end stays where it is. */
function swapped(bytes: Uint8Array): Uint8Array {
  const even = bytes.length - (bytes.length % 2);
  return Buffer.concat([Buffer.from(bytes.subarray(0, even)).swap16(), bytes.subarray(even)]);
}

/**
 * The PEM blocks of a file, as `parsePem` of its text finds them. Where there are none, blocks whose line ends were
 * lost on the way are put together again: variables of build systems and secret stores turn line ends into blanks,
 * into `\n` in letters, or into nothing.
 */
export function foreignPem(file: Uint8Array): readonly PemBlock[] {
  const text = asUtf8(file);
  const blocks = parsePem(text);
  return blocks.length > 0 ? blocks : flattenedPem(text);
}

const lostEnds = /\\r\\n|\\n|\\r|\r/g;
const maxFlattened = 1024 * 1024;
/** Blanks and a quote may stand before the first block, and nothing else: a document that contains a key is no key file. */
const maxLead = 4096;

function flattenedPem(bytes: Uint8Array): readonly PemBlock[] {
  if (bytes.length > maxFlattened || !/^\s*["']?-----BEGIN /.test(asLatin1(bytes.subarray(0, maxLead))))
    return [];
  const text = asLatin1(bytes).replace(lostEnds, '\n');
  const lined = parsePem(Buffer.from(text, 'latin1'));
  if (lined.length > 0) return lined;
  const blocks: PemBlock[] = [];
  for (let at = 0; ; ) {
    const begin = text.indexOf('-----BEGIN ', at);
    if (begin < 0) return blocks;
    const typeEnd = text.indexOf('-----', begin + 11);
    const type = text.slice(begin + 11, typeEnd);
    const end = typeEnd < 0 ? -1 : text.indexOf(`-----END ${type}-----`, typeEnd);
    if (end < 0) return blocks;
    const block = blockOf(type, text.slice(typeEnd + 5, end));
    if (block !== undefined) blocks.push(block);
    at = end + type.length + 14;
  }
}

function asLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Headers that come before the base64 are words that end in a colon, each with one word after it. */
function blockOf(type: string, content: string): PemBlock | undefined {
  const words = content.split(/\s+/).filter((word) => word !== '');
  const headers = new Map<string, string>();
  while (words[0]?.endsWith(':') === true) {
    const [name = '', value = ''] = words.splice(0, 2);
    headers.set(name.slice(0, -1), value);
  }
  const bytes = fromBase64(words.join(''));
  return bytes === undefined || bytes.length === 0 ? undefined : { type, headers, bytes };
}

/** The blocks as PEM text, for readers that take no other. */
export function pemText(blocks: readonly PemBlock[]): string {
  return blocks.map((block) => Buffer.from(encodePem(block)).toString('utf8')).join('');
}
