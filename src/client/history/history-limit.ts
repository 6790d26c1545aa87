/**
 * Limits the download of earlier versions of files, which no other file announces: a byte quota for one role and
 * for all roles together.
 */

import { isNotaryError, NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';
import { asResult, orThrow } from '../fetch/deferred-failure.ts';

type Remote = Pick<RemoteStore, 'get'>;

interface Budget {
  left: number;
}

/** Bytes. */
export interface HistoryBounds {
  readonly perRole: number;
  readonly together: number;
}

/** What is read for one role, and for all roles of a run. */
const defaultLimits: HistoryBounds = { perRole: sizeLimits.historyOfRole, together: sizeLimits.history };

export class BoundedHistory {
  readonly #remote: Remote;
  readonly #perRole: number;
  readonly #together: Budget;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(remote: Remote, { perRole, together }: HistoryBounds = defaultLimits) {
    this.#remote = remote;
    this.#perRole = perRole;
    this.#together = { left: together };
  }

  /**
   * The store for looking at earlier versions of one file. What is larger than four times the present one and 1 MiB is
   * refused as if it were not there, and so is everything once the bytes are used up.
   *
   * @param present bytes of the present version, as far as it has been verified
   */
  of(present: number): Remote {
    const maxLength = 4 * present + sizeLimits.historySlack;
    const budgets = [{ left: this.#perRole }, this.#together];
    return { get: (resource, limit) => this.#get(resource, Math.min(limit, maxLength), budgets) };
  }

  async #get(resource: string, wanted: number, budgets: readonly Budget[]): Promise<Uint8Array> {
    const left = () => budgets.reduce((least, budget) => Math.min(least, budget.left), wanted);
    // Files are fetched together: until one is here it counts for its longest.
    while (left() < wanted && this.#underWay.size > 0) await Promise.race(this.#underWay);
    const maxBytes = left();
    if (maxBytes <= 0) throw tooMuch(resource);
    const answer = this.#fetch(resource, maxBytes, budgets);
    this.#underWay.add(answer);
    return orThrow(await answer.finally(() => this.#underWay.delete(answer)));
  }

  async #fetch(
    resource: string,
    most: number,
    budgets: readonly Budget[],
  ): Promise<Uint8Array | NotaryError> {
    for (const budget of budgets) budget.left -= most;
    const answer = await asResult(this.#remote.get(resource, most));
    for (const budget of budgets) budget.left += most - takenBy(answer, most);
    return answer;
  }
}

/** Of a file that is too long as much has come as was let through. */
function takenBy(answer: Uint8Array | NotaryError, most: number): number {
  if (!isNotaryError(answer)) return answer.length;
  return answer.code === 'METADATA_NOT_FOUND' ? 0 : most;
}

function tooMuch(resource: string): NotaryError {
  return new NotaryError('MALICIOUS_SERVER', `no more earlier versions are read: ${resource}`, {
    details: { resource },
  });
}
