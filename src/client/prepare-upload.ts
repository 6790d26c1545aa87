/** From what is published and what is to be changed to files that are signed and checked. */

import { applyChanges } from '../changelist/apply-changes.ts';
import type { Change } from '../changelist/change.ts';
import type { KeyId, PublicKey } from '../crypto/public-key.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { checkUpload } from '../tuf/check-upload.ts';
import { type LoadedRepo, Repo } from '../tuf/repo.ts';
import { checkClock, warnShorterExpiry } from './check-clock.ts';
import { hasMovedOn, heldVersions } from './held-versions.ts';
import { makeCollection } from './initialize.ts';
import { checkNeverPublished, loadUnpublished } from './load-unpublished.ts';
import type { RepositoryPorts } from './repository-ports.ts';
import { type SignedFile, signRepo } from './sign-repo.ts';
import { update } from './update.ts';

/** What is to be published besides the staged changes, or instead of them. */
export interface Publication {
  readonly changes: readonly Change[];
  /** An edit that no change file describes, such as new keys for a base role. Done anew at each try. */
  readonly edit?: (repo: Repo) => void;
  /** Keys of older roots that shall sign a new root as well. */
  readonly legacyRootKeys?: (root: Repo['publishedRoot']) => Promise<ReadonlyMap<KeyId, PublicKey>>;
  /** Waited for just before anything is sent: from then on the server may have taken it. */
  readonly onUpload?: () => Promise<void>;
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
    const { root, snapshot, targets, unusable, timestamp } = await update(ports, { checkExists: true });
    if (timestamp !== undefined) checkClock(timestamp.content, ports);
    return { repo: { root, snapshot, targets, unusable }, initial: false };
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

/**
 * Applies the changes, signs, and checks everything that was signed a second time.
 *
 * @throws NotaryError every code of `applyChanges` and `signRepo`; SIGNATURE_SELF_CHECK; INVALID_OPERATION when
 * somebody has published since the state was loaded
 */
export async function prepareUpload(
  ports: RepositoryPorts,
  publication: Publication,
  { repo: loaded, initial }: LoadedForPublishing,
): Promise<PreparedUpload> {
  const { gun, cryptoService, remote, log, clock, caution } = ports;
  const repo = new Repo(loaded);
  publication.edit?.(repo);
  await applyChanges(repo, publication.changes, { keys: cryptoService, log, caution });
  const versions = await heldVersions(repo, loaded.snapshot?.content, remote);
  if (versions.size > 0 && (await hasMovedOn(loaded, remote))) throw overtaken(gun);
  const files = await signRepo(repo, cryptoService, {
    now: clock.now(),
    initial,
    versions,
    legacyRootKeys: (await publication.legacyRootKeys?.(repo.publishedRoot)) ?? new Map<KeyId, PublicKey>(),
  });
  await checkFiles(files);
  warnShorterExpiry(files, loaded, ports);
  return { repo, files };
}

async function checkFiles(files: ReadonlyMap<string, SignedFile>): Promise<void> {
  if (files.size === 0) return;
  const { verifySecondOpinion } = await import('../crypto/second-opinion.ts');
  for (const [role, { envelope, groups }] of files) {
    checkUpload(role, envelope.bytes, groups, verifySecondOpinion);
  }
}

function overtaken(gun: string): NotaryError {
  return new NotaryError('INVALID_OPERATION', `somebody else published ${gun} in the meantime`, {
    details: { gun },
  });
}
