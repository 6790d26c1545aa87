/** Signs the roles of a draft that have changed, and gives their files. */

import type { ListedKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { parseInstant } from '../../encoding/rfc3339.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { type ErrorOf, isNotaryError, NotaryError } from '../../errors.ts';
import { type ExpiryOf, expiryFor, isNearExpiry } from '../../metadata/expiry.ts';
import { isDelegation } from '../../metadata/role-name.ts';
import { baseRole, type Root, rootToJson } from '../../metadata/root.ts';
import { type Envelope, parseEnvelope } from '../../metadata/signed.ts';
import { snapshotToJson } from '../../metadata/snapshot.ts';
import { targetsToJson } from '../../metadata/targets.ts';
import { fileMetaOf } from '../../tuf/checksums.ts';
import type { Repo } from '../../tuf/repo.ts';
import { type SigningKeys, signContent } from '../../tuf/sign-metadata.ts';
import type { RoleKeySet } from '../../tuf/verify-signatures.ts';

/** A file to upload, with the keys that were to sign it. */
export interface SignedFile {
  readonly envelope: Envelope;
  readonly groups: readonly RoleKeySet[];
}

export interface SigningOptions {
  readonly gun: string;
  readonly now: Date;
  /** True for a collection that the server does not have yet: root and targets are sent in any case. */
  readonly initial: boolean;
  /** When files that are signed now expire; without it as Notary 0.7.0 decides. */
  readonly expiryOf?: ExpiryOf | undefined;
  /** A root that has not changed is not signed, however soon it expires. */
  readonly keepsRoot?: true | undefined;
  /** Versions that the server holds of roles whose first file is being made here. */
  readonly versions: ReadonlyMap<string, number>;
  /** Keys of older roots that sign the new root too where they are at hand. */
  readonly legacyRootKeys: ReadonlyMap<ListedKeyId, PublicKey>;
}

/**
 * Signs what has changed, in the order root, targets, delegations, snapshot (Notary 0.7.0).
 *
 * The root is signed again also when it expires within six months. The snapshot is signed when its
 * key is at hand; when it is not, the server is taken to be its signer.
 *
 * @throws NotaryError INSUFFICIENT_SIGNATURES, PASSPHRASE_INVALID
 */
export async function signRepo(
  repo: Repo,
  keys: SigningKeys,
  options: SigningOptions,
): Promise<Map<string, SignedFile>> {
  const files = new Map<string, SignedFile>();
  const root = await signRoot(repo, keys, options);
  if (root !== undefined) files.set('root', root);
  for (const role of rolesToSign(repo, options.initial))
    files.set(role, await signTargets(repo, role, keys, options));
  const snapshot = await signSnapshot(repo, files, keys, options);
  if (snapshot !== undefined) files.set('snapshot', snapshot);
  return files;
}

/**
 * The files that `signRepo` signs, and the keys that have to. The snapshot is left out.
 *
 * @throws NotaryError NO_SUCH_ROLE, INVALID_CERTIFICATE
 */
export function signersOfFiles(
  repo: Repo,
  { initial, now, keepsRoot }: Pick<SigningOptions, 'initial' | 'now' | 'keepsRoot'>,
): ReadonlyMap<string, readonly RoleKeySet[]> {
  const signers = new Map<string, readonly RoleKeySet[]>();
  if (mustSignRoot(repo, { now, keepsRoot })) signers.set('root', rootSigners(repo, new Map()));
  for (const role of rolesToSign(repo, initial)) signers.set(role, [repo.signers(role)]);
  return signers;
}

function mustSignRoot(
  { root }: Repo,
  { now, keepsRoot }: Pick<SigningOptions, 'now' | 'keepsRoot'>,
): boolean {
  return root.dirty || (keepsRoot !== true && isNearExpiry(root.content.expires, now));
}

async function signRoot(
  repo: Repo,
  keys: SigningKeys,
  options: SigningOptions,
): Promise<SignedFile | undefined> {
  const { now, initial, legacyRootKeys, expiryOf = expiryFor } = options;
  const groups = rootSigners(repo, legacyRootKeys);
  if (!mustSignRoot(repo, options)) {
    if (!initial || repo.root.bytes === undefined) return undefined;
    return { envelope: parseEnvelope(repo.root.bytes), groups };
  }
  const content: Root = {
    ...repo.root.content,
    version: nextVersion('root', repo.root.content.version, options),
    expires: expiryOf('root', now),
  };
  repo.root.content = content;
  repo.root.dirty = true;
  return { envelope: await signContent(rootToJson(content), groups, keys, 'root'), groups };
}

/** A root whose keys have changed is signed by the keys before the change as well. */
function rootSigners(repo: Repo, legacy: ReadonlyMap<ListedKeyId, PublicKey>): readonly RoleKeySet[] {
  const groups: RoleKeySet[] = [baseRole(repo.root.content, 'root')];
  const before = repo.publishedRoot.roles.get('root')?.keyIds.join();
  if (before !== repo.root.content.roles.get('root')?.keyIds.join())
    groups.push(baseRole(repo.publishedRoot, 'root'));
  if (legacy.size > 0) groups.push({ keys: legacy, threshold: 0 });
  return groups;
}

function rolesToSign(repo: Repo, initial: boolean): readonly string[] {
  const roles = [...repo.targets].filter(([, { dirty }]) => dirty).map(([role]) => role);
  if (initial && !roles.includes('targets')) roles.push('targets');
  return roles.sort();
}

async function signTargets(
  repo: Repo,
  role: string,
  keys: SigningKeys,
  options: SigningOptions,
): Promise<SignedFile> {
  const draft = repo.draft(role);
  const last = Math.max(draft.content.version, options.versions.get(role) ?? 0);
  const version = nextVersion(role, last, options);
  const { now, expiryOf = expiryFor } = options;
  const expires = notPast(role, draft.expires ?? expiryOf(role, now), options);
  draft.content = { ...draft.content, version, expires };
  const groups = [repo.signers(role)];
  return { envelope: await signContent(targetsToJson(draft.content), groups, keys, role), groups };
}

async function signSnapshot(
  repo: Repo,
  files: ReadonlyMap<string, SignedFile>,
  keys: SigningKeys,
  options: SigningOptions,
): Promise<SignedFile | undefined> {
  const meta = new Map(repo.snapshot.content.meta);
  const record = (role: string, bytes: Uint8Array | undefined) => {
    if (bytes !== undefined) meta.set(role, fileMetaOf(bytes));
  };
  record('root', files.get('root')?.envelope.bytes ?? repo.root.bytes);
  for (const [role, { bytes }] of repo.targets) {
    // A copy that stands in for a file is no reason to go back to it.
    const kept = repo.unusable.has(role) ? undefined : bytes;
    record(role, files.get(role)?.envelope.bytes ?? kept);
  }
  const version = nextVersion('snapshot', repo.snapshot.content.version, options);
  const { now, expiryOf = expiryFor } = options;
  const content = { meta, version, expires: expiryOf('snapshot', now) };
  const groups = [repo.signers('snapshot')];
  try {
    return { envelope: await signContent(snapshotToJson(content), groups, keys, 'snapshot'), groups };
  } catch (error) {
    if (!isNotaryError(error, 'INSUFFICIENT_SIGNATURES')) throw error;
    if (!isServersKey(error)) throw error;
    return undefined;
  }
}

/** A key that is here, and must not or cannot sign the snapshot, is no key of the server. */
export function isServersKey({ details }: ErrorOf<'INSUFFICIENT_SIGNATURES'>): boolean {
  const { found, unfit = 0, unreadable = 0, keys: missing = [] } = details;
  return found === 0 && (missing.length === 0 || unfit + unreadable !== missing.length);
}

/** A change may have been staged long ago. @throws NotaryError EXPIRED */
function notPast(role: string, expires: string, { gun, now }: SigningOptions): string {
  if (parseInstant(expires) > now.getTime()) return expires;
  throw new NotaryError('EXPIRED', `${role} of ${gun} would be signed until ${expires}, which has passed`, {
    details: { gun, role, expires },
    hint: `Nothing was signed. A staged witness says so: tsnotary status ${shellWord(gun)} lists what is staged, tsnotary reset discards it.`,
  });
}

/** @throws NotaryError INVALID_METADATA when there is none: all programs can read integers up to 2^53 - 1 */
function nextVersion(role: string, version: number, { gun }: SigningOptions): number {
  if (version < Number.MAX_SAFE_INTEGER) return version + 1;
  const hint = isDelegation(role)
    ? `Nothing was signed. A holder of its key has used up the versions of ${role}. Its owner can remove it (tsnotary delegation remove ${shellWord(gun)} ${role}) and delegate to a role of another name.`
    : `Nothing was signed. A holder of its key has used up the versions of ${role}: replace the key (tsnotary key rotate ${shellWord(gun)} ${role}), and have the server forget the version, or begin a new collection.`;
  throw new NotaryError(
    'INVALID_METADATA',
    `${role} of ${gun} has version ${version}, which is the last there is`,
    {
      details: { gun, role, version },
      hint,
    },
  );
}
