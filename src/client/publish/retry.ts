/**
 * Retries a publish that conflicts with one of another client: both started from the same state, and the other was
 * first.
 */

import { equalBytes } from '../../encoding/bytes.ts';
import { isNotaryError, type NotaryError, rephrased, sameWords } from '../../errors.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { isRefusedAsOld } from './upload.ts';

const maxAttempts = 5;
/** Milliseconds that the first pause lasts on average; each one lasts twice as long as the one before. */
const firstPause = 100;

/** Codes with which a server refuses files that do not fit what it has, or are bad in themselves. */
export const refusals = [
  'INVALID_OPERATION',
  'BAD_ROOT',
  'BAD_TARGETS',
  'BAD_SNAPSHOT',
  'BAD_HIERARCHY',
  'VALIDATION',
] as const;

/** Counts the attempts of one publish, five at most, and decides which refusals are worth another one. */
export class RetryPolicy {
  readonly #ports: Pick<RepositoryPorts, 'gun' | 'clock' | 'random' | 'log'>;
  #count = 0;
  #last: LoadedRepo | undefined;
  #refusal: NotaryError | undefined;
  /** True once another client has published between two attempts. */
  #publishedMeanwhile = false;

  constructor(ports: Pick<RepositoryPorts, 'gun' | 'clock' | 'random' | 'log'>) {
    this.#ports = ports;
  }

  /**
   * Starts an attempt on the loaded state.
   *
   * @returns true when the server has refused the last attempt as too old, although it serves nothing newer
   * @throws NotaryError the last refusal, when no client has published since: then no race was lost
   */
  startAttempt(loaded: LoadedRepo): boolean {
    const moved = this.#last !== undefined && !sameState(this.#last, loaded);
    this.#publishedMeanwhile ||= moved;
    const refusal = this.#refusal;
    const refusedAsOld = !moved && refusal !== undefined && isRefusedAsOld(refusal);
    if (refusal !== undefined) {
      if (!moved && !refusedAsOld) throw refusal;
      if (this.#count >= maxAttempts) throw this.#givenUp(refusal, loaded);
    }
    this.#count++;
    this.#last = loaded;
    return refusedAsOld;
  }

  /** Waits before the next attempt. @throws the error itself when another attempt cannot help */
  async waitBeforeRetry(error: unknown): Promise<void> {
    if (!isNotaryError(error, ...refusals)) throw error;
    this.#refusal = error;
    const { clock, random, log } = this.#ports;
    log.debug(`try ${this.#count} was refused: ${error.message}`);
    const [byte = 0] = random(1);
    await clock.sleep(firstPause * 2 ** (this.#count - 1) * (0.5 + byte / 256));
  }

  logAttempts(): void {
    const { gun, log } = this.#ports;
    log.info(`${gun} was published at try ${this.#count} of ${maxAttempts}`, 'PUBLISH_TRIES');
  }

  #givenUp(refusal: NotaryError, loaded: LoadedRepo): NotaryError {
    const { gun } = this.#ports;
    const version = loaded.snapshot?.content.version ?? 0;
    const cause = this.#publishedMeanwhile
      ? `Another client published version ${version} of ${gun} in the meantime, and so at each of ${maxAttempts} tries.`
      : `The server refused ${maxAttempts} tries as too old, but serves nothing newer than version ${version} of ${gun}.`;
    return rephrased(refusal, sameWords, {
      details: { gun, tries: maxAttempts, version },
      hint: `${cause} Nothing is lost: run this command again.`,
    });
  }
}

function sameState(one: LoadedRepo, other: LoadedRepo): boolean {
  const bytes = ({ snapshot }: LoadedRepo) => snapshot?.envelope.bytes ?? new Uint8Array();
  return equalBytes(bytes(one), bytes(other));
}
