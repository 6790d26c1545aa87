/**
 * Publishes: loads the repository, drafts the staged changes, signs what has changed, checks it, uploads it, and
 * confirms that the server serves it. Success is reported only for what was seen there.
 */

import { type Change, parseDelegationContent } from '../../changelist/change.ts';
import type { ListedKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { NotaryError } from '../../errors.ts';
import { isNearExpiry } from '../../metadata/expiry.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import type { AcceptsExpired } from '../../tuf/repo-builder.ts';
import { warnBrokenDelegations } from '../confirm/broken-delegation-warnings.ts';
import { cachePublished } from '../confirm/cache-published.ts';
import { type Unseen, unseenWork } from '../confirm/concurrent-change-warnings.ts';
import type { Upload } from '../confirm/confirm-upload.ts';
import type { ServedState } from '../confirm/served-state.ts';
import { type Draft, type Edits, makeDraft, raiseVersions } from '../draft/draft.ts';
import { type LoadedForPublishing, loadInitialized, loadPublished } from '../draft/load.ts';
import type { RootKeyChoice } from '../initialize/choose-root-key.ts';
import { cautionOfCreation, createOnPublish } from '../initialize/create-on-publish.ts';
import { warnSnapshotKeyHere } from '../key-lifecycle/missing-snapshot.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { checkSigned } from '../sign/check-signed.ts';
import { warnShorterExpiry } from '../sign/clock-check.ts';
import { type SignedFile, signRepo } from '../sign/sign.ts';
import { signingKeys } from '../sign/signing-keys.ts';
import { cautionOfStrays } from '../stage/stray-entries.ts';
import { cautionOfConsequences } from './consequences.ts';
import { logOnce } from './log-once.ts';
import { RetryPolicy } from './retry.ts';
import { StagedChanges } from './staged-changes.ts';
import { uploadAndConfirm } from './upload.ts';

/** What one publish does, by phase; every attempt runs all phases again on the state that it has loaded. */
export interface Publication extends Edits {
  /** What `cautionOfCreation` has returned, when the caller has said already that the repository exists nowhere. */
  readonly creation?: RootKeyChoice | undefined;
  /**
   * Makes a repository that exists neither here nor on the server, in place of what `publish` makes. Every attempt calls it
   * anew that finds none.
   */
  create?(): Promise<LoadedRepo>;
  /** Keys of older roots that sign a new root as well. */
  legacyRootKeys?(published: LoadedRepo['root']['content']): Promise<ReadonlyMap<ListedKeyId, PublicKey>>;
  /**
   * Looks at the draft before it is signed.
   *
   * @returns roles of which it has said that readers will not believe them
   */
  review?(draft: Draft, loaded: LoadedRepo, ports: RepositoryPorts): readonly string[];
  /** Tells which roles may be past their expiry, for a publication that renews them; it makes no repository. */
  readonly acceptsExpired?: AcceptsExpired;
  /** The repository must be there: none is made, whatever has become of it since the caller looked. */
  readonly makesNone?: true;
  /** The root is signed only when the edits change it, and not because it expires within six months. */
  readonly keepsRoot?: true;
  /** Runs just before the upload: from then on the server may have accepted it. */
  beforeUpload(files: ReadonlyMap<string, SignedFile>): Promise<void>;
}

export interface PublishResult {
  /** Roles whose files were uploaded by this client. */
  readonly roles: readonly string[];
  /** True when the server did not have the repository before. */
  readonly created: boolean;
}

/**
 * Publishes everything that is staged, all or nothing. A repository that exists neither here nor on
 * the server is created first (Notary 0.7.0; docker relies on it).
 *
 * The staged changes that were read are removed by name after the upload has been seen on the server;
 * changes staged meanwhile stay. On any error all stay.
 *
 * @throws NotaryError every code of `publishChanges`; COLLECTION_BUSY when another process publishes; when strict,
 * CHANGE_UNREADABLE and NOTHING_STAGED
 */
export async function publish(ports: RepositoryPorts): Promise<PublishResult> {
  return ports.lock.hold(async () => {
    const staged = await StagedChanges.read(ports);
    let changes: readonly Change[] = [];
    await cautionOfStrays(ports, 'all others are published without', 'nothing was published');
    let due = false;
    const result = await publishChanges(ports, {
      changes: async (loaded) => {
        due = isDue(loaded.snapshot, ports.clock.now());
        return (changes = await staged.pending(loaded));
      },
      review: (draft, loaded, own) => cautionOfConsequences(own, { draft, loaded, changes }),
      beforeUpload: async (files) => {
        if (staged.isEmpty && !due) cautionOfNothing(ports, files);
        await staged.record(files);
      },
    });
    await staged.clear();
    if (result.roles.includes('snapshot') && changes.some(addsSigner))
      await warnSnapshotKeyHere(ports, result.served.root.content);
    if (staged.isEmpty && result.roles.length === 0)
      ports.caution('NOTHING_STAGED', `nothing is staged for ${ports.gun}, so nothing was published`);
    for (const { code, message, details } of result.unseen) ports.caution(code, message, details);
    return { roles: result.roles, created: result.created };
  });
}

/** True when there is a reason to sign a snapshot that nothing has changed in. */
function isDue(snapshot: LoadedRepo['snapshot'], now: Date): boolean {
  return snapshot === undefined || isNearExpiry(snapshot.content.expires, now);
}

/** Notary 0.7.0 signs and sends the snapshot again when its key is here. */
function cautionOfNothing({ gun, caution }: RepositoryPorts, files: ReadonlyMap<string, SignedFile>): void {
  if ([...files.keys()].join() !== 'snapshot') return;
  const nothing = `nothing is staged for ${gun}`;
  caution(
    'NOTHING_STAGED',
    `${nothing}: its snapshot alone is signed and sent again`,
    {},
    `${nothing}, so nothing was published`,
  );
}

function addsSigner(change: Change): boolean {
  if (change.type !== 'delegation' || change.action === 'delete') return false;
  return parseDelegationContent(change).addKeys.length > 0;
}

/** The outcome of a publication. */
export interface PublicationResult extends PublishResult {
  /** What the server serves after it. */
  readonly served: ServedState;
  /** What readers do not see of it. */
  readonly unseen: readonly Unseen[];
}

/**
 * Publishes changes or an edit without touching the changelist; otherwise as `publish`. The caller
 * holds the lock.
 *
 * When another client has published in the meantime, everything is done again on the new state, after
 * a pause (Notary 0.7.0 gives up at once).
 *
 * @throws NotaryError every code of `loadPublished`, `loadInitialized`, `makeDraft`, `signRepo`; what the server
 * answers to the upload; PUBLISH_UNVERIFIED when the server does not serve what it accepted
 */
export async function publishChanges(
  callerPorts: RepositoryPorts,
  publication: Publication,
): Promise<PublicationResult> {
  const { ports, nextAttempt } = logOnce(callerPorts);
  const retry = new RetryPolicy(ports);
  for (;;) {
    const loaded = await load(ports, publication);
    const refusedAsOld = retry.startAttempt(loaded.repo);
    try {
      const draft = await makeDraft(ports, publication, loaded);
      const foretold = publication.review?.(draft, loaded.repo, ports) ?? [];
      const numbered = refusedAsOld ? await raiseVersions(ports, draft, loaded) : draft;
      const files = await sign(ports, publication, loaded, numbered);
      await checkSigned(files);
      if (ports.expiryOf === undefined) warnShorterExpiry(files, loaded.repo, ports);
      await publication.beforeUpload(files);
      const upload: Upload = { files, repo: draft.repo, loaded };
      const served = await uploadAndConfirm(ports, upload);
      retry.logAttempts();
      return await conclude(ports, upload, served, foretold);
    } catch (error) {
      await retry.waitBeforeRetry(error);
      nextAttempt();
    }
  }
}

/** The published state; else what was initialized here; else a repository that is created now. */
async function load(
  ports: RepositoryPorts,
  publication: Pick<Publication, 'creation' | 'create' | 'acceptsExpired' | 'makesNone'>,
): Promise<LoadedForPublishing> {
  const { creation: announced, acceptsExpired, makesNone } = publication;
  const published = await loadPublished(ports, { acceptsExpired });
  if (published === undefined && makesNone === true) throw notThere(ports);
  const existing = published ?? (await loadInitialized(ports));
  if (existing !== undefined) return existing;
  if (publication.create !== undefined) return { repo: await publication.create(), initial: true };
  const choice = announced ?? (await cautionOfCreation(ports));
  return { repo: await createOnPublish(ports, choice), initial: true };
}

function notThere({ gun, remote }: RepositoryPorts): NotaryError {
  return new NotaryError('REPOSITORY_NOT_EXIST', `${remote.location} does not have trust data for ${gun}`, {
    details: { gun, server: remote.location },
    hint: 'Nothing was published.',
  });
}

async function sign(
  ports: RepositoryPorts,
  publication: Publication,
  { initial }: LoadedForPublishing,
  { repo, versions }: Draft,
): Promise<ReadonlyMap<string, SignedFile>> {
  return signRepo(repo, signingKeys(ports), {
    gun: ports.gun,
    now: ports.clock.now(),
    initial,
    versions,
    expiryOf: ports.expiryOf,
    keepsRoot: publication.keepsRoot,
    legacyRootKeys:
      (await publication.legacyRootKeys?.(repo.publishedRoot)) ?? new Map<ListedKeyId, PublicKey>(),
  });
}

/** Remembers what the server serves, and says what readers no longer trust or do not see. */
async function conclude(
  ports: RepositoryPorts,
  upload: Upload,
  served: ServedState,
  foretold: readonly string[],
): Promise<PublicationResult> {
  const { files, loaded } = upload;
  await cachePublished(ports, served, loaded.repo);
  warnBrokenDelegations(served, loaded.repo, new Set([...files.keys(), ...foretold]), ports);
  const unseen = unseenWork(served, upload, ports.gun);
  return { roles: [...files.keys()], created: loaded.initial, served, unseen };
}
