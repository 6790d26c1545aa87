/** Writes the body of an upload: multipart/form-data (RFC 7578), one part per role. */

import { randomBytes } from 'node:crypto';
import { utf8 } from '../../../encoding/bytes.ts';

export interface Multipart {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/**
 * Packs the files of several roles as Notary 0.7.0 does: field name `files`, file name the role with
 * its slashes and without `.json`. No files at all is a legal upload.
 */
export function packFiles(files: ReadonlyMap<string, Uint8Array>): Multipart {
  // The author of metadata cannot foresee 240 random bits and put them into a file.
  const boundary = randomBytes(30).toString('hex');
  const pieces: Uint8Array[] = [];
  for (const [role, bytes] of files) {
    const header = [
      `--${boundary}`,
      `Content-Disposition: form-data; name="files"; filename="${quotable(role)}"`,
      'Content-Type: application/octet-stream',
    ];
    pieces.push(utf8(`${header.join('\r\n')}\r\n\r\n`), bytes, utf8('\r\n'));
  }
  pieces.push(utf8(`--${boundary}--\r\n`));
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat(pieces) };
}

function quotable(role: string): string {
  return role.replace(/[\r\n]/g, ' ').replace(/["\\]/g, '\\$&');
}
