/** Bodies of uploads written by hand, so that everything in them can be wrong. */

import { utf8 } from '../../../src/encoding/bytes.ts';
import type { Asked } from '../../support/server-session.ts';

export interface Form {
  /** What the record calls it. */
  readonly name: string;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** A form whose boundary is `b`, unless its content type says otherwise. */
export function form(fields: Partial<Form> & Pick<Form, 'name' | 'body'>): Form {
  return { contentType: 'multipart/form-data; boundary=b', ...fields };
}

/** One part under the boundary `b`, with the line end that the next boundary wants before it. */
export function part(filename: string, text: string): string {
  const disposition = `Content-Disposition: form-data; name="files"; filename="${filename}"`;
  return `--b\r\n${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n${text}\r\n`;
}

/** The upload of a form. */
export function asked(gun: string, { name, contentType, body }: Form): Asked {
  return {
    method: 'POST',
    path: `/v2/${gun}/_trust/tuf/`,
    headers: { 'content-type': contentType },
    body: typeof body === 'string' ? utf8(body) : body,
    as: name.length > 120 ? `${name.slice(0, 100)}… (${name.length})` : name,
  };
}
