/**
 * Ways to tamper with a sound collection, each with the error that a reader must end in.
 *
 * A way changes the files of one role, or of the role that vouches for it. Whether snapshot and timestamp
 * are made anew over them is the test's choice: `served` leaves them, `resealed` does it.
 */

import { createRootCertificate } from '../../src/crypto/certificate-issuance/signing-certificate.ts';
import { publicKeyToJson } from '../../src/crypto/keys/key-entry.ts';
import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { isDelegation, parentRole } from '../../src/metadata/role-name.ts';
import { buildEnvelope, parseEnvelope } from '../../src/metadata/signed.ts';
import { mapped } from './json-documents.ts';
import { seededRandom } from './memory-ports.ts';
import {
  certifiedSigner,
  edited,
  past,
  plainSigner,
  type Signer,
  sealed,
  signerWith,
} from './metadata-author.ts';
import { changed, type SealedCollection, signedPart } from './sealed-collection.ts';

export interface Swizzle {
  readonly name: string;
  /** Roles that it can be done to. */
  readonly applies: (role: string) => boolean;
  /** What the role's files become; undefined for a file that is gone. */
  readonly files: (collection: SealedCollection, role: string) => ReadonlyMap<string, Uint8Array | undefined>;
  /** The role whose file is changed. */
  readonly changes: (role: string) => string;
  /** The role at which a reader must stop; undefined when it does no harm once the hashes are right. */
  readonly stopsAt: (role: string) => string | undefined;
  readonly code: (role: string) => ErrorCode;
}

const itself = (role: string) => role;
const delegator = (role: string) => (isDelegation(role) ? parentRole(role) : 'root');
const every = () => true;

/** Signatures of the root are judged as a part of its validation. */
const unlessRoot = (code: ErrorCode) => (role: string) => (role === 'root' ? 'ROOT_VALIDATION' : code);

function own(
  name: string,
  change: (collection: SealedCollection, role: string) => Uint8Array | undefined,
  code: ErrorCode | ((role: string) => ErrorCode) | undefined,
  applies: Swizzle['applies'] = every,
): Swizzle {
  return {
    ...{ name, applies, changes: itself },
    files: (collection, role) => new Map([[role, change(collection, role)]]),
    stopsAt: code === undefined ? () => undefined : itself,
    code: typeof code === 'function' ? code : () => code ?? 'METADATA_NOT_FOUND',
  };
}

function vouching(
  name: string,
  change: (signed: JsonObject, role: string, collection: SealedCollection) => JsonObject,
  stopsAt: (role: string) => string,
  code: Swizzle['code'],
  applies: Swizzle['applies'] = every,
): Swizzle {
  return {
    ...{ name, applies, changes: delegator, stopsAt, code },
    files: (collection, role) => {
      const by = delegator(role);
      return new Map([[by, changed(collection, by, (signed) => change(signed, role, collection))]]);
    },
  };
}

const bytesOf = (collection: SealedCollection, role: string) => Buffer.from(collection.files.get(role) ?? []);
const textOf = (collection: SealedCollection, role: string) => bytesOf(collection, role).toString();
const setMember =
  (path: readonly string[], value: JsonValue) => (collection: SealedCollection, role: string) =>
    changed(collection, role, (signed) => edited(signed, path, value));

/** The file with its signatures changed and its content left. */
const withSignatures =
  (change: (signature: Uint8Array) => Uint8Array) => (collection: SealedCollection, role: string) => {
    const { signed, signatures } = parseEnvelope(bytesOf(collection, role));
    return buildEnvelope(
      signed,
      signatures.map((one) => ({ ...one, signature: change(one.signature) })),
    ).bytes;
  };

const nested = (levels: number): JsonValue => (levels === 0 ? null : [nested(levels - 1)]);

/** Damage to a file itself. */
const damage: readonly Swizzle[] = [
  own('no JSON any more', (collection, role) => bytesOf(collection, role).subarray(5), 'MALFORMED_JSON'),
  own('cut short', (collection, role) => bytesOf(collection, role).subarray(0, -1), 'MALFORMED_JSON'),
  own('empty', () => new Uint8Array(), 'MALFORMED_JSON'),
  own('null', () => Buffer.from('null'), 'MALFORMED_JSON'),
  own('blanks around it', (collection, role) => Buffer.from(` ${textOf(collection, role)}\n`), undefined),
  own(
    'signatures that are no list',
    (collection, role) =>
      Buffer.from(textOf(collection, role).replace(/"signatures":.*$/, '"signatures":"not list"}')),
    'MALFORMED_JSON',
  ),
  own(
    'a signature that is no base64',
    (collection, role) => Buffer.from(textOf(collection, role).replace(/"sig":"/, '"sig":"*')),
    'INVALID_METADATA',
  ),
  own(
    'a repeated member',
    (collection, role) =>
      Buffer.from(textOf(collection, role).replace('"version":', '"version":9,"version":')),
    'MALFORMED_JSON',
  ),
  own(
    'signatures that do not verify',
    withSignatures((signature) => signature.map((byte) => byte ^ 1)),
    unlessRoot('ROLE_THRESHOLD'),
  ),
  own(
    'signatures of words',
    withSignatures(() => Buffer.from('invalid signature')),
    unlessRoot('ROLE_THRESHOLD'),
  ),
  own(
    'no signatures',
    (collection, role) => buildEnvelope(signedPart(collection, role), []).bytes,
    unlessRoot('NO_SIGNATURES'),
  ),
  own(
    'signed by a stranger',
    (collection, role) => sealed(signedPart(collection, role), plainSigner()),
    unlessRoot('ROLE_THRESHOLD'),
  ),
  own(
    'signed by a stranger under the right key ID',
    (collection, role) => {
      const [signer] = collection.signers.get(role) ?? [];
      return sealed(signedPart(collection, role), { ...plainSigner(), id: signer?.id ?? asListedKeyId('') });
    },
    unlessRoot('ROLE_THRESHOLD'),
  ),
  own(
    'one byte of the content changed',
    (collection, role) => Buffer.from(textOf(collection, role).replace('"version":5', '"version":6')),
    unlessRoot('ROLE_THRESHOLD'),
  ),
  own('gone', () => undefined, 'METADATA_NOT_FOUND'),
];

/** Content that is wrong although the right keys have signed it. */
const lies: readonly Swizzle[] = [
  own(
    'fields of the wrong types',
    (collection, role) =>
      changed(collection, role, (signed) =>
        edited(edited(signed, ['version'], 'text'), ['_type'], ['not a string']),
      ),
    'MALFORMED_JSON',
  ),
  own('a type that does not exist', setMember(['_type'], 'not_real'), 'INVALID_METADATA'),
  own(
    'the type in lower case',
    (collection, role) =>
      changed(collection, role, (signed) =>
        edited(signed, ['_type'], (signed.get('_type') as string).toLowerCase()),
      ),
    'INVALID_METADATA',
  ),
  own('an expiry that is no time', setMember(['expires'], 'cannot be parsed'), 'MALFORMED_TIME'),
  own('an older version', setMember(['version'], 4), 'LOW_VERSION'),
  own('version 0', setMember(['version'], 0), 'INVALID_METADATA'),
  own('a negative version', setMember(['version'], -1), 'INVALID_METADATA'),
  own('expired', setMember(['expires'], past), 'EXPIRED'),
  own(
    'nested too deep',
    (collection, role) => changed(collection, role, (signed) => edited(signed, ['extra'], nested(70))),
    'MALFORMED_JSON',
  ),
  own('a member that nobody knows', setMember(['extra'], mapped({ a: [1, 'b'] })), undefined),
  ...['root', 'targets'].map((name) =>
    own(
      `no record of ${name}`,
      (collection, role) => changed(collection, role, (signed) => edited(signed, ['meta', name], undefined)),
      'INVALID_METADATA',
      (role) => role === 'snapshot',
    ),
  ),
  own(
    'no record of the snapshot',
    (collection, role) =>
      changed(collection, role, (signed) => edited(signed, ['meta', 'snapshot'], undefined)),
    'INVALID_METADATA',
    (role) => role === 'timestamp',
  ),
];

/** Edits the entry that the delegator has of a role. */
function roleEntry(
  signed: JsonObject,
  role: string,
  member: string,
  value: JsonValue | undefined,
): JsonObject {
  if (!isDelegation(role)) return edited(signed, ['roles', role, member], value);
  const delegations = signed.get('delegations') as JsonObject;
  const roles = (delegations.get('roles') as readonly JsonObject[]).map((entry) =>
    entry.get('name') === role ? edited(entry, [member], value) : entry,
  );
  return edited(signed, ['delegations', 'roles'], roles);
}

const keysAt = (role: string) => (isDelegation(role) ? ['delegations', 'keys'] : ['keys']);

function withKey(signed: JsonObject, role: string, { id, entry }: Signer): JsonObject {
  return edited(signed, [...keysAt(role), id], publicKeyToJson(entry));
}

/** Changes to who may sign a role, signed by whoever may say so. */
const delegatorLies: readonly Swizzle[] = [
  vouching(
    'threshold 0',
    (signed, role) => roleEntry(signed, role, 'threshold', 0),
    delegator,
    () => 'INVALID_METADATA',
  ),
  vouching(
    'a negative threshold',
    (signed, role) => roleEntry(signed, role, 'threshold', -1),
    delegator,
    () => 'INVALID_METADATA',
  ),
  vouching(
    'a threshold above the signatures',
    (signed, role) => roleEntry(signed, role, 'threshold', 2),
    itself,
    unlessRoot('ROLE_THRESHOLD'),
  ),
  vouching(
    'another key for the role',
    (signed, role) => {
      const stranger = plainSigner();
      return roleEntry(withKey(signed, role, stranger), role, 'keyids', [stranger.id]);
    },
    itself,
    unlessRoot('ROLE_THRESHOLD'),
  ),
  vouching(
    'another key under the ID of the old one',
    (signed, role, collection) => {
      const [signer] = collection.signers.get(role) ?? [];
      return withKey(signed, role, { ...plainSigner(), id: signer?.id ?? asListedKeyId('') });
    },
    itself,
    unlessRoot('INVALID_KEY_ID'),
  ),
  vouching(
    'a key that is not listed',
    (signed, role) => roleEntry(signed, role, 'keyids', ['f'.repeat(64)]),
    delegator,
    () => 'INVALID_METADATA',
  ),
  vouching(
    'no keys for the role',
    (signed, role) => roleEntry(signed, role, 'keyids', null),
    itself,
    unlessRoot('ROLE_THRESHOLD'),
  ),
  vouching(
    'the role gone',
    (signed, role) =>
      isDelegation(role) ? withoutDelegation(signed, role) : edited(signed, ['roles', role], undefined),
    (role) => (isDelegation(role) ? role : 'root'),
    (role) => (isDelegation(role) ? 'NO_SUCH_ROLE' : 'INVALID_METADATA'),
  ),
];

function withoutDelegation(signed: JsonObject, role: string): JsonObject {
  const roles = ((signed.get('delegations') as JsonObject).get('roles') as readonly JsonObject[]).filter(
    (entry) => entry.get('name') !== role,
  );
  return edited(signed, ['delegations', 'roles'], roles);
}

const rootOnly = (role: string) => role === 'root';

/** A root whose key is another one, signed by that one only. */
function rootBy(make: (collection: SealedCollection) => Signer) {
  return (collection: SealedCollection) => {
    const signer = make(collection);
    const change = (signed: JsonObject) =>
      roleEntry(withKey(signed, 'root', signer), 'root', 'keyids', [signer.id]);
    return changed(collection, 'root', change, [signer]);
  };
}

/** Root keys that cannot stand for a root. */
const badRoots: readonly Swizzle[] = [
  own(
    'a root key without a certificate',
    rootBy(() => plainSigner()),
    'ROOT_VALIDATION',
    rootOnly,
  ),
  own(
    'a root certificate for another GUN',
    rootBy(({ now }) => certifiedSigner('docker.io/bob/demo', now)),
    'ROOT_VALIDATION',
    rootOnly,
  ),
  own(
    'a root certificate that has expired',
    rootBy(({ gun }) => certifiedSigner(gun, new Date('2010-01-01T00:00:00Z'))),
    'ROOT_VALIDATION',
    rootOnly,
  ),
  own(
    'a root certificate with carriage returns',
    rootBy(({ gun, now }) => {
      const { key } = plainSigner();
      return signerWith(createRootCertificate(key, gun, now, seededRandom()).replace(/\n/g, '\r\n'), key);
    }),
    'ROOT_VALIDATION',
    rootOnly,
  ),
];

export const swizzles: readonly Swizzle[] = [...damage, ...lies, ...delegatorLies, ...badRoots];
