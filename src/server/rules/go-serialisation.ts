/**
 * Serialises a parsed file into the bytes that a Go server makes of it.
 *
 * It keeps an upload as sent, but what it writes into a snapshot or timestamp is the hash of what its own
 * serialiser makes of the parsed file: known members only, in canonical order, absent ones filled in, times printed
 * anew (Notary 0.7.0). A file in any other form is accepted and can then not be found by the hash that the snapshot
 * names.
 */

import { compareUtf8, toBase64, utf8 } from '../../encoding/bytes.ts';
import { canonicalJson, escapeHtml, goJson } from '../../encoding/canonical-json.ts';
import { isAbsent, type JsonObject, type JsonValue } from '../../encoding/json-value.ts';
import { trimEndOf } from '../../encoding/trim.ts';
import type { Envelope } from '../../metadata/signed.ts';

/** Prints a value of one Go type; what is absent prints as that type's zero value. */
type Form = (value: JsonValue | undefined) => string;

const scalar =
  (zero: JsonValue): Form =>
  (value) =>
    canonicalJson(isAbsent(value) ? zero : value);

const string = scalar('');
const integer = scalar(0);
const boolean = scalar(false);
/** base64 text, null when absent. */
const bytes = scalar(null);

/** Go's RFC3339Nano: no zeros at the end of the fraction, `Z` for an offset of nothing. */
const time: Form = (value) => {
  if (typeof value !== 'string') return '"0001-01-01T00:00:00Z"';
  const [, second = value, fraction = '', offset = ''] = /^(.*?)(\.\d+)?(Z|[-+]\d\d:\d\d)$/.exec(value) ?? [];
  const digits = trimEndOf(trimEndOf(fraction.slice(0, 10), '0'), '.');
  return canonicalJson(second + digits + (/^[-+]00:00$/.test(offset) ? 'Z' : offset));
};

/** Data that Go passes through as text: members stay in the order in which they were sent. */
const verbatim: Form = (value) => goJson(value ?? null);

const list =
  (item: Form): Form =>
  (value) =>
    Array.isArray(value) ? `[${(value as readonly JsonValue[]).map(item).join(',')}]` : 'null';

const mapOf =
  (item: Form): Form =>
  (value) => {
    if (!(value instanceof Map)) return 'null';
    const object = value as JsonObject;
    const names = [...object.keys()].sort(compareUtf8);
    return `{${names.map((name) => `${canonicalJson(name)}:${item(object.get(name))}`).join(',')}}`;
  };

/** All members named here and no others; the names are given in canonical order. */
const struct =
  (members: Readonly<Record<string, Form>>, leaveOut?: (name: string, value?: JsonValue) => boolean): Form =>
  (value) => {
    const object: JsonObject = value instanceof Map ? (value as JsonObject) : new Map<string, JsonValue>();
    const kept = Object.entries(members).filter(([name]) => leaveOut?.(name, object.get(name)) !== true);
    return `{${kept.map(([name, form]) => `"${name}":${form(object.get(name))}`).join(',')}}`;
  };

const key = struct({ keytype: string, keyval: struct({ private: bytes, public: bytes }) });
/** Go makes an empty map of keys that are null, and none of keys that are absent. */
const keys: Form = (value) => (value === null ? '{}' : mapOf(key)(value));
const fileMetas = mapOf(
  struct(
    { custom: verbatim, hashes: mapOf(bytes), length: integer },
    (name, value) => name === 'custom' && isAbsent(value),
  ),
);
const rootRole = struct({ keyids: list(string), threshold: integer });
const delegation = struct(
  { keyids: list(string), name: string, paths: list(string), threshold: integer },
  (name, value) => name === 'paths' && (isAbsent(value) || (Array.isArray(value) && value.length === 0)),
);
const root = struct({
  _type: string,
  consistent_snapshot: boolean,
  expires: time,
  keys,
  roles: mapOf(rootRole),
  version: integer,
});
const targets = struct({
  _type: string,
  delegations: struct({ keys, roles: list(delegation) }),
  expires: time,
  targets: fileMetas,
  version: integer,
});
const snapshot = struct({ _type: string, expires: time, meta: fileMetas, version: integer });

function formOf(role: string): Form {
  if (role === 'root') return root;
  return role === 'snapshot' || role === 'timestamp' ? snapshot : targets;
}

/** The file of a role as Go would write it; for a file that Notary has written, the file itself. */
export function goForm(role: string, { signed, signatures }: Envelope): Uint8Array {
  const list = signatures.map(
    ({ keyId, method, signature }) =>
      `{"keyid":${goJson(keyId)},"method":${goJson(method)},"sig":"${toBase64(signature)}"}`,
  );
  return utf8(`{"signed":${escapeHtml(formOf(role)(signed))},"signatures":[${list.join(',')}]}`);
}
