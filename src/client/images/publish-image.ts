/**
 * Publishes changes of an image's repository, apart from what is staged. A repository that the server does not have is made
 * by the same upload (docker CLI 28.2.2 makes two).
 */

import type { Change } from '../../changelist/change.ts';
import { isNotaryError } from '../../errors.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { type Publication, type PublicationResult, publishChanges } from '../publish/publish.ts';
import { refusals } from '../publish/retry.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { makeImageRepository } from './create-repository.ts';
import { NewKeys } from './new-keys.ts';

/** What is to be published for an image. */
export interface ImagePublication extends Pick<Publication, 'review'> {
  /** @param keys makes keys that are stored just before the upload; none stays of a run that fails before it */
  readonly changes: (loaded: LoadedRepo, keys: NewKeys) => Promise<readonly Change[]>;
  /** Called before a repository is made that exists neither here nor on the server; without it that is a failure. */
  readonly onCreate?: () => void;
}

/**
 * Publishes under the lock of the repository. Staged changes stay as they are, and no key that was made stays of a run
 * that the server has certainly not taken.
 *
 * @throws NotaryError every code of `publishChanges` and `makeImageRepository`; COLLECTION_BUSY, and REPOSITORY_NOT_EXIST
 * without `onCreate`
 */
export async function publishToImage(
  ports: RepositoryPorts,
  publication: ImagePublication,
): Promise<PublicationResult> {
  const { changes, onCreate } = publication;
  return ports.lock.hold(async () => {
    const keys = new NewKeys(ports);
    const publishing: RepositoryPorts = { ...ports, cryptoService: keys.cryptoService };
    const progress: { made?: LoadedRepo; sent?: true } = {};
    const create = async (): Promise<LoadedRepo> => {
      if (progress.made !== undefined) return progress.made;
      onCreate?.();
      return (progress.made = await makeImageRepository(publishing, keys));
    };
    try {
      const result = await publishChanges(publishing, {
        changes: (loaded) => {
          // Each attempt but the first follows a refusal of what was sent.
          delete progress.sent;
          return changes(loaded, keys);
        },
        ...(onCreate === undefined ? { makesNone: true } : { create }),
        review: (draft, loaded, own) => publication.review?.(draft, loaded, own) ?? [],
        beforeUpload: async () => {
          await keys.store();
          progress.sent = true;
        },
      });
      // Another client has made the repository at the same moment.
      if (progress.made !== undefined && !result.created) await keys.takeBack();
      return result;
    } catch (error) {
      if (progress.sent !== true || isRefused(error)) await keys.takeBack();
      throw error;
    }
  });
}

/** True when the server has said that it does not take what was sent. One that has it already says that it is old. */
function isRefused(error: unknown): boolean {
  if (!isNotaryError(error)) return false;
  const { published, serverCode } = error.details;
  return (
    published === 'no' ||
    (serverCode !== 'VERSION' &&
      (error.code === 'UNAUTHORIZED' || refusals.some((code) => code === error.code)))
  );
}
