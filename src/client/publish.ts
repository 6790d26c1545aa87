/**
 * Publish: bring the collection up to date, apply the staged changes, sign what has changed, check it,
 * send it, and look at what the server then serves. Success is reported only for what was seen there.
 */

import { type Change, parseChange } from '../changelist/change.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { StoredChange } from '../ports.ts';
import { loadForPublishing, type Publication, prepareUpload } from './prepare-upload.ts';
import type { RepositoryPorts } from './repository-ports.ts';
import { sendUpload } from './send-upload.ts';
import { Tries } from './tries.ts';
import { retold } from './unrepeated.ts';
import { warnUnusableRoles } from './unusable-roles.ts';

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
    const staged = await ports.changelist.list();
    const result = await publishChanges(ports, { changes: staged.map(readChange) });
    await removeChanges(staged, ports);
    if (staged.length === 0 && result.roles.length === 0)
      ports.caution('NOTHING_STAGED', `nothing is staged for ${ports.gun}, so nothing was published`);
    return result;
  });
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

/** The upload has been seen by now, so that a folder that cannot be written is no failure of the publish. */
async function removeChanges(
  staged: readonly StoredChange[],
  { gun, changelist, log }: Pick<RepositoryPorts, 'gun' | 'changelist' | 'log'>,
): Promise<void> {
  try {
    await changelist.remove(staged.map(({ name }) => name));
  } catch (error) {
    if (!isNotaryError(error, 'FILE_UNWRITABLE')) throw error;
    const names = new Set(staged.map(({ name }) => name));
    const left = (await changelist.list()).flatMap(({ name }, index) => (names.has(name) ? [index] : []));
    log.warn(
      `the changes to ${gun} are published, but stay staged as well: ${error.message}. To remove them later: tsnotary reset ${gun} -n ${left.join(',')}`,
      'CHANGES_NOT_CLEARED',
    );
  }
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
): Promise<PublishResult> {
  const { ports, again } = retold(told);
  const tries = new Tries(ports);
  for (;;) {
    const loaded = await loadForPublishing(ports);
    tries.begin(loaded.repo);
    try {
      const { repo, files } = await prepareUpload(ports, publication, loaded);
      const upload = new Map([...files].map(([role, { envelope }]) => [role, envelope.bytes] as const));
      await publication.onUpload?.();
      await sendUpload(ports, upload, repo);
      tries.report();
      warnUnusableRoles(repo, files, loaded.repo, ports);
      return { roles: [...files.keys()], created: loaded.initial };
    } catch (error) {
      await tries.again(error);
      again();
    }
  }
}
