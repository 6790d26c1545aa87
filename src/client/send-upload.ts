/** Sends files and looks at what the server then serves, also when its answer did not arrive. */

import { isNotaryError, NotaryError } from '../errors.ts';
import type { Repo } from '../tuf/repo.ts';
import { readBack } from './read-back.ts';
import type { RepositoryPorts } from './repository-ports.ts';

type SendingPorts = Pick<RepositoryPorts, 'gun' | 'remote' | 'log'>;

/**
 * Uploads, and returns once the server has been seen to serve what was sent.
 *
 * An upload whose answer is lost may have been taken all the same, and a gateway may repeat one that
 * was taken already, which is then refused as old. So the server is looked at before either counts as
 * a failure.
 *
 * @param upload role to bytes
 * @param repo the collection as it will be
 * @throws NotaryError what the server answers; PUBLISH_UNVERIFIED when it does not serve what it accepted
 */
export async function sendUpload(
  ports: SendingPorts,
  upload: ReadonlyMap<string, Uint8Array>,
  repo: Repo,
): Promise<void> {
  try {
    await ports.remote.publish(upload);
  } catch (error) {
    if (!isNotaryError(error) || !mayHaveBeenTaken(error) || upload.size === 0) throw error;
    const doubt = await whyNotServed(ports, upload, repo);
    if (doubt === undefined) {
      ports.log.info(
        `${ports.gun}: the server serves what was sent, although its answer was: ${error.message}`,
        'ANSWER_LOST',
      );
      return;
    }
    throw isRefusedAsOld(error) ? error : uncertain(ports.gun, error, doubt);
  }
  await readBack(ports, upload, repo);
}

/** True for a refusal because the server has something newer, or the same already. */
export function isRefusedAsOld(error: NotaryError): boolean {
  return error.code === 'INVALID_OPERATION' && error.details['serverCode'] === 'VERSION';
}

function mayHaveBeenTaken(error: NotaryError): boolean {
  return isNotaryError(error, 'NETWORK', 'SERVER_UNAVAILABLE', 'MALICIOUS_SERVER') || isRefusedAsOld(error);
}

async function whyNotServed(
  ports: SendingPorts,
  upload: ReadonlyMap<string, Uint8Array>,
  repo: Repo,
): Promise<NotaryError | undefined> {
  try {
    await readBack(ports, upload, repo);
    return undefined;
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
}

/** Whether the server said what it has, or could not be asked, makes a difference to what is known. */
function uncertain(gun: string, error: NotaryError, doubt: NotaryError): NotaryError {
  const absent = doubt.details['reason'] === 'METADATA_NOT_FOUND';
  const known = absent
    ? 'The server does not have what was sent.'
    : 'Whether the server has taken what was sent is not known.';
  return new NotaryError(error.code, error.message, {
    details: { ...error.details, gun, published: absent ? 'no' : 'unknown' },
    hint: `${known} Nothing is lost: run this command again; what the server has already is not sent twice.`,
    cause: error,
  });
}
