/** From what is published and what is to be changed to files that are signed and checked. */

import { applyChanges } from '../../changelist/apply-changes.ts';
import type { Change } from '../../changelist/change.ts';
import { checkDraft } from '../../changelist/check-draft.ts';
import type { KeyId, PublicKey } from '../../crypto/keys/public-key.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { checkUpload } from '../../tuf/check-upload.ts';
import { type LoadedRepo, Repo } from '../../tuf/repo.ts';
import { isSignedBy } from '../../tuf/verify-signatures.ts';
import { startReturningRoles } from '../draft/returning-roles.ts';
import { loadBases } from '../draft/role-bases.ts';
import { hasNewPublication, serverVersions } from '../draft/server-versions.ts';
import { makeCollection } from '../initialize/initialize.ts';
import { checkNeverPublished, loadUnpublished } from '../initialize/load-unpublished.ts';
import { signingKeys } from '../key-lifecycle/signing-keys.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { withoutUnreadable } from '../update/unreadable-delegations.ts';
import { update } from '../update/update.ts';
import { checkClock, warnShorterExpiry } from './clock-check.ts';
import { type SignedFile, signRepo } from './sign.ts';

/** What is to be published besides the staged changes, or instead of them. */
export interface Publication {
  /** The changes to apply to the state that has been loaded. Asked for anew at each try. */
  readonly changes: (loaded: LoadedRepo) => Promise<readonly Change[]>;
  /**
   * An edit that no change file describes, such as new keys for a base role. Done anew at each try.
   *
   * @param initial true for a collection that the server does not have yet
   */
  readonly edit?: (repo: Repo, initial: boolean) => void;
  /** Keys of older roots that shall sign a new root as well. */
  readonly legacyRootKeys?: (root: Repo['publishedRoot']) => Promise<ReadonlyMap<KeyId, PublicKey>>;
  /** Waited for just before anything is sent: from then on the server may have taken it. */
  readonly onUpload?: (files: ReadonlyMap<string, SignedFile>) => Promise<void>;
}

/** The state that changes are applied to. */
export interface LoadedForPublishing {
  readonly repo: LoadedRepo;
  /** True when the server does not have the collection yet. */
  readonly initial: boolean;
}

export interface PreparedUpload {
  /** The collection as it will be. */
  readonly repo: Repo;
  readonly files: ReadonlyMap<string, SignedFile>;
}

/**
 * The published state; else what was initialized here; else a collection that is made on the spot.
 *
 * @throws NotaryError every code of `update` and `makeCollection`; CLOCK_BEHIND; REPOSITORY_DELETED when the
 * server does not have any more what this machine has seen published
 */
export async function loadForPublishing(ports: RepositoryPorts): Promise<LoadedForPublishing> {
  try {
    const loaded = await update(ports, { checkExists: true, rotations: 'finish' });
    const { root, snapshot, unusable, unreadable, timestamp } = loaded;
    if (timestamp !== undefined) checkClock(timestamp.content, ports);
    const targets = withoutUnreadable(loaded.targets, unreadable);
    return { repo: { root, snapshot, targets, unusable, unreadable }, initial: false };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    if (!isAbsent(error)) {
      ports.log.error(`Could not publish Repository since we could not update: ${error.message}`);
      throw error;
    }
  }
  await checkNeverPublished(ports);
  return { repo: (await loadUnpublished(ports)) ?? (await make(ports)), initial: true };
}

/** The server has no root at all. That it lacks one of several, or one of a certain checksum, is something else. */
function isAbsent(error: NotaryError): boolean {
  return isNotaryError(error, 'REPOSITORY_NOT_EXIST') && error.details['resource'] === 'root';
}

async function make(ports: RepositoryPorts): Promise<LoadedRepo> {
  const { gun, remote, log, caution } = ports;
  caution(
    'COLLECTION_CREATED',
    `${gun} exists neither here nor on ${remote.location}; it is made and published now`,
    { gun },
  );
  log.info(`No TUF data found locally or remotely - initializing repository ${gun} for the first time`);
  await makeCollection(ports, {});
  const made = await loadUnpublished(ports);
  if (made !== undefined) return made;
  throw new NotaryError('REPO_NOT_INITIALIZED', `repository ${gun} could not be initialized`);
}

/** What the tries before have shown. */
export interface PreparingOptions {
  /** The server has refused the last try as too old although it serves nothing newer. */
  readonly refusedAsOld: boolean;
}

/**
 * Applies the changes, signs, and checks everything that was signed a second time.
 *
 * @throws NotaryError every code of `loadBases`, `applyChanges`, `checkDraft` and `signRepo`;
 * SIGNATURE_SELF_CHECK; INVALID_OPERATION when another client has published since the state was loaded
 */
export async function prepareUpload(
  ports: RepositoryPorts,
  publication: Publication,
  { repo: published, initial }: LoadedForPublishing,
  { refusedAsOld }: PreparingOptions,
): Promise<PreparedUpload> {
  const { clock } = ports;
  const keys = signingKeys(ports);
  const changes = await publication.changes(published);
  const { bases, unresolved, floors } = await loadBases(ports, published, changes);
  const loaded = { ...published, bases, unresolved };
  const { repo, returning } = await draft(ports, publication, { repo: loaded, initial }, changes);
  const verified = new Map([...floors, ...returning]);
  const versions = refusedAsOld ? await raised(ports, repo, published, verified) : verified;
  const files = await signRepo(repo, keys, {
    gun: ports.gun,
    now: clock.now(),
    initial,
    versions,
    legacyRootKeys: (await publication.legacyRootKeys?.(repo.publishedRoot)) ?? new Map<KeyId, PublicKey>(),
  });
  await checkFiles(files);
  warnShorterExpiry(files, published, ports);
  return { repo, files };
}

/** The collection as it will be, not signed yet, and held against what was asked for. */
async function draft(
  ports: RepositoryPorts,
  publication: Publication,
  { repo: loaded, initial }: LoadedForPublishing,
  changes: readonly Change[],
): Promise<{ readonly repo: Repo; readonly returning: ReadonlyMap<string, number> }> {
  const { log, caution } = ports;
  const repo = new Repo(loaded);
  publication.edit?.(repo, initial);
  await applyChanges(repo, changes, { keys: signingKeys(ports), log, caution });
  const returning = await startReturningRoles(ports, repo, loaded, changes);
  warnReasserted(ports, repo, loaded, changes);
  const before = [...loaded.targets, ...(loaded.bases ?? [])];
  checkDraft(new Map(before.map(([role, { content }]) => [role, content])), repo, changes);
  return { repo, returning };
}

/** Signing a role asserts everything in it, also what a key had signed that this very publish takes away. */
function warnReasserted(
  { gun, caution }: RepositoryPorts,
  repo: Repo,
  loaded: LoadedRepo,
  changes: readonly Change[],
): void {
  const witnessed = new Set(changes.filter(({ type }) => type === 'witness').map(({ scope }) => scope));
  for (const [role, signed] of loaded.targets) {
    const draft = repo.targets.get(role);
    if (role === 'targets' || draft?.dirty !== true || draft.bytes === undefined || witnessed.has(role))
      continue;
    if (isSignedBy(signed.envelope, repo.signers(role), role)) continue;
    caution(
      'ROLE_REASSERTED',
      `${role} of ${gun} was signed by a key that this publish removes; signing it again asserts the ${signed.content.targets.size} targets that it held`,
      { gun, role, count: signed.content.targets.size },
    );
  }
}

/**
 * Versions above those that the server claims to hold, where it has refused the verified ones.
 *
 * @throws NotaryError INVALID_OPERATION when another client has published since the state was loaded
 */
async function raised(
  { gun, remote }: RepositoryPorts,
  repo: Repo,
  published: LoadedRepo,
  verified: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  const versions = await serverVersions(repo, published.snapshot?.content, remote, verified);
  if (await hasNewPublication(published, remote)) throw publishedMeanwhile(gun);
  return versions;
}

async function checkFiles(files: ReadonlyMap<string, SignedFile>): Promise<void> {
  if (files.size === 0) return;
  const { verifySecondOpinion } = await import('../../crypto/signatures/verify-independently.ts');
  for (const [role, { envelope, groups }] of files) {
    checkUpload(role, envelope.bytes, groups, verifySecondOpinion);
  }
}

function publishedMeanwhile(gun: string): NotaryError {
  return new NotaryError('INVALID_OPERATION', `another client published ${gun} in the meantime`, {
    details: { gun },
  });
}
