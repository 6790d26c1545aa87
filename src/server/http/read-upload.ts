/** Reads the body of an upload into files by role, and checks only their form (Notary 0.7.0). */

import { fromBase64 } from '../../encoding/bytes.ts';
import { asArray, asInteger, asObject, asString, readJson } from '../../encoding/json.ts';
import { isAbsent, type JsonValue } from '../../encoding/json-value.ts';
import { parseInstant } from '../../encoding/rfc3339.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { isBaseRole, isDelegation } from '../../metadata/role-name.ts';
import type { FileUpdate } from '../store/store.ts';
import { refusal } from './errors.ts';
import type { ServerReply, ServerRequest } from './messages.ts';
import { boundaryOf, readParts } from './multipart.ts';

export type ReadUpload =
  | { readonly files: readonly FileUpdate[]; readonly refused?: undefined }
  | { readonly refused: ServerReply };

/** The files in order of their parts, or the reply to the first part that is none. */
export function readUpload({ headers, body }: ServerRequest): ReadUpload {
  const contentType = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const boundary = boundaryOf(contentType ?? '');
  if (boundary === undefined) return { refused: refusal('MALFORMED_UPLOAD') };
  const files: FileUpdate[] = [];
  for (const part of readParts(boundary, body)) {
    if (part === 'damaged') return { refused: refusal('MALFORMED_UPLOAD') };
    const { filename, bytes } = part;
    const role = filename.replace(/\.json$/, '');
    if (role === '') return { refused: refusal('NO_FILENAME') };
    if (!isBaseRole(role) && !isDelegation(role)) return { refused: refusal('INVALID_ROLE', role) };
    const version = versionOf(bytes);
    if (version === undefined) return { refused: refusal('MALFORMED_JSON') };
    files.push({ role, version, bytes });
  }
  return { files };
}

/** The version of a file that has the shape of metadata, 0 where it gives none; undefined for other bytes. */
function versionOf(bytes: Uint8Array): number | undefined {
  try {
    const file = asObject(readJson(bytes, { fractions: true }), 'metadata');
    for (const signature of asArray(file.get('signatures'), 'signatures')) checkSignature(signature);
    const signed = file.get('signed');
    if (isAbsent(signed)) return 0;
    const content = asObject(signed, 'signed');
    const [type, expires, version] = ['_type', 'expires', 'version'].map((name) => content.get(name));
    if (!isAbsent(type)) asString(type, '_type');
    if (!isAbsent(expires)) parseInstant(asString(expires, 'expires'));
    return isAbsent(version) ? 0 : asInteger(version, 'version');
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

function checkSignature(value: JsonValue): void {
  const signature = asObject(value, 'signature');
  for (const name of ['keyid', 'method', 'sig']) {
    const member = signature.get(name);
    if (!isAbsent(member)) asString(member, name);
  }
  const text = signature.get('sig');
  if (typeof text === 'string' && fromBase64(text) === undefined) {
    throw new NotaryError('INVALID_METADATA', 'a signature is not base64');
  }
}
