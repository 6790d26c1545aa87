/** Words failures of trust servers and of what they serve as docker does (docker CLI 28.2.2). */

import { isNotaryError, rephrased } from '../../errors.ts';

/** What opens the sentence of each kind of failure. */
function leadOf(code: string, gun: string): string | undefined {
  const malicious = 'Warning: potential malicious behavior - trust data';
  switch (code) {
    case 'NETWORK':
    case 'OFFLINE':
    case 'SERVER_UNAVAILABLE':
    case 'MALICIOUS_SERVER':
      return 'Error: error contacting notary server';
    case 'REPOSITORY_NOT_EXIST':
      return `Error: remote trust data does not exist for ${gun}`;
    case 'EXPIRED':
      return `Error: remote repository ${gun} out-of-date`;
    case 'METADATA_NOT_FOUND':
      return `Error: trust data missing for remote repository ${gun} or remote repository not found`;
    case 'ROOT_VALIDATION':
    case 'INVALID_KEY_TYPE':
    case 'VALIDATION':
      return `${malicious} mismatch for remote repository ${gun}`;
    case 'LOW_VERSION':
      return `${malicious} version is lower than expected for remote repository ${gun}`;
    case 'ROLE_THRESHOLD':
      return `${malicious} has insufficient signatures for remote repository ${gun}`;
    default:
      return undefined;
  }
}

/** The failure in docker's words; what docker has none for, and what is no NotaryError, stays as it is. */
export function worded(error: unknown, gun: string): unknown {
  if (!isNotaryError(error)) return error;
  const lead = leadOf(error.code, gun);
  return lead === undefined ? error : rephrased(error, (message) => `${lead}: ${message}`);
}
