/** Names keys: by the collaborators file, by docker's convention for roles, by what a certificate says. */

import { holderNames } from '../crypto/certificates/holder-name.ts';
import { type CanonicalKeyId, isKeyIdPrefix } from '../crypto/keys/key-id.ts';
import { keyId as listedKeyId, type PublicKey } from '../crypto/keys/public-key.ts';
import { certificateOf } from '../crypto/keys/verification-key.ts';
import { isNotaryError } from '../errors.ts';
import { dockersRole } from '../metadata/role-name.ts';
import type { Targets } from '../metadata/targets.ts';
import { canonicalIdOr } from '../tuf/verify-signatures.ts';
import type { CollaboratorsFile } from './collaborators-file.ts';

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
   * The keys of a name: those of its entry in the file; without an entry, those of the docker role that have no other
   * name. Undefined where there is neither, and where collections contradict each other.
   *
   * @throws NotaryError COLLABORATORS_INVALID for a name that depends on a certificate that cannot be read
   */
  keysOf(name: string): readonly CanonicalKeyId[] | undefined;
  /**
   * What each of several collections means by the name of a docker role, where they contradict each other; empty where
   * they agree, and for a name of the file.
   */
  rivalsOf(name: string): readonly RoleClaim[];
  /** The keys whose certificates have the e-mail address or the common name: a proposal, no more. */
  certifiedAs(name: string): readonly CanonicalKeyId[];
}

/** The keys that one collection gives to a docker role. */
export interface RoleClaim {
  readonly gun: string;
  readonly role: string;
  readonly keyIds: readonly CanonicalKeyId[];
}

export interface NameInput {
  /** Undefined without a file. */
  readonly file: CollaboratorsFile | undefined;
  /** For each state of a collection the content of `targets` and of its delegations, by role name. */
  readonly collections: Iterable<ReadonlyMap<string, Targets>>;
  /**
   * The GUN of each state, where they are of several collections: their owners may mean different keys by one name, and
   * the word of one is not to give away the keys of another.
   */
  readonly guns?: readonly string[];
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

type Roles = Map<string, Set<CanonicalKeyId>>;

/** Builds the index of names. */
export function keyNames({ file, collections, guns, keys: more = [] }: NameInput): NameIndex {
  const owners: Owner[] = [];
  const certificates = new Map<CanonicalKeyId, ReadonlySet<string>>();
  const keyIds = new Set<CanonicalKeyId>();
  const note = (keyId: CanonicalKeyId, key: PublicKey) => {
    keyIds.add(keyId);
    if (!certificates.has(keyId)) noteCertificate(certificates, keyId, key);
  };
  for (const { keys } of file?.collaborators.values() ?? []) for (const { keyId } of keys) keyIds.add(keyId);
  for (const [index, collection] of [...collections].entries()) {
    const gun = guns?.[index] ?? '';
    const owner = owners.find((one) => one.gun === gun) ?? {
      gun,
      roles: new Map(),
    };
    if (!owners.includes(owner)) owners.push(owner);
    for (const content of collection.values()) noteDelegations(content, owner.roles, note);
  }
  for (const key of more) note(canonicalIdOr(listedKeyId(key), key), key);
  return index({ file, owners, certificates, keyIds: [...keyIds] });
}

function noteDelegations(
  { delegations }: Targets,
  roles: Roles,
  note: (keyId: CanonicalKeyId, key: PublicKey) => void,
): void {
  const ids = new Map([...delegations.keys].map(([id, key]) => [id, canonicalIdOr(id, key)]));
  for (const [id, key] of delegations.keys) note(ids.get(id) ?? canonicalIdOr(id, key), key);
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

/** The name that docker would give to a signer with this role. One that looks like a key ID names no one. */
export function signerName(role: string): string | undefined {
  const name = role === dockersRole ? undefined : dockerSigner.exec(role)?.[1];
  return name === undefined || isKeyIdPrefix(name) ? undefined : name;
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

function certifiedNames(key: PublicKey): {
  readonly email: string;
  readonly commonName: string;
} {
  const unnamed = { email: '', commonName: '' };
  try {
    const certificate = certificateOf(key);
    return certificate === undefined ? unnamed : holderNames(certificate);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return unnamed;
  }
}

/** What one owner has signed: the docker roles of a collection. */
interface Owner {
  readonly gun: string;
  readonly roles: Roles;
}

interface Gathered {
  readonly file: CollaboratorsFile | undefined;
  readonly owners: readonly Owner[];
  readonly certificates: ReadonlyMap<CanonicalKeyId, ReadonlySet<string>>;
  readonly keyIds: readonly CanonicalKeyId[];
}

function index({ file, owners, certificates, keyIds }: Gathered): NameIndex {
  const named = owners.map(({ gun, roles }) => ({
    gun,
    roles,
    names: namesByRole(roles),
  }));
  const roleNames = named.length === 1 ? named[0]?.names : namesByRole(merged(owners));
  const of = (keyId: CanonicalKeyId): KeyName => {
    const ofFile = file?.nameOf(keyId);
    if (ofFile !== undefined) return { collaborator: ofFile, nameSource: 'file' };
    const ofRole = roleNames?.get(keyId);
    if (ofRole !== undefined) return { collaborator: ofRole, nameSource: 'role' };
    const [certified] = certificates.get(keyId) ?? [];
    return certified === undefined
      ? { nameSource: 'none' }
      : { collaborator: certified, nameSource: 'certificate' };
  };
  const rivalsOf = contradictions(named, file);
  const roleHas = (name: string) => owners.some(({ roles }) => roles.has(name));
  return {
    keyIds,
    file,
    of,
    rivalsOf,
    keysOf(name) {
      const entry = file?.collaborators.get(name);
      const [anyUnread] = file?.unread.values() ?? [];
      // The key of a role may be one that the file gives to a name whose certificate cannot be read.
      const unread = file?.unread.get(name) ?? (entry === undefined && roleHas(name) ? anyUnread : undefined);
      if (unread !== undefined) throw unread;
      if (entry !== undefined) return entry.keys.map(({ keyId }) => keyId);
      if (rivalsOf(name).length > 0) return undefined;
      const held = new Set(owners.flatMap(({ roles }) => [...(roles.get(name) ?? [])]));
      const its = [...held].filter((id) => of(id).collaborator === name);
      return its.length === 0 ? undefined : its;
    },
    certifiedAs: (name) =>
      [...certificates].flatMap(([keyId, certified]) => (certified.has(name) ? [keyId] : [])),
  };
}

/** An owner, and the name that the owner's roles give to each key. */
interface NamingOwner extends Owner {
  readonly names: ReadonlyMap<CanonicalKeyId, string>;
}

/** Finds what several owners mean by one name, where they contradict each other. */
function contradictions(
  named: readonly NamingOwner[],
  file: CollaboratorsFile | undefined,
): (name: string) => readonly RoleClaim[] {
  /** What each owner says of the role of a name, or of its keys under another name. */
  const claimsOf = (name: string) => {
    const free = ({ roles }: Owner) =>
      [...(roles.get(name) ?? [])].filter((id) => file?.nameOf(id) === undefined).sort();
    const claimed = new Set(named.flatMap(free));
    const isOther = (other: string | undefined) => other !== undefined && other !== name;
    const contradicts = (owner: NamingOwner) =>
      !owner.roles.has(name) && [...claimed].some((id) => isOther(owner.names.get(id)));
    return {
      own: named.filter(({ roles }) => roles.has(name)).map((owner) => ({ ...owner, keyIds: free(owner) })),
      contrary: named.filter(contradicts).flatMap(({ gun, names }) =>
        [...claimed]
          .filter((id) => isOther(names.get(id)))
          .map((id) => ({
            gun,
            role: `targets/${names.get(id) ?? ''}`,
            keyIds: [id],
          })),
      ),
    };
  };
  return (name) => {
    if (named.length < 2 || file?.collaborators.has(name) === true) return [];
    const { own, contrary } = claimsOf(name);
    const [first, ...others] = own.map(({ keyIds: ids }) => ids.join());
    if (contrary.length === 0 && others.every((ids) => ids === first)) return [];
    const claims = own.map(({ gun, keyIds: ids }) => ({
      gun,
      role: `targets/${name}`,
      keyIds: ids,
    }));
    return [...claims, ...contrary].filter(({ keyIds: ids }) => ids.length > 0);
  };
}

function merged(owners: readonly Owner[]): Roles {
  const all: Roles = new Map();
  for (const { roles } of owners)
    for (const [name, ids] of roles) all.set(name, new Set([...(all.get(name) ?? []), ...ids]));
  return all;
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
