/**
 * Reads multipart/form-data bodies (RFC 7578, RFC 2046 5.1), as far as uploads of metadata need it.
 *
 * It accepts what Notary 0.7.0 accepts: lines may end in LF alone if all boundaries do, text before the first and
 * after the last boundary is skipped, and a part whose headers are cut off by the end of the body counts as none.
 */

import { parseParametrised } from './header-parameters.ts';

export interface Part {
  /** The file name as sent, slashes included; empty when the part has none. */
  readonly filename: string;
  readonly bytes: Uint8Array;
}

/** The boundary that a content type gives, or undefined when it is none of a form. */
export function boundaryOf(contentType: string): string | undefined {
  const { value, parameters } = parseParametrised(contentType) ?? {};
  if (value !== 'multipart/form-data' && value !== 'multipart/mixed') return undefined;
  return parameters?.get('boundary');
}

/**
 * The parts in order, and `damaged` after the last readable one when the body is not a form up to its last
 * boundary.
 */
export function* readParts(boundary: string, body: Uint8Array): Generator<Part | 'damaged', void> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const delimiter = `--${boundary}`;
  const first = boundary === '' ? undefined : firstBoundary(bytes, delimiter);
  let boundaryAhead: Boundary | undefined = first;
  while (boundaryAhead?.last === false && first !== undefined) {
    const headers = readHeaders(bytes, boundaryAhead.next);
    if (headers === 'cut off') return;
    if (headers === 'damaged') break;
    const end = endOfPart(bytes, headers.next, delimiter, first.lineEnd);
    yield { filename: filenameOf(headers.lines), bytes: bytes.subarray(headers.next, end) };
    boundaryAhead = boundaryLine(bytes, end, delimiter, first.lineEnd);
  }
  if (boundaryAhead?.last !== true) yield 'damaged';
}

interface Line {
  /** As latin1, with its end. */
  readonly text: string;
  readonly next: number;
  /** False when the body ends before the line does. */
  readonly whole: boolean;
}

/** Lines of boundaries and before them; they are read into a buffer of this many bytes. */
const maxLine = 4096;

function readLine(bytes: Buffer, from: number): Line {
  const feed = bytes.indexOf('\n', from);
  const next = feed < 0 ? bytes.length : feed + 1;
  return { text: bytes.toString('latin1', from, next), next, whole: feed >= 0 };
}

interface Boundary {
  readonly next: number;
  readonly last: boolean;
}

function firstBoundary(bytes: Buffer, delimiter: string): (Boundary & { lineEnd: string }) | undefined {
  for (let at = 0; ; ) {
    const { text, next, whole } = readLine(bytes, at);
    const lineEnd = kindOf(text, delimiter, '\n') === 'next' ? '\n' : '\r\n';
    const kind = kindOf(text, delimiter, lineEnd);
    if (kind === 'last' || (kind === 'next' && whole)) return { next, last: kind === 'last', lineEnd };
    if (!whole || text.length > maxLine) return undefined;
    at = next;
  }
}

function kindOf(text: string, delimiter: string, lineEnd: string): 'next' | 'last' | undefined {
  if (!text.startsWith(delimiter)) return undefined;
  const rest = text.slice(delimiter.length);
  if (rest.replace(/^[ \t]*/, '') === lineEnd) return 'next';
  if (!rest.startsWith('--')) return undefined;
  const end = rest.slice(2).replace(/^[ \t]*/, '');
  return end === '' || end === lineEnd ? 'last' : undefined;
}

/** The boundary after a part, with the line end before it; an empty part may lack that. */
function boundaryLine(bytes: Buffer, from: number, delimiter: string, lineEnd: string): Boundary | undefined {
  const separated = bytes.toString('latin1', from, from + lineEnd.length) === lineEnd;
  const { text, next, whole } = readLine(bytes, separated ? from + lineEnd.length : from);
  const kind = kindOf(text, delimiter, lineEnd);
  if (kind === undefined || text.length > maxLine || (kind === 'next' && !whole)) return undefined;
  return { next, last: kind === 'last' };
}

/** Where the bytes of a part end: before the line end of the next boundary, or with the body. */
function endOfPart(bytes: Buffer, from: number, delimiter: string, lineEnd: string): number {
  if (endsBoundary(bytes, from, delimiter)) return from;
  // No line of such a boundary is taken for one.
  if (delimiter.length > maxLine) return bytes.length;
  const separator = lineEnd + delimiter;
  for (let at = bytes.indexOf(separator, from); at >= 0; at = bytes.indexOf(separator, at + 1)) {
    if (endsBoundary(bytes, at, separator)) return at;
  }
  return bytes.length;
}

/** True when the text stands there and is not the prefix of a longer word. */
function endsBoundary(bytes: Buffer, at: number, text: string): boolean {
  const end = at + text.length;
  if (bytes.toString('latin1', at, end) !== text) return false;
  return end === bytes.length || /^(?:[ \t\r\n]|--)/.test(bytes.toString('latin1', end, end + 2));
}

interface Headers {
  /** Folded lines joined, without line ends. */
  readonly lines: readonly string[];
  readonly next: number;
}

function readHeaders(bytes: Buffer, from: number): Headers | 'cut off' | 'damaged' {
  const lines: string[] = [];
  for (let at = from; ; ) {
    const feed = bytes.indexOf('\n', at);
    const line = feed < 0 ? bytes.toString('utf8', at) : bytes.toString('utf8', at, feed).replace(/\r$/, '');
    if (at === from && /^[ \t]/.test(line)) return 'damaged';
    if (line === '' && feed >= 0) return lines.every(isHeader) ? { lines, next: feed + 1 } : 'damaged';
    if (lines.length > 0 && /^[ \t]/.test(line)) lines.push(`${lines.pop() ?? ''} ${line.trim()}`);
    else if (line !== '') lines.push(line);
    if (feed < 0) return lines.every(isHeader) ? 'cut off' : 'damaged';
    at = feed + 1;
  }
}

function isHeader(line: string): boolean {
  return line.includes(':');
}

function filenameOf(headers: readonly string[]): string {
  const disposition = headers.find((header) => /^content-disposition:/i.test(header)) ?? ':';
  const value = disposition.slice(disposition.indexOf(':') + 1).trim();
  return parseParametrised(value)?.parameters.get('filename') ?? '';
}
