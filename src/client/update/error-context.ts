/**
 * Adds context to an error: which file of which repository it is about, where the message alone does not say it.
 */

import { isNotaryError, NotaryError, withDetails } from '../../errors.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/**
 * The error with the GUN in its details and, when a role's file cannot be trusted and no advice is given yet, with
 * a hint that names both. Messages stay, since Notary 0.7.0 has them.
 */
export function withRepositoryContext(
  error: NotaryError,
  ports: Pick<RepositoryPorts, 'gun' | 'remote'>,
): NotaryError {
  const { gun, remote } = ports;
  const detailed = withDetails(error, { gun });
  const { code, message, details, hint, cause } = detailed;
  const role = details['role'];
  const reached = !isNotaryError(error, 'NETWORK', 'OFFLINE', 'SERVER_UNAVAILABLE', 'UNAUTHORIZED');
  if (hint !== undefined || typeof role !== 'string' || !reached) return detailed;
  return new NotaryError(code, message, {
    details,
    hint: `The ${role} metadata of ${gun} on ${remote.location} cannot be used; what was trusted before stays.`,
    cause,
  });
}
