/**
 * Implements the RemoteStore of a run without a server: every request fails with `client is offline` (Notary
 * 0.7.0).
 */

import { NotaryError } from '../../../errors.ts';
import type { RemoteStore } from '../../../ports/notary-server.ts';

/**
 * The error of every request that is made offline.
 *
 * @param reason why the server could not be reached, as the message about it says; for programs that read no messages
 */
export function offlineError(reason?: string): NotaryError {
  return new NotaryError('OFFLINE', 'client is offline', {
    details: reason === undefined ? {} : { reason },
    hint: 'The trust server could not be reached; see the message above for the reason.',
  });
}

async function refuse(): Promise<never> {
  throw offlineError();
}

/** A store that refuses everything with OFFLINE `client is offline`. */
export const offlineStore: RemoteStore = {
  get: refuse,
  publish: refuse,
  getKey: refuse,
  rotateKey: refuse,
  deleteAll: refuse,
  location: 'offline',
};
