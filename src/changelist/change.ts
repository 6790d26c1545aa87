/** Reads and writes staged changes as Notary 0.7.0 stores them in change files. */

import { asCanonicalKeyId, type CanonicalKeyId } from '../crypto/keys/key-id.ts';
import type { PublicKey } from '../crypto/keys/public-key.ts';
import { compareUtf8, fromBase64, latin1, toBase64, utf8 } from '../encoding/bytes.ts';
import { goJson } from '../encoding/canonical-json.ts';
import { asArray, asInteger, asObject, asString, readJson } from '../encoding/json.ts';
import type { JsonObject, JsonValue } from '../encoding/json-value.ts';
import { parseInstant } from '../encoding/rfc3339.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { type FileMeta, parseFileMeta } from '../metadata/file-meta.ts';
import { parsePublicKey } from '../metadata/key.ts';

/** `create`, `update`, `delete`; other words are shown and refused when they are applied. */
export type ChangeAction = string;

/** `target`, `delegation`, `witness`, `role`. */
export type ChangeType = string;

export interface Change {
  readonly action: ChangeAction;
  /** The role that is changed: `role` in the file, SCOPE in tables. */
  readonly scope: string;
  readonly type: ChangeType;
  /** Target name; empty for delegations and witnesses. */
  readonly path: string;
  /** Inner JSON document; undefined when there is none. */
  readonly content: Uint8Array | undefined;
  /** The place among all that is staged, from 0, as `status` shows it and `reset -n` takes it. */
  readonly number?: number;
}

/** The inner document of a delegation change. */
export interface DelegationContent {
  readonly threshold: number;
  readonly addKeys: readonly PublicKey[];
  /** Canonical IDs. */
  readonly removeKeys: readonly CanonicalKeyId[];
  readonly addPaths: readonly string[];
  readonly removePaths: readonly string[];
  readonly clearPaths: boolean;
}

/** The inner document of a change that has none: reading it fails as it does in Notary 0.7.0. */
const nothing = new Uint8Array();

/** A change file as Notary and we write it, when no text in it needs an escape: what it says can be read off. */
const usual =
  /^\{"action":"([a-z]*)","role":"([-a-z0-9_/*]*)","type":"([a-z]*)","path":"([ !#-[\]-~]*)","data":"([A-Za-z0-9+/=]*)"\}$/;

/** @throws NotaryError MALFORMED_JSON */
export function parseChange(bytes: Uint8Array): Change {
  const plain = usual.exec(latin1(bytes));
  if (plain !== null) {
    const [, action = '', scope = '', type = '', path = '', data = ''] = plain;
    return { action, scope, type, path, content: base64(data) };
  }
  const object = asObject(readJson(bytes), 'change');
  const data = object.get('data');
  return {
    action: text(object, 'action'),
    scope: text(object, 'role'),
    type: text(object, 'type'),
    path: text(object, 'path'),
    content: data === null || data === undefined ? undefined : base64(asString(data, 'data')),
  };
}

function text(object: JsonObject, name: string): string {
  const value = object.get(name);
  return value === undefined || value === null ? '' : asString(value, name);
}

function base64(value: string): Uint8Array {
  const bytes = fromBase64(value);
  if (bytes === undefined) throw new NotaryError('MALFORMED_JSON', 'data of a change is not base64');
  return bytes;
}

/** The bytes of a change file: compact JSON in Notary's member order, no newline. */
export function serialiseChange(change: Change): Uint8Array {
  return utf8(
    goJson(
      new Map<string, JsonValue>([
        ['action', change.action],
        ['role', change.scope],
        ['type', change.type],
        ['path', change.path],
        ['data', change.content === undefined ? null : toBase64(change.content)],
      ]),
    ),
  );
}

/** A change that adds a target to a role or replaces it there. */
export function targetCreation(scope: string, name: string, meta: FileMeta): Change {
  const ordered = new Map<string, JsonValue>([
    ['length', meta.length],
    ['hashes', new Map([...meta.hashes].sort(([left], [right]) => compareUtf8(left, right)))],
  ]);
  if (meta.custom !== undefined) ordered.set('custom', meta.custom);
  return { action: 'create', scope, type: 'target', path: name, content: utf8(goJson(ordered)) };
}

export function targetDeletion(scope: string, name: string): Change {
  return { action: 'delete', scope, type: 'target', path: name, content: undefined };
}

/** The inner document of a target as Notary and we write it: `isBase64` holds for both hashes. */
const usualTarget =
  /^\{"length":(0|[1-9][0-9]{0,14}),"hashes":\{"sha256":"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)","sha512":"([A-Za-z0-9+/]{85}[AQgw]==)"\}\}$/;

/** @throws NotaryError MALFORMED_JSON */
export function parseTargetContent(change: Change): FileMeta {
  const plain = usualTarget.exec(latin1(change.content ?? nothing));
  if (plain !== null) {
    const [, length, sha256 = '', sha512 = ''] = plain;
    return {
      length: Number(length),
      hashes: new Map([
        ['sha256', sha256],
        ['sha512', sha512],
      ]),
    };
  }
  return parseFileMeta(readJson(change.content ?? nothing), JSON.stringify(change.path));
}

/**
 * A change that signs a role again as it is.
 *
 * @param accept hexadecimal SHA-256 digests of files that no known key has signed and that are signed all the
 * same. Notary 0.7.0 does not look at the content of such a change.
 * @param expires when the file that is signed is to expire: RFC 3339
 */
export function witnessChange(scope: string, accept: readonly string[] = [], expires?: string): Change {
  const members = new Map<string, JsonValue>();
  if (accept.length > 0) members.set('accept', [...accept]);
  if (expires !== undefined) members.set('expires', expires);
  const content = members.size === 0 ? undefined : utf8(goJson(members));
  return { action: 'update', scope, type: 'witness', path: '', content };
}

/** The digests that a witness accepts; none for the witness of another client. */
export function parseWitnessContent(change: Change): readonly string[] {
  const accept = witnessMember(change, 'accept', (value) =>
    asArray(value, 'accept').map((digest) => asString(digest, 'accept')),
  );
  return accept ?? [];
}

/** When the file that a witness signs is to expire (RFC 3339); undefined where it does not say, or another client staged it. */
export function witnessExpiry(change: Change): string | undefined {
  return witnessMember(change, 'expires', (value) => {
    const text = asString(value, 'expires');
    parseInstant(text);
    return text;
  });
}

function witnessMember<T>({ content }: Change, member: string, read: (value: JsonValue) => T): T | undefined {
  if (content === undefined) return undefined;
  try {
    const value = asObject(readJson(content), 'witness').get(member);
    return value === undefined ? undefined : read(value);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

export function delegationDeletion(scope: string): Change {
  return { action: 'delete', scope, type: 'delegation', path: '', content: undefined };
}

/** A change of a delegation; members that say nothing are left out of the document, as Notary does. */
export function delegationChange(
  action: 'create' | 'update',
  scope: string,
  part: Partial<DelegationContent>,
): Change {
  const content = new Map<string, JsonValue>();
  if (part.threshold !== undefined && part.threshold !== 0) content.set('threshold', part.threshold);
  if (part.addKeys !== undefined && part.addKeys.length > 0)
    content.set('add_keys', part.addKeys.map(changeKey));
  putList(content, 'remove_keys', part.removeKeys);
  putList(content, 'add_paths', part.addPaths);
  putList(content, 'remove_paths', part.removePaths);
  if (part.clearPaths === true) content.set('clear_paths', true);
  return { action, scope, type: 'delegation', path: '', content: utf8(goJson(content)) };
}

function putList(content: Map<string, JsonValue>, name: string, list: readonly string[] | undefined): void {
  if (list !== undefined && list.length > 0) content.set(name, [...list]);
}

/** In change files `public` stands before `private`; in metadata it is the other way round. */
function changeKey(key: PublicKey): JsonObject {
  return new Map<string, JsonValue>([
    ['keytype', key.keyType],
    [
      'keyval',
      new Map<string, JsonValue>([
        ['public', key.value],
        ['private', null],
      ]),
    ],
  ]);
}

/** @throws NotaryError MALFORMED_JSON */
export function parseDelegationContent(change: Change): DelegationContent {
  const object = asObject(readJson(change.content ?? nothing), 'delegation change');
  const strings = (name: string) => asArray(object.get(name), name).map((item) => asString(item, name));
  const threshold = object.get('threshold');
  return {
    threshold: threshold === undefined || threshold === null ? 0 : asInteger(threshold, 'threshold'),
    addKeys: asArray(object.get('add_keys'), 'add_keys').map(parsePublicKey),
    removeKeys: strings('remove_keys').map(asCanonicalKeyId),
    addPaths: strings('add_paths'),
    removePaths: strings('remove_paths'),
    clearPaths: object.get('clear_paths') === true,
  };
}

/** The inner document of a root change, which very old clients staged: replace all keys of a role. */
export interface RoleKeysContent {
  readonly role: string;
  readonly keys: readonly PublicKey[];
}

/** @throws NotaryError MALFORMED_JSON */
export function parseRoleKeysContent(change: Change): RoleKeysContent {
  const object = asObject(readJson(change.content ?? nothing), 'root change');
  return {
    role: asString(object.get('role'), 'role'),
    keys: asArray(object.get('keys'), 'keys').map(parsePublicKey),
  };
}
