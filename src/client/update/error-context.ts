/**
 * Adds context to an error: which file of which repository it is about, where the message alone does not say it.
 */

import { formatInstant } from '../../encoding/rfc3339.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import type { ErrorCode } from '../../error-codes.ts';
import { isNotaryError, NotaryError, withDetails } from '../../errors.ts';
import { clockHint, renewalHint } from '../../metadata/expiry.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/**
 * The error with the GUN in its details and, when a role's file cannot be trusted and no advice is given yet, with
 * a hint that names both. Messages stay, since Notary 0.7.0 has them.
 */
export function withRepositoryContext(
  error: NotaryError,
  ports: Pick<RepositoryPorts, 'gun' | 'remote' | 'asOf'>,
): NotaryError {
  return asOfThen(inRepository(error, ports), ports);
}

/** Where another time was asked for, it is no clock that is to be checked. */
function asOfThen(error: NotaryError, { asOf }: Pick<RepositoryPorts, 'asOf'>): NotaryError {
  const { code, message, details, hint, cause } = error;
  const { now } = details;
  if (asOf === undefined || hint === undefined || typeof now !== 'string') return error;
  if (asOf.archive !== undefined)
    return new NotaryError(code, message, {
      ...{ details, cause },
      hint: `It was read as of ${now}. What ${asOf.archive} holds is never signed again, and vouches for nothing after its end.`,
    });
  if (now === formatInstant(asOf.now)) return error;
  const [before = '', after = ''] = hint.split(clockHint(now));
  const then = `It was read as of ${now}.`;
  return new NotaryError(code, message, {
    ...{ details, cause },
    hint: `${before}${then}${after.replace(' If it is right, a', ' A').replace(' If it is right, the', ' The')}`,
  });
}

function inRepository(error: NotaryError, ports: Pick<RepositoryPorts, 'gun' | 'remote'>): NotaryError {
  const { gun, remote } = ports;
  const detailed = withDetails(error, { gun });
  const { code, message, details, hint, cause } = detailed;
  const role = details['role'];
  const mended = remedyOfExpiry(detailed, gun);
  if (mended !== undefined) return mended;
  const reached = !isNotaryError(error, 'NETWORK', 'OFFLINE', 'SERVER_UNAVAILABLE', 'UNAUTHORIZED');
  if (hint !== undefined || typeof role !== 'string' || !reached) return detailed;
  return new NotaryError(code, message, {
    details,
    hint: `The ${role} metadata of ${gun} on ${remote.location} cannot be used; what was trusted before stays.${madeAnew(code, gun)}`,
    cause,
  });
}

/** The error of an expired file, with the command that renews it; undefined for another error. */
function remedyOfExpiry(error: NotaryError, gun: string): NotaryError | undefined {
  const { code, message, details, hint, cause } = error;
  const { role, now, status } = details;
  if (isNotaryError(error, 'EXPIRED') && typeof role === 'string' && typeof now === 'string')
    return new NotaryError(code, message, {
      ...{ details, cause },
      hint: renewalHint(shellWord(role), now, shellWord(gun)),
    });
  // Notary's server answers so when it cannot sign a timestamp.
  if (!isNotaryError(error, 'SERVER_UNAVAILABLE') || role !== 'timestamp' || status !== 500) return undefined;
  const said = hint === undefined ? '' : `${hint} `;
  return new NotaryError(code, message, {
    ...{ details, cause },
    hint: `${said}A server answers so, too, when the root or the snapshot of ${gun} has expired and its key is with the owner, who then renews it: tsnotary renew ${shellWord(gun)}`,
  });
}

/** What to do where no signatures lead to a root: nothing for other errors. */
function madeAnew(code: ErrorCode, gun: string): string {
  if (code !== 'ROOT_ROTATION') return '';
  return ` If its owner says that the collection was made anew, compare the fingerprints: tsnotary anchor refresh ${shellWord(gun)}`;
}
