/**
 * Reader of multipart/form-data bodies (RFC 7578, RFC 2046 5.1), as far as uploads of metadata need it.
 *
 * A part is its file name and its bytes; field names, other headers, text before the first and after
 * the last boundary are skipped.
 */

export interface Part {
  /** The file name as sent, slashes included; empty when the part has none. */
  readonly filename: string;
  readonly bytes: Uint8Array;
}

/**
 * The parts in order, or undefined for a body that is no multipart/form-data or ends before its last
 * boundary.
 */
export function readParts(contentType: string | undefined, body: Uint8Array): readonly Part[] | undefined {
  const boundary = boundaryOf(contentType ?? '');
  if (boundary === undefined) return undefined;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const delimiter = `--${boundary}`;
  let at = startOfLine(bytes, delimiter);
  const parts: Part[] = [];
  while (at >= 0) {
    const after = at + delimiter.length;
    if (bytes.toString('latin1', after, after + 2) === '--') return parts;
    const start = endOfLine(bytes, after);
    const stop = bytes.indexOf(`\r\n${delimiter}`, Math.max(start - 2, 0));
    if (start < 0 || stop < 0) return undefined;
    // An empty part without headers ends where it starts.
    parts.push(readPart(bytes.subarray(start, Math.max(start, stop))));
    at = stop + 2;
  }
  return undefined;
}

function boundaryOf(contentType: string): string | undefined {
  const { value, parameters } = parseHeader(contentType);
  if (value !== 'multipart/form-data' && value !== 'multipart/mixed') return undefined;
  const boundary = parameters.get('boundary');
  return boundary === '' ? undefined : boundary;
}

function startOfLine(bytes: Buffer, delimiter: string): number {
  if (bytes.indexOf(delimiter) === 0) return 0;
  const found = bytes.indexOf(`\r\n${delimiter}`);
  return found < 0 ? -1 : found + 2;
}

/** The place after the line feed, when nothing but blanks stands before it. */
function endOfLine(bytes: Buffer, from: number): number {
  const feed = bytes.indexOf('\r\n', from);
  if (feed < 0 || bytes.toString('latin1', from, feed).trim() !== '') return -1;
  return feed + 2;
}

function readPart(bytes: Buffer): Part {
  const headless = bytes.indexOf('\r\n') === 0;
  const blank = headless ? 0 : bytes.indexOf('\r\n\r\n');
  if (blank < 0) return { filename: '', bytes: new Uint8Array(0) };
  const headers = bytes.toString('utf8', 0, blank).split('\r\n');
  return { filename: filenameOf(headers), bytes: bytes.subarray(blank + (headless ? 2 : 4)) };
}

function filenameOf(headers: readonly string[]): string {
  for (const header of headers) {
    const colon = header.indexOf(':');
    if (header.slice(0, Math.max(colon, 0)).trim().toLowerCase() !== 'content-disposition') continue;
    return parseHeader(header.slice(colon + 1)).parameters.get('filename') ?? '';
  }
  return '';
}

/** `value; name=token; name="quoted \" string"`; value and names in lower case (RFC 2045 5.1). */
function parseHeader(text: string): { readonly value: string; readonly parameters: Map<string, string> } {
  const [value = ''] = text.split(';', 1);
  const parameters = new Map<string, string>();
  const pattern = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/gs;
  for (const [, name = '', quoted, token] of text.slice(value.length).matchAll(pattern)) {
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/gs, '$1') ?? token ?? '');
  }
  return { value: value.trim().toLowerCase(), parameters };
}
