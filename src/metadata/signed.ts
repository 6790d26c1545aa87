/**
 * Models the envelope of every metadata file: `{"signed":…,"signatures":[…]}`.
 *
 * One tree serves for verifying and for using, so that what was checked is what is believed. The
 * message of the signatures is the canonical form of the tree, as Notary 0.7.0 has it; the raw text is
 * taken for it only where the reader has found the two to be the same.
 */

import { asListedKeyId, type ListedKeyId } from '../crypto/keys/key-id.ts';
import { equalBytes, fromBase64, toBase64, utf8 } from '../encoding/bytes.ts';
import { canonicalJson, escapeHtml, goJson } from '../encoding/canonical-json.ts';
import { asArray, asInteger, asObject, asString, readJsonWithText } from '../encoding/json.ts';
import type { JsonObject, JsonValue } from '../encoding/json-value.ts';
import { quoteByte } from '../encoding/quote-byte.ts';
import { parseInstant } from '../encoding/rfc3339.ts';
import { NotaryError } from '../errors.ts';
import { sizeLimits } from './limits.ts';

export interface Signature {
  readonly keyId: ListedKeyId;
  /** Lower case: `ecdsa`, `rsapss`, `rsapkcs1v15`, `eddsa`. */
  readonly method: string;
  readonly signature: Uint8Array;
}

/** A metadata file before its role-specific content has been read. */
export interface Envelope {
  /** The file as received or as it will be sent. */
  readonly bytes: Uint8Array;
  readonly signed: JsonObject;
  readonly signatures: readonly Signature[];
}

/** What every role's content has. */
export interface Common {
  readonly version: number;
  /** RFC 3339, verbatim: other people's fractions and offsets must survive re-signing of other fields. */
  readonly expires: string;
}

/** A metadata file read: envelope and typed content. */
export interface Signed<T extends Common> {
  readonly envelope: Envelope;
  readonly content: T;
}

/**
 * @param maxBytes a narrower limit than usual
 * @throws NotaryError MALFORMED_JSON, INVALID_METADATA
 */
export function parseEnvelope(bytes: Uint8Array, maxBytes: number = sizeLimits.file): Envelope {
  if (bytes.length > maxBytes) throw tooLarge('metadata', bytes.length, maxBytes);
  const { value, text } = readJsonWithText(bytes, 'signed');
  const file = asObject(value, 'metadata');
  const signatures = asArray(file.get('signatures'), 'signatures').map(parseSignature);
  const signed = asObject(file.get('signed'), 'signed part of metadata');
  if (text !== undefined) messages.set(signed, text);
  return { bytes, signed, signatures };
}

/** The messages of trees that were read from their canonical form: nothing else could come of writing them. */
const messages = new WeakMap<JsonObject, Uint8Array>();

function parseSignature(value: JsonValue): Signature {
  const object = asObject(value, 'signature');
  const text = asString(object.get('sig'), 'sig');
  const signature = fromBase64(text);
  if (signature === undefined) throw new NotaryError('INVALID_METADATA', 'a signature is not base64');
  return {
    keyId: asListedKeyId(asString(object.get('keyid'), 'keyid of a signature')),
    method: asString(object.get('method'), 'method of a signature').toLowerCase(),
    signature,
  };
}

/** The last message that had to be written: it is asked for again, and to keep more would double what files take. */
let written = new WeakMap<JsonObject, Uint8Array>();

/** The message that the signatures of a file are over. */
export function signedMessage(signed: JsonObject): Uint8Array {
  const known = messages.get(signed) ?? written.get(signed);
  if (known !== undefined) return known;
  const message = utf8(canonicalJson(signed));
  written = new WeakMap([[signed, message]]);
  return message;
}

/**
 * True when two files say the same: version and everything else that is signed. White space, the list of
 * signatures and an ECDSA signature itself, (r, s) or (r, n - s), can be changed without any key.
 */
export function hasSameContent(one: Pick<Envelope, 'signed'>, other: Pick<Envelope, 'signed'>): boolean {
  return one.signed === other.signed || equalBytes(signedMessage(one.signed), signedMessage(other.signed));
}

/**
 * Builds the file that Go would write: `signed` first, HTML escaped, no white space, no newline.
 *
 * @param canonical the canonical text of `signed`, for those who have it already
 * @throws NotaryError MALFORMED_JSON for a control character in a name or in custom data: canonical JSON
 * keeps it raw, so that Go cannot write such a file and the server could not either
 */
export function buildEnvelope(
  signed: JsonObject,
  signatures: readonly Signature[],
  canonical = canonicalJson(signed),
): Envelope {
  const control = /[\x00-\x1f]/.exec(canonical)?.[0];
  if (control !== undefined) {
    throw new NotaryError(
      'MALFORMED_JSON',
      `json: error calling MarshalJSON for type *json.RawMessage: invalid character ${quoteByte(control.charCodeAt(0))} in string literal`,
    );
  }
  const list = signatures.map(
    ({ keyId, method, signature }) =>
      `{"keyid":${goJson(keyId)},"method":${goJson(method)},"sig":"${toBase64(signature)}"}`,
  );
  const text = `{"signed":${escapeHtml(canonical)},"signatures":[${list.join(',')}]}`;
  return { bytes: utf8(text), signed, signatures };
}

/** The member `_type` of the file of a role: a delegation has that of `targets`. */
export function metadataType(role: string): string {
  if (role === 'root') return 'Root';
  if (role === 'snapshot') return 'Snapshot';
  return role === 'timestamp' ? 'Timestamp' : 'Targets';
}

/**
 * Reads type, version and expiry of the signed part.
 *
 * @param role for messages; @param type the exact `_type`
 * @throws NotaryError INVALID_METADATA, MALFORMED_TIME, MALFORMED_JSON
 */
export function parseCommon(signed: JsonObject, role: string, type: string): Common {
  const found = asString(signed.get('_type') ?? '', `_type of ${role}`);
  if (found !== type) throw invalidMetadata(role, `expected type ${type}, not ${found}`);
  const version = asInteger(signed.get('version'), `version of ${role}`);
  // Notary 0.7.0 has the digit for the root and the word for all others.
  if (version < 1) {
    throw invalidMetadata(role, `version cannot be less than ${role === 'root' ? '1' : 'one'}`);
  }
  const expires = asString(signed.get('expires'), `expires of ${role}`);
  parseInstant(expires);
  return { version, expires };
}

/** The error for metadata that is well-formed JSON and not valid for its role (Notary 0.7.0's wording). */
export function invalidMetadata(role: string, message: string): NotaryError {
  return new NotaryError('INVALID_METADATA', `${role} type metadata invalid: ${message}`, {
    details: { role },
  });
}

/** The error for a file that no reader accepts. */
export function tooLarge(what: string, length: number, limit: number): NotaryError {
  return new NotaryError('INVALID_METADATA', `${what} of ${length} bytes is too large to be read`, {
    details: { length, limit },
  });
}
