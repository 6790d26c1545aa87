/** Buffers the output of commands that run concurrently, and emits it in order. */

import type { Output } from '../../ports/files.ts';

type Chunk = string | Uint8Array;

/** One of the commands whose output is put in order. */
export interface OutputSlot {
  /**
   * Waits until all before have ended and been written. From then on this one writes straight through;
   * its heading is there.
   */
  turn(): Promise<void>;
  /** An output like another one, held back until the turn. */
  wrap(target: Output): Output;
  /** No more will be written. */
  end(): void;
}

/** Beyond this many characters or bytes held back, nothing new is begun. */
const maxBuffered = 32 * 1024 * 1024;

/**
 * Gives out slots; what their holders write appears in the order in which the slots were given out, and
 * is let go of as soon as it has been written.
 */
export class OrderedOutput {
  readonly #flush: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #held = 0;
  #failure: { readonly error: unknown } | undefined;
  #waiting: (() => void)[] = [];
  #stopped = false;

  /** @param flush waits until what was written has left; done after each slot */
  constructor(flush: () => Promise<void>) {
    this.#flush = flush;
  }

  /** The next slot. @param heading writes what comes before anything else of it, also if there is nothing else */
  slot(heading: () => void): OutputSlot {
    const slot = new HeldSlot({
      heading,
      count: (length) => (this.#held += length),
      stopped: () => this.#stopped,
    });
    const turn = this.#last.then(() => {
      slot.release();
      this.#wake();
    });
    this.#last = turn.then(() => slot.ended).then(this.#flush);
    // `written()` reports the failure.
    this.#last.catch((error: unknown) => {
      this.#failure ??= { error };
      this.#wake();
    });
    return {
      turn: () => turn.then(() => slot.open()),
      wrap: (target) => slot.over(target),
      end: () => slot.end(),
    };
  }

  /** Discards all output, of every slot, that has not been shown yet. */
  discardRest(): void {
    this.#stopped = true;
  }

  /**
   * Waits while more is held back than there is room for.
   *
   * @throws what could not be written
   */
  async waitForSpace(): Promise<void> {
    while (this.#failure === undefined && this.#held > maxBuffered) {
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits until everything has been written. @throws what could not be */
  async flush(): Promise<void> {
    await this.#last;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

interface SlotOwner {
  readonly heading: () => void;
  /** Called with the change in the number of bytes held back. */
  readonly count: (length: number) => void;
  readonly stopped: () => boolean;
}

class HeldSlot {
  readonly ended: Promise<void>;
  readonly #owner: SlotOwner;
  /** What waits for the turn; undefined from then on. */
  #held: (readonly [Output, Chunk])[] | undefined = [];
  #opened = false;
  #hasEnded = false;
  #resolve: () => void = () => undefined;

  constructor(owner: SlotOwner) {
    this.#owner = owner;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  over(target: Output): Output {
    return {
      isTerminal: target.isTerminal,
      plain: target.plain,
      get columns() {
        return target.columns;
      },
      write: (chunk) => this.#write(target, chunk),
      flush: async () => (this.#held === undefined ? target.flush() : undefined),
    };
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (held.length > 0 || this.#hasEnded) this.open();
    for (const [target, chunk] of held) {
      this.#owner.count(-chunk.length);
      if (!this.#owner.stopped()) target.write(chunk);
    }
  }

  open(): void {
    if (this.#opened || this.#owner.stopped()) return;
    this.#opened = true;
    this.#owner.heading();
  }

  end(): void {
    this.#hasEnded = true;
    if (this.#held === undefined) this.open();
    this.#resolve();
  }

  #write(target: Output, chunk: Chunk): void {
    if (this.#owner.stopped()) return;
    if (this.#held === undefined) {
      this.open();
      target.write(chunk);
    } else {
      this.#owner.count(chunk.length);
      this.#held.push([target, chunk]);
    }
  }
}
