/**
 * Splits the words of a command line into flag settings and arguments by the rules of pflag 1.0:
 * flags and arguments mix freely, `--` ends the flags, short flags group, and the last of a group may
 * carry a value.
 */

import { isNotaryError, NotaryError } from '../../errors.ts';
import { goQuote, goQuoteCharacter } from '../../go/quote.ts';
import type { FlagSpec, FlagValue } from '../spec/command-spec.ts';
import { helpFlag } from '../spec/global-flags.ts';
import { absentFlagValue, nextFlagValue } from './flag-values.ts';
import { nearWords } from './suggestions.ts';

/** One occurrence of a flag, in the order of the command line. */
export interface FlagSetting {
  readonly name: string;
  readonly value: string;
}

export interface ParsedWords {
  readonly settings: readonly FlagSetting[];
  readonly args: readonly string[];
}

/**
 * Parses words against flags; `--help` and `-h` are always known.
 *
 * @throws NotaryError UNKNOWN_FLAG, INVALID_FLAG with pflag's messages, for the first wrong flag.
 */
export function parseWords(words: readonly string[], flags: ReadonlyMap<string, FlagSpec>): ParsedWords {
  return new WordParser(words, flags).parse();
}

class WordParser {
  readonly #words: string[];
  readonly #flags: ReadonlyMap<string, Omit<FlagSpec, 'usage'>>;
  readonly #settings: FlagSetting[] = [];
  readonly #values = new Map<string, FlagValue>();

  constructor(words: readonly string[], flags: ReadonlyMap<string, FlagSpec>) {
    this.#words = [...words];
    this.#flags = new Map<string, Omit<FlagSpec, 'usage'>>([...flags, ['help', helpFlag]]);
  }

  parse(): ParsedWords {
    const args: string[] = [];
    for (let word = this.#words.shift(); word !== undefined; word = this.#words.shift()) {
      if (word === '--') {
        for (const rest of this.#words.splice(0)) args.push(rest);
      } else if (word.startsWith('--')) {
        this.#long(word);
      } else if (word.startsWith('-') && word !== '-') {
        this.#group(word);
      } else {
        args.push(word);
      }
    }
    return { settings: this.#settings, args };
  }

  #long(word: string): void {
    const [, name = '', attached] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === '' || name.startsWith('-'))
      throw new NotaryError('INVALID_FLAG', `bad flag syntax: ${word}`);
    const flag = this.#flags.get(name);
    if (flag === undefined) throw this.#unknown(name, `unknown flag: --${name}`);
    const value = attached ?? (flag.type === 'bool' ? 'true' : this.#words.shift());
    if (value === undefined) throw new NotaryError('INVALID_FLAG', `flag needs an argument: ${word}`);
    this.#set(name, value);
  }

  #group(word: string): void {
    let left = word.slice(1);
    while (left !== '') {
      const [name, flag] = this.#named(left, word);
      const tail = left.slice(1);
      if (tail.length > 1 && tail.startsWith('=')) {
        this.#set(name, tail.slice(1));
        return;
      }
      if (flag.type === 'bool') {
        this.#set(name, 'true');
        left = tail;
        continue;
      }
      const value = tail === '' ? this.#words.shift() : tail;
      if (value === undefined) {
        throw new NotaryError(
          'INVALID_FLAG',
          `flag needs an argument: ${goQuoteCharacter(left)} in -${left}`,
        );
      }
      this.#set(name, value);
      return;
    }
  }

  #named(left: string, word: string): [string, Omit<FlagSpec, 'usage'>] {
    const letter = left.charAt(0);
    for (const entry of this.#flags) if (entry[1].short === letter) return entry;
    // Short flags are bytes to pflag: of a letter outside ASCII it names the first byte.
    const byte = String.fromCharCode(Buffer.from(left)[0] ?? 0);
    const shown = `unknown shorthand flag: ${goQuoteCharacter(byte)} in -${left}`;
    throw this.#unknown(/^-([^=]{2,})/.exec(word)?.[1] ?? '', shown);
  }

  /** Names the flags that may be meant by a name, which pflag does not. */
  #unknown(name: string, message: string): NotaryError {
    const meant = nearWords(this.#flags.keys(), name).map((one) => `--${one}`);
    return new NotaryError('UNKNOWN_FLAG', message, {
      details: { flag: name, meant },
      hint: meant.length === 0 ? undefined : `What may be meant: ${meant.join(', ')}`,
    });
  }

  #set(name: string, value: string): void {
    const flag = this.#flags.get(name);
    if (flag === undefined) return;
    const earlier = this.#values.get(name) ?? absentFlagValue(flag.type, undefined);
    try {
      this.#values.set(name, nextFlagValue(flag.type, value, earlier));
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      const shown = flag.short === undefined ? `--${name}` : `-${flag.short}, --${name}`;
      const message = `invalid argument ${goQuote(value)} for "${shown}" flag: ${error.message}`;
      throw new NotaryError('INVALID_FLAG', message, { cause: error });
    }
    this.#settings.push({ name, value });
  }
}

/**
 * The same command line in a form that every parser reads alike: global flags, the words of the command, its own
 * flags as `--name=value` (switches only when they are on), `--`, arguments.
 */
export function unambiguousWords(
  path: readonly string[],
  parsed: ParsedWords,
  localFlags: ReadonlySet<string>,
  isSwitch: (name: string) => boolean,
): readonly string[] {
  const globals: string[] = [];
  const locals: string[] = [];
  const switches = new Map<string, boolean>();
  for (const { name, value } of parsed.settings) {
    if (isSwitch(name)) switches.set(name, nextFlagValue('bool', value, false) === true);
    else (localFlags.has(name) ? locals : globals).push(`--${name}=${value}`);
  }
  for (const [name, on] of switches) if (on) (localFlags.has(name) ? locals : globals).push(`--${name}`);
  return [...globals, ...path, ...locals, '--', ...parsed.args];
}
