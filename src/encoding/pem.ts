/**
 * Reads and writes PEM blocks as Go's encoding/pem does (RFC 1421 headers included).
 *
 * Notary keeps a key's role and GUN in PEM headers, which OpenSSL and node:crypto refuse, and key IDs
 * of certificates are taken over the PEM text itself, so both directions follow Go to the byte.
 */

import { NotaryError } from '../errors.ts';
import { compareUtf8, fromBase64, toBase64, utf8 } from './bytes.ts';

export interface PemBlock {
  /** The words between `BEGIN ` and the dashes. */
  readonly type: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
}

const begin = '-----BEGIN ';
const end = '-----END ';
const dashes = '-----';
const columns = 64;

/** One line and the place where the next one starts. Trailing blanks and a CR before the LF are dropped. */
function lineAt(text: string, at: number): { readonly line: string; readonly next: number } {
  const feed = text.indexOf('\n', at);
  if (feed < 0) return { line: trimBlanks(text.slice(at)), next: text.length };
  const stop = feed > at && text[feed - 1] === '\r' ? feed - 1 : feed;
  return { line: trimBlanks(text.slice(at, stop)), next: feed + 1 };
}

function trimBlanks(line: string): string {
  let stop = line.length;
  while (stop > 0 && (line[stop - 1] === ' ' || line[stop - 1] === '\t')) stop--;
  return line.slice(0, stop);
}

/** The text is walked as Latin-1, one unit a byte; words taken out of it are UTF-8. */
function word(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

function startOfBlock(text: string, at: number): number {
  if (text.startsWith(begin, at)) return at + begin.length;
  const found = text.indexOf(`\n${begin}`, at);
  return found < 0 ? -1 : found + 1 + begin.length;
}

function readHeaders(
  text: string,
  from: number,
): { readonly headers: Map<string, string>; readonly at: number } {
  const headers = new Map<string, string>();
  for (let at = from; ; ) {
    const { line, next } = lineAt(text, at);
    const colon = line.indexOf(':');
    if (colon < 0 || at >= text.length) return { headers, at };
    headers.set(word(line.slice(0, colon)).trim(), word(line.slice(colon + 1)).trim());
    at = next;
  }
}

/**
 * All well-formed blocks of a file, in order.
 *
 * As in Go, text before, between and after blocks is skipped, and so is a block whose end line or
 * base64 is wrong. Unlike Go, base64 with stray bits in its last digit is wrong too, and a file of nothing
 * but begin lines takes no longer than another one.
 */
export function parsePem(bytes: Uint8Array): readonly PemBlock[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const blocks: PemBlock[] = [];
  let endLine = -1;
  for (let at = startOfBlock(text, 0); at >= 0; ) {
    const first = lineAt(text, at);
    at = first.next;
    if (!first.line.endsWith(dashes)) {
      at = startOfBlock(text, at);
      continue;
    }
    const type = first.line.slice(0, -dashes.length);
    const { headers, at: body } = readHeaders(text, at);
    at = startOfBlock(text, body);
    // The end line starts a line of its own; right after the headers it takes a blank line to do so.
    const search = headers.size === 0 ? body - 1 : body;
    if (endLine < search) endLine = text.indexOf(`\n${end}`, search);
    if (endLine < 0) break;
    // A begin line before the end line is no base64.
    if (at >= 0 && at < endLine) continue;
    const trailer = endLine + 1 + end.length;
    const close = type + dashes;
    if (!text.startsWith(close, trailer) || lineAt(text, trailer + close.length).line !== '') continue;
    const content = fromBase64(text.slice(body, Math.max(body, endLine)).replace(/[ \t\r\n]/g, ''));
    if (content === undefined) continue;
    blocks.push({ type: word(type), headers, bytes: content });
    at = startOfBlock(text, lineAt(text, trailer).next);
  }
  return blocks;
}

/**
 * The bytes of a block: `Proc-Type` first, then the other headers in byte order, base64 in lines of 64,
 * LF, a final newline.
 *
 * @throws NotaryError MALFORMED_PEM for a header that would not read back: a colon in its name or a
 * line break in it.
 */
export function encodePem(block: PemBlock): Uint8Array {
  const lines = [`${begin}${block.type}${dashes}`];
  if (block.headers.size > 0) {
    const rank = (name: string) => (name === 'Proc-Type' ? 0 : 1);
    const names = [...block.headers.keys()].sort((a, b) => rank(a) - rank(b) || compareUtf8(a, b));
    for (const name of names) lines.push(headerLine(name, block.headers.get(name) ?? ''));
    lines.push('');
  }
  const base64 = toBase64(block.bytes);
  for (let at = 0; at < base64.length; at += columns) lines.push(base64.slice(at, at + columns));
  lines.push(`${end}${block.type}${dashes}`, '');
  return utf8(lines.join('\n'));
}

function headerLine(name: string, value: string): string {
  if (name.includes(':')) {
    throw new NotaryError('MALFORMED_PEM', 'pem: cannot encode a header key that contains a colon');
  }
  if (/[\r\n]/.test(name + value)) {
    throw new NotaryError('MALFORMED_PEM', `pem: the header ${JSON.stringify(name)} contains a line break`);
  }
  return `${name}: ${value}`;
}
