/** Publishing again when somebody else was first. */

import { equalBytes } from '../../encoding/bytes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { isRefusedAsOld } from './upload.ts';

const most = 5;
/** Milliseconds that the first pause lasts on average; each one lasts twice as long as the one before. */
const firstPause = 100;

/** Codes with which a server refuses files that do not fit what it has, or are bad in themselves. */
const refusals = [
  'INVALID_OPERATION',
  'BAD_ROOT',
  'BAD_TARGETS',
  'BAD_SNAPSHOT',
  'BAD_HIERARCHY',
  'VALIDATION',
] as const;

/** The tries of one publication, five at most. */
export class Tries {
  readonly #ports: Pick<RepositoryPorts, 'gun' | 'clock' | 'random' | 'log'>;
  #count = 0;
  #last: LoadedRepo | undefined;
  #refusal: NotaryError | undefined;
  /** True once what is published has changed between two tries. */
  #overtaken = false;
  /** The server has refused the try before as too old, although it serves nothing newer. */
  refusedAsOld = false;

  constructor(ports: Pick<RepositoryPorts, 'gun' | 'clock' | 'random' | 'log'>) {
    this.#ports = ports;
  }

  /**
   * Begins a try on what has been loaded.
   *
   * @throws NotaryError the refusal before, when nobody has published since: then it was not about that
   */
  begin(loaded: LoadedRepo): void {
    const moved = this.#last !== undefined && !sameState(this.#last, loaded);
    this.#overtaken ||= moved;
    const refusal = this.#refusal;
    this.refusedAsOld = !moved && refusal !== undefined && isRefusedAsOld(refusal);
    if (refusal !== undefined) {
      if (!moved && !this.refusedAsOld) throw refusal;
      if (this.#count >= most) throw this.#givenUp(refusal, loaded);
    }
    this.#count++;
    this.#last = loaded;
  }

  /** Waits a while before the next try. @throws the error itself when trying again cannot help */
  async again(error: unknown): Promise<void> {
    if (!isNotaryError(error, ...refusals)) throw error;
    this.#refusal = error;
    const { clock, random, log } = this.#ports;
    log.debug(`try ${this.#count} was refused: ${error.message}`);
    const [byte = 0] = random(1);
    await clock.sleep(firstPause * 2 ** (this.#count - 1) * (0.5 + byte / 256));
  }

  report(): void {
    const { gun, log } = this.#ports;
    log.info(`${gun} was published at try ${this.#count} of ${most}`, 'PUBLISH_TRIES');
  }

  #givenUp(refusal: NotaryError, loaded: LoadedRepo): NotaryError {
    const { gun } = this.#ports;
    const version = loaded.snapshot?.content.version ?? 0;
    const cause = this.#overtaken
      ? `Somebody else published version ${version} of ${gun} in the meantime, and so at each of ${most} tries.`
      : `The server refused ${most} tries as too old, but serves nothing newer than version ${version} of ${gun}.`;
    return new NotaryError(refusal.code, refusal.message, {
      details: { ...refusal.details, gun, tries: most, version },
      hint: `${cause} Nothing is lost: run this command again.`,
      cause: refusal,
    });
  }
}

function sameState(one: LoadedRepo, other: LoadedRepo): boolean {
  const bytes = ({ snapshot }: LoadedRepo) => snapshot?.envelope.bytes ?? new Uint8Array();
  return equalBytes(bytes(one), bytes(other));
}
