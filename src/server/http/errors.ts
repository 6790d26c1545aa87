/**
 * Writes the error bodies of a Notary server (Notary 0.7.0, docker/distribution's error envelope).
 *
 * An error body is `{"errors":[{"code":…,"message":…,"detail":…}]}` and a line feed; a detail that is absent is
 * left out.
 */

import { utf8 } from '../../encoding/bytes.ts';
import { goJson } from '../../encoding/canonical-json.ts';
import type { JsonValue } from '../../encoding/json-value.ts';
import type { NotaryError } from '../../errors.ts';
import { json, type ServerReply } from './messages.ts';

const descriptors = {
  NO_FILENAME: [400, 'No file/role name provided.'],
  INVALID_ROLE: [400, 'The role you are attempting to operate on is invalid.'],
  MALFORMED_JSON: [400, 'JSON sent by the client could not be parsed by the server'],
  VERSION: [400, 'A newer version of metadata is already available.'],
  METADATA_NOT_FOUND: [404, 'You have requested metadata that does not exist.'],
  INVALID_UPDATE: [400, 'Update sent by the client is invalid.'],
  MALFORMED_UPLOAD: [400, 'The body of your request is malformed.'],
  INVALID_GUN: [400, 'The server does not support actions on images of this name.'],
  INVALID_PARAMETERS: [400, 'The parameters provided are not valid.'],
  UNAUTHORIZED: [401, 'authentication required'],
  UNKNOWN: [500, 'unknown error'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

/** The codes of error bodies. */
export type ReplyCode = keyof typeof descriptors;

/** An error reply. */
export function refusal(code: ReplyCode, detail?: JsonValue): ServerReply {
  const [status, message] = descriptors[code];
  const error = new Map<string, JsonValue>([
    ['code', code],
    ['message', message],
  ]);
  if (detail !== undefined) error.set('detail', detail);
  const body = goJson(new Map<string, JsonValue>([['errors', [error]]]));
  return { status, headers: { 'content-type': json }, body: utf8(`${body}\n`) };
}

/** The detail of errors whose Go value has no fields that are serialised. */
export const noFields: JsonValue = new Map<string, JsonValue>();

/** 404 for a file that is not in the store, which Notary 0.7.0 distinguishes from an unknown path by its detail. */
export function notFound(): ServerReply {
  return refusal('METADATA_NOT_FOUND', noFields);
}

const rejections: Readonly<Record<string, string>> = {
  VALIDATION: 'ErrValidation',
  BAD_ROOT: 'ErrBadRoot',
  BAD_TARGETS: 'ErrBadTargets',
  BAD_SNAPSHOT: 'ErrBadSnapshot',
  BAD_HIERARCHY: 'ErrBadHierarchy',
};

/** INVALID_UPDATE for the error of `validateUpdate`; an error that is no verdict on the upload gives no detail. */
export function rejection(error: NotaryError): ServerReply {
  const name = rejections[error.code];
  if (name === undefined) return refusal('INVALID_UPDATE');
  const missing = error.details['missing'];
  const verdict = new Map<string, JsonValue>([['Msg', error.message]]);
  const detail = new Map<string, JsonValue>([
    ['Name', name],
    ['Error', typeof missing === 'string' ? new Map([['Missing', missing], ...verdict]) : verdict],
  ]);
  return refusal('INVALID_UPDATE', detail);
}
