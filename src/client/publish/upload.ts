/** Uploads files and confirms what the server then serves, also when its answer did not arrive. */

import { isNotaryError, NotaryError, rephrased, sameWords } from '../../errors.ts';
import { confirmUpload, type Upload } from '../confirm/confirm-upload.ts';
import type { ServedState } from '../confirm/served-state.ts';
import { explainMissingSnapshot, isMissingSnapshot } from '../key-lifecycle/missing-snapshot.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

type SendingPorts = Pick<RepositoryPorts, 'gun' | 'remote' | 'clock' | 'log' | 'cryptoService'>;

/**
 * Uploads, and returns once the server has been seen to serve what was sent.
 *
 * An upload whose answer is lost may have been taken all the same, and a gateway may repeat one that
 * was taken already, which is then refused as old. So the server is looked at before either counts as
 * a failure.
 *
 * @returns what the server serves
 * @throws NotaryError what the server answers; PUBLISH_UNVERIFIED when it does not serve what it accepted
 */
export async function uploadAndConfirm(ports: SendingPorts, upload: Upload): Promise<ServedState> {
  const bytes = new Map([...upload.files].map(([role, { envelope }]) => [role, envelope.bytes]));
  try {
    await ports.remote.publish(bytes);
  } catch (error) {
    if (isNotaryError(error) && isMissingSnapshot(error, bytes))
      throw await explainMissingSnapshot(ports, error, upload.repo.root.content, bytes);
    if (!isNotaryError(error) || !mayHaveBeenTaken(error) || bytes.size === 0) throw error;
    const found = await servedOrDoubt(ports, upload);
    if (!(found instanceof NotaryError)) {
      ports.log.info(
        `${ports.gun}: the server serves what was sent, although its answer was: ${error.message}`,
        'ANSWER_LOST',
      );
      return found;
    }
    throw isRefusedAsOld(error) ? error : uncertain(ports.gun, error, found);
  }
  return confirmUpload(ports, upload);
}

/** True for a refusal because the server has something newer, or the same already. */
export function isRefusedAsOld(error: NotaryError): boolean {
  return isNotaryError(error, 'INVALID_OPERATION') && error.details.serverCode === 'VERSION';
}

function mayHaveBeenTaken(error: NotaryError): boolean {
  return isNotaryError(error, 'NETWORK', 'SERVER_UNAVAILABLE', 'MALICIOUS_SERVER') || isRefusedAsOld(error);
}

/** What is served when the upload was taken; else why that is not known. */
async function servedOrDoubt(ports: SendingPorts, upload: Upload): Promise<ServedState | NotaryError> {
  try {
    return await confirmUpload(ports, upload);
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
}

/** Whether the server said what it has, or could not be asked, makes a difference to what is known. */
function uncertain(gun: string, error: NotaryError, doubt: NotaryError): NotaryError {
  const absent = isNotaryError(doubt, 'PUBLISH_UNVERIFIED') && doubt.details.reason === 'METADATA_NOT_FOUND';
  const known = absent
    ? 'The server does not have what was sent.'
    : 'Whether the server has taken what was sent is not known.';
  return rephrased(error, sameWords, {
    details: { gun, published: absent ? 'no' : 'unknown' },
    hint: `${known} Nothing is lost: run this command again; what the server has already is not sent twice.`,
  });
}
