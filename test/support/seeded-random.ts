/**
 * Randomness that can be had again, and loops over many cases of it.
 *
 *   TSNOTARY_PROPERTY_SEED=7 TSNOTARY_PROPERTY_RUNS=1000000 npx vitest run --config .config/vitest.config.mjs test/properties
 *
 * plays other cases, and ten times as many of them. A failure names the seed and the case.
 */

/** Which cases are played: the same ones on every plain run. */
export const seed = Number(process.env['TSNOTARY_PROPERTY_SEED'] ?? 1);

/** What the counts of a plain run stand for; other counts are in proportion. */
const plainRuns = 100_000;

/** How many cases, where a plain run has this many. */
export function runs(plain: number): number {
  const asked = Number(process.env['TSNOTARY_PROPERTY_RUNS'] ?? plainRuns);
  return Math.max(1, Math.round((plain * asked) / plainRuns));
}

/** A part of all cases, for saying how often something must have been met; of a few cases nothing can be said. */
export function share(count: number, part: number): number {
  return count < 500 ? -1 : count * part;
}

/** A generator with a period that no test exhausts (sfc32). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param name cases with different names or numbers have nothing in common */
  constructor(name: string, number = 0) {
    let hash = 0x811c9dc5;
    for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
    this.#a = seed | 0;
    this.#b = hash;
    this.#c = number | 0;
    for (let round = 0; round < 12; round++) this.next();
  }

  /** 32 bits. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A whole number from 0 up to, and without, the limit. */
  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at++) bytes[at] = this.next() >>> 24;
    return bytes;
  }

  /** An integer of so many bytes. */
  bigint(length: number): bigint {
    return BigInt(`0x${this.bytes(length).toString('hex')}`);
  }
}

/**
 * Plays numbered cases, each with randomness of its own. What a case throws comes out with the seed and the
 * number, by which it can be played again.
 */
export function forCases(name: string, count: number, play: (random: Random, number: number) => void): void {
  for (let number = 0; number < count; number++) {
    try {
      play(new Random(name, number), number);
    } catch (cause) {
      throw labelled(name, number, cause);
    }
  }
}

/** As `forCases`, for cases that wait. */
export async function forCasesAsync(
  name: string,
  count: number,
  play: (random: Random, number: number) => Promise<void>,
): Promise<void> {
  for (let number = 0; number < count; number++) {
    try {
      await play(new Random(name, number), number);
    } catch (cause) {
      throw labelled(name, number, cause);
    }
  }
}

function labelled(name: string, number: number, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${name}: case ${number} of seed ${seed}: ${reason}`, { cause });
}
