/**
 * Publish: bring the collection up to date, apply the staged changes, sign what has changed, check it,
 * send it, and look at what the server then serves. Success is reported only for what was seen there.
 */

import type { LoadedRepo } from '../../tuf/repo.ts';
import { warnBrokenDelegations } from '../confirm/broken-delegation-warnings.ts';
import { rememberServed } from '../confirm/cache-published.ts';
import { type Unseen, unseenWork } from '../confirm/concurrent-change-warnings.ts';
import type { ServedState } from '../confirm/served-state.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { retold } from './log-once.ts';
import { loadForPublishing, type Publication, prepareUpload } from './prepare.ts';
import { Tries } from './retry.ts';
import { StagedChanges } from './staged-changes.ts';
import { sendUpload } from './upload.ts';

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
 * @throws NotaryError every code of `publishChanges`; COLLECTION_BUSY when another process publishes
 */
export async function publish(ports: RepositoryPorts): Promise<PublishResult> {
  return ports.lock.hold(async () => {
    const staged = await StagedChanges.read(ports);
    const result = await publishChanges(ports, {
      changes: (loaded: LoadedRepo) => staged.pending(loaded),
      onUpload: (files) => staged.record(files),
    });
    await staged.clear();
    if (staged.isEmpty && result.roles.length === 0)
      ports.caution('NOTHING_STAGED', `nothing is staged for ${ports.gun}, so nothing was published`);
    for (const { code, message, details } of result.unseen) ports.caution(code, message, details);
    return { roles: result.roles, created: result.created };
  });
}

/** What a publication has come to. */
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
 * When somebody else has published in the meantime, everything is done again on the new state, after
 * a pause (Notary 0.7.0 gives up at once).
 *
 * @throws NotaryError every code of `update`, `applyChanges`, `signRepo`; CLOCK_BEHIND; what the server
 * answers to the upload; PUBLISH_UNVERIFIED when the server does not serve what it accepted
 */
export async function publishChanges(
  told: RepositoryPorts,
  publication: Publication,
): Promise<PublicationResult> {
  const { ports, again } = retold(told);
  const tries = new Tries(ports);
  for (;;) {
    const loaded = await loadForPublishing(ports);
    tries.begin(loaded.repo);
    try {
      const { repo, files } = await prepareUpload(ports, publication, loaded, tries);
      await publication.onUpload?.(files);
      const served = await sendUpload(ports, { files, repo, loaded });
      tries.report();
      await rememberServed(ports, served, loaded.repo);
      warnBrokenDelegations(served, loaded.repo, files, ports);
      const unseen = unseenWork(served, { files, repo, loaded }, ports.gun);
      return { roles: [...files.keys()], created: loaded.initial, served, unseen };
    } catch (error) {
      await tries.again(error);
      again();
    }
  }
}
