/**
 * Publish: bring the collection up to date, apply the staged changes, sign what has changed, check it,
 * send it, and look at what the server then serves. Success is reported only for what was seen there.
 */

import { applyChanges } from '../changelist/apply-changes.ts';
import { type Change, parseChange } from '../changelist/change.ts';
import type { KeyId, PublicKey } from '../crypto/public-key.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { StoredChange } from '../ports.ts';
import { checkUpload } from '../tuf/check-upload.ts';
import { type LoadedRepo, Repo } from '../tuf/repo.ts';
import { heldVersions } from './held-versions.ts';
import { initialize } from './initialize.ts';
import { loadUnpublished } from './load-unpublished.ts';
import { readBack } from './read-back.ts';
import type { RepositoryPorts } from './repository-ports.ts';
import { type SignedFile, signRepo } from './sign-repo.ts';
import { warnUnusableRoles } from './unusable-roles.ts';
import { update } from './update.ts';

export interface PublishResult {
  /** Roles whose files were uploaded by this client. */
  readonly roles: readonly string[];
  /** True when the server did not have the collection before. */
  readonly created: boolean;
}

/**
 * Publishes everything that is staged, all or nothing. A collection that exists neither here nor on
 * the server is made first (Notary 0.7.0; docker relies on it).
 *
 * The staged changes that were read are removed by name after the upload has been seen on the server;
 * changes staged meanwhile stay. On any error all stay.
 *
 * @throws NotaryError every code of `update`, `applyChanges`, `signRepo`; what the server answers to
 * the upload; PUBLISH_UNVERIFIED when the server does not serve what it accepted
 */
export async function publish(ports: RepositoryPorts): Promise<PublishResult> {
  const staged = await ports.changelist.list();
  const changes = staged.map(readChange);
  const result = await publishChanges(ports, { changes });
  await ports.changelist.remove(staged.map(({ name }) => name));
  return result;
}

function readChange({ name, bytes }: StoredChange, index: number): Change {
  try {
    return parseChange(bytes);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw new NotaryError(error.code, error.message, {
      details: { ...error.details, file: name },
      hint: `The staged change ${name} is damaged; "reset -n ${index}" removes just this one.`,
      cause: error,
    });
  }
}

/** What is to be published besides the staged changes, or instead of them. */
export interface Publication {
  readonly changes: readonly Change[];
  /** An edit that no change file describes, such as new keys for a base role. */
  readonly edit?: (repo: Repo) => void;
  /** Keys of older roots that shall sign a new root as well. */
  readonly legacyRootKeys?: (root: Repo['publishedRoot']) => Promise<ReadonlyMap<KeyId, PublicKey>>;
  /** Told just before anything is sent: from then on the server may have taken it. */
  readonly onUpload?: () => void;
}

/** Publishes changes or an edit without touching the changelist; otherwise as `publish`. */
export async function publishChanges(
  ports: RepositoryPorts,
  publication: Publication,
): Promise<PublishResult> {
  const { cryptoService, remote, log, clock, caution } = ports;
  const { loaded, initial } = await loadForPublishing(ports);
  const repo = new Repo(loaded);
  publication.edit?.(repo);
  await applyChanges(repo, publication.changes, { keys: cryptoService, log, caution });
  const files = await signRepo(repo, cryptoService, {
    now: clock.now(),
    initial,
    versions: await heldVersions(repo, loaded.snapshot?.content, remote),
    legacyRootKeys: (await publication.legacyRootKeys?.(repo.publishedRoot)) ?? new Map<KeyId, PublicKey>(),
  });
  await checkFiles(files);
  const upload = new Map([...files].map(([role, { envelope }]) => [role, envelope.bytes] as const));
  publication.onUpload?.();
  await remote.publish(upload);
  await readBack(ports, upload, repo);
  warnUnusableRoles(repo, files, loaded, ports);
  return { roles: [...files.keys()], created: initial };
}

async function checkFiles(files: ReadonlyMap<string, SignedFile>): Promise<void> {
  if (files.size === 0) return;
  const { verifySecondOpinion } = await import('../crypto/second-opinion.ts');
  for (const [role, { envelope, groups }] of files) {
    checkUpload(role, envelope.bytes, groups, verifySecondOpinion);
  }
}

async function loadForPublishing(ports: RepositoryPorts): Promise<{ loaded: LoadedRepo; initial: boolean }> {
  try {
    const { root, snapshot, targets, unusable } = await update(ports, { checkExists: true });
    return { loaded: { root, snapshot, targets, unusable }, initial: false };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    if (error.code !== 'REPOSITORY_NOT_EXIST') {
      ports.log.error(`Could not publish Repository since we could not update: ${error.message}`);
      throw error;
    }
  }
  const unpublished = await loadUnpublished(ports);
  if (unpublished !== undefined) return { loaded: unpublished, initial: true };
  ports.caution(
    'COLLECTION_CREATED',
    `${ports.gun} exists neither here nor on ${ports.remote.location}; it is made and published now`,
    { gun: ports.gun },
  );
  ports.log.info(
    `No TUF data found locally or remotely - initializing repository ${ports.gun} for the first time`,
  );
  await initialize(ports, {});
  const made = await loadUnpublished(ports);
  if (made === undefined)
    throw new NotaryError('REPO_NOT_INITIALIZED', `repository ${ports.gun} could not be initialized`);
  return { loaded: made, initial: true };
}
