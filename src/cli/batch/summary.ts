/** Names, at the end, the repositories of a list that failed. */

import type { ErrorCode } from '../../error-codes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { Gun } from '../../metadata/gun.ts';
import { exitStatus, type Reporting, reportFailure } from '../run/report-failure.ts';

export interface FailedRepository {
  readonly gun: Gun;
  readonly error: unknown;
}

/**
 * Names those that failed: log messages on standard error, or with `--json` one error.
 *
 * @param total how many there were in all
 * @returns the exit status: 2 when one of them was a defect of this program
 */
export function reportFailedRepositories(
  failed: readonly FailedRepository[],
  total: number,
  reporting: Reporting,
): number {
  if (failed.length === 0) return exitStatus.success;
  const message = `${failed.length} of ${total} ${total === 1 ? 'repository' : 'repositories'} failed`;
  if (reporting.json === true) {
    const repositories = failed.map(({ gun, error }) => ({
      ...{ gun, message: messageOf(error) },
      code: isNotaryError(error) ? error.code : 'INTERNAL',
    }));
    const details = { failed: failed.length, of: total, repositories };
    reportFailure(new NotaryError('REPOSITORIES_FAILED', message, { details }), reporting);
  } else {
    reporting.log.error(message, 'REPOSITORIES_FAILED');
    for (const { gun, error } of failed) reporting.log.error(`${gun}: ${messageOf(error)}`, codeOf(error));
  }
  return failed.some(({ error }) => !isNotaryError(error)) ? exitStatus.defect : exitStatus.failure;
}

function messageOf(error: unknown): string {
  if (isNotaryError(error)) return error.message;
  return `internal error: ${error instanceof Error ? error.message : String(error)}`;
}

/** A defect has no code of its own in log messages. */
function codeOf(error: unknown): ErrorCode {
  return isNotaryError(error) ? error.code : 'REPOSITORIES_FAILED';
}
