/** Names keys: by the collaborators file, by docker's convention for roles, by what a certificate says. */

import { holderNames } from '../crypto/certificates/holder-name.ts';
import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { keyId as listedKeyId, type PublicKey } from '../crypto/keys/public-key.ts';
import { certificateOf } from '../crypto/keys/verification-key.ts';
import { isNotaryError } from '../errors.ts';
import type { Targets } from '../metadata/targets.ts';
import { canonicalIdOr } from '../tuf/verify-signatures.ts';
import type { CollaboratorsFile } from './collaborators-file.ts';
import { looksLikeKeyId } from './name-rules.ts';

/** Where a name comes from. What a certificate says is its maker's own word. */
export type NameSource = 'file' | 'role' | 'certificate' | 'none';

/** The name of a key. Without a source there is no name. */
export interface KeyName {
  readonly collaborator?: string;
  readonly nameSource: NameSource;
}

export interface KeyNames {
  /** The first name of these: of the file, of a role, of a certificate. */
  of(keyId: CanonicalKeyId): KeyName;
}

/** Names of keys, and the ways back from a name to its keys. */
export interface NameIndex extends KeyNames {
  /** Every key of the file and of the delegations, once. */
  readonly keyIds: readonly CanonicalKeyId[];
  readonly file: CollaboratorsFile | undefined;
  /**
   * The keys of a name of the file or of a docker role; of the latter, those that the file does not give to another
   * name. Undefined where neither has the name.
   */
  keysOf(name: string): readonly CanonicalKeyId[] | undefined;
  /** The keys whose certificates have the e-mail address or the common name: a proposal, no more. */
  certifiedAs(name: string): readonly CanonicalKeyId[];
}

export interface NameInput {
  /** Undefined without a file. */
  readonly file: CollaboratorsFile | undefined;
  /** For each collection the content of `targets` and of its delegations, by role name. */
  readonly collections: Iterable<ReadonlyMap<string, Targets>>;
  /** Keys besides: their certificates may say whose they are. */
  readonly keys?: Iterable<PublicKey>;
}

/** An object for a key in JSON: `{"keyId":…}` and, where known, `collaborator` and `nameSource`. */
export type NamedKey = KeyName & { readonly keyId: CanonicalKeyId };

export function namedKey(names: KeyNames, keyId: CanonicalKeyId): NamedKey {
  return { keyId, ...names.of(keyId) };
}

/** Docker keeps a signer as the role `targets/<name>`, beside `targets/releases`, which is every signer's. */
const dockerSigner = /^targets\/([^/]+)$/;
const everySigners = 'targets/releases';

/** Builds the index of names. */
export function keyNames({ file, collections, keys: more = [] }: NameInput): NameIndex {
  const roles = new Map<string, Set<CanonicalKeyId>>();
  const certificates = new Map<CanonicalKeyId, ReadonlySet<string>>();
  const keyIds = new Set<CanonicalKeyId>();
  for (const { keys } of file?.collaborators.values() ?? []) for (const { keyId } of keys) keyIds.add(keyId);
  for (const collection of collections) {
    for (const { delegations } of collection.values()) {
      const ids = new Map([...delegations.keys].map(([id, key]) => [id, canonicalIdOr(id, key)]));
      for (const [id, key] of delegations.keys) {
        const keyId = ids.get(id) ?? canonicalIdOr(id, key);
        keyIds.add(keyId);
        if (!certificates.has(keyId)) noteCertificate(certificates, keyId, key);
      }
      for (const role of delegations.roles) {
        const name = signerName(role.name);
        if (name === undefined) continue;
        const held = roles.get(name) ?? new Set();
        roles.set(name, held);
        for (const id of role.keyIds) {
          const keyId = ids.get(id);
          if (keyId !== undefined) held.add(keyId);
        }
      }
    }
  }
  for (const key of more) {
    const keyId = canonicalIdOr(listedKeyId(key), key);
    keyIds.add(keyId);
    if (!certificates.has(keyId)) noteCertificate(certificates, keyId, key);
  }
  return index(file, roles, certificates, [...keyIds]);
}

/** The name that docker would give to a signer with this role. One that looks like a key ID names no one. */
export function signerName(role: string): string | undefined {
  const name = role === everySigners ? undefined : dockerSigner.exec(role)?.[1];
  return name === undefined || looksLikeKeyId.test(name) ? undefined : name;
}

function noteCertificate(
  certificates: Map<CanonicalKeyId, ReadonlySet<string>>,
  keyId: CanonicalKeyId,
  key: PublicKey,
): void {
  const { email, commonName } = certifiedNames(key);
  const names = [email, commonName].filter((name) => name !== '');
  if (names.length > 0) certificates.set(keyId, new Set(names));
}

function certifiedNames(key: PublicKey): { readonly email: string; readonly commonName: string } {
  const unnamed = { email: '', commonName: '' };
  try {
    const certificate = certificateOf(key);
    return certificate === undefined ? unnamed : holderNames(certificate);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return unnamed;
  }
}

function index(
  file: CollaboratorsFile | undefined,
  roles: ReadonlyMap<string, ReadonlySet<CanonicalKeyId>>,
  certificates: ReadonlyMap<CanonicalKeyId, ReadonlySet<string>>,
  keyIds: readonly CanonicalKeyId[],
): NameIndex {
  const roleNames = namesByRole(roles);
  return {
    keyIds,
    file,
    of(keyId) {
      const ofFile = file?.nameOf(keyId);
      if (ofFile !== undefined) return { collaborator: ofFile, nameSource: 'file' };
      const ofRole = roleNames.get(keyId);
      if (ofRole !== undefined) return { collaborator: ofRole, nameSource: 'role' };
      const [certified] = certificates.get(keyId) ?? [];
      return certified === undefined
        ? { nameSource: 'none' }
        : { collaborator: certified, nameSource: 'certificate' };
    },
    keysOf(name) {
      const entry = file?.collaborators.get(name);
      const others = [...(roles.get(name) ?? [])].filter((id) => file?.nameOf(id) === undefined);
      if (entry === undefined && others.length === 0) return undefined;
      return [...(entry?.keys ?? []).map(({ keyId }) => keyId), ...others];
    },
    certifiedAs: (name) =>
      [...certificates].flatMap(([keyId, certified]) => (certified.has(name) ? [keyId] : [])),
  };
}

/** A key in several roles has the name of the smallest: a role of one person says more than that of a team. */
function namesByRole(
  roles: ReadonlyMap<string, ReadonlySet<CanonicalKeyId>>,
): ReadonlyMap<CanonicalKeyId, string> {
  const names = new Map<CanonicalKeyId, string>();
  for (const [name, keyIds] of [...roles].sort(([, one], [, other]) => one.size - other.size))
    for (const keyId of keyIds) if (!names.has(keyId)) names.set(keyId, name);
  return names;
}
