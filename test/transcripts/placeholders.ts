/**
 * Takes out of a program's output what differs from run to run, keeping widths so that tables stay
 * as they were: key IDs and digests become `id1...`, numbered by first appearance; paths, ports,
 * times and names of change files get names.
 */

const idWidth = 64;
const shortWidth = 7;

/** Names for the random values of one run. */
export class Placeholders {
  readonly #ids: string[];
  readonly #constants: ReadonlySet<string>;

  /** @param constants IDs that are the same in every run and stay as they are (64 or 7 digits). */
  constructor(constants: ReadonlySet<string>, ids: readonly string[] = []) {
    this.#constants = constants;
    this.#ids = [...ids];
  }

  /** A copy whose later findings do not reach this one. */
  copy(): Placeholders {
    return new Placeholders(this.#constants, this.#ids);
  }

  /** Shell variables `ID1`, `ID2`, … with the real values (the short form while only that is known). */
  variables(): Record<string, string> {
    return Object.fromEntries(this.#ids.map((id, index) => [`ID${index + 1}`, id]));
  }

  /**
   * The text with every random value replaced.
   *
   * @param names what stands for values known beforehand: a path, a port.
   */
  replaceIn(text: string, names: readonly (readonly [string, string])[]): string {
    let result = text;
    for (const [value, name] of names) result = result.replaceAll(value, name);
    return result
      .replace(/\b[0-9a-f]{64}\b|(?<=\bwith ID )[0-9a-f]{7}(?=:)/g, (id) => this.#name(id))
      .replace(/\b\d{20}_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.change\b/g, 'CHANGE.change')
      .replace(/\btime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"/g, 'time="TIME"')
      .replace(/(?<=(?:WARN|ERRO|INFO|DEBU)\u001b\[0m\[)\d{4}(?=\])/g, 'SECS');
  }

  #name(id: string): string {
    if (this.#constants.has(id)) return id;
    let index = this.#ids.findIndex((known) => known.startsWith(id) || id.startsWith(known));
    if (index < 0) index = this.#ids.push(id) - 1;
    else if (id.length > (this.#ids[index] ?? '').length) this.#ids[index] = id;
    return `id${index + 1}`.padEnd(id.length === idWidth ? idWidth : shortWidth, '.');
  }
}

/** All IDs in a text: whole ones, and the short ones of prompts. */
export function idsIn(text: string): Set<string> {
  return new Set(text.match(/\b[0-9a-f]{64}\b|(?<=\bwith ID )[0-9a-f]{7}(?=:)/g) ?? []);
}
