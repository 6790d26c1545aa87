/** Finds the flag whose value is being typed at the end of a command line, by the rules of Cobra 1.6. */

import type { FlagSpec } from '../spec/command-spec.ts';

export interface TypedFlag {
  /** The name of the flag whose value is being typed. */
  readonly name?: string;
  /** The words before, without a flag that waits for the value being typed. */
  readonly rest: readonly string[];
  /** What is being completed: the value, or the last word as it is. */
  readonly last: string;
  /** The name of a flag that the command does not have. */
  readonly unknown?: string;
}

/**
 * @param flags all flags of the command, `help` included
 * @param rest the words after the command's own, without the last
 * @param last the word being typed
 */
export function typedFlag(
  flags: ReadonlyMap<string, FlagSpec>,
  rest: readonly string[],
  last: string,
): TypedFlag {
  const equals = last.startsWith('-') ? last.indexOf('=') : -1;
  if (equals < 0 && last.startsWith('-')) return { rest, last };
  const attached = equals >= 0;
  const value = last.slice(equals + 1);
  const own = attached ? flagName(last.slice(0, equals)) : '';
  const waiting = own === '' ? waitingName(rest.at(-1)) : '';
  const given = own + waiting;
  if (given === '') return { rest, last: value };
  const name = fullName(flags, given);
  if (name === undefined) return { rest, last, unknown: given };
  if (!attached && flags.get(name)?.type === 'bool') return { rest, last };
  return { name, rest: waiting === '' ? rest : rest.slice(0, -1), last: value };
}

/** `roles` of `--roles`, and of a group of letters the last one. */
function flagName(word: string): string {
  return word.startsWith('--') ? word.slice(2) : word.slice(-1);
}

/** The name of a flag that takes the next word, if the word looks like one. */
function waitingName(word: string | undefined): string {
  // To Cobra 1.6 a dash in second place makes a flag, whatever comes before it.
  const flagLike = word !== undefined && /^(?:[\u0000-\u007f]-.|-[^-])/su.test(word);
  return flagLike && !word.includes('=') ? flagName(word) : '';
}

function fullName(flags: ReadonlyMap<string, FlagSpec>, name: string): string | undefined {
  if (name.length > 1) return flags.has(name) ? name : undefined;
  return Array.from(flags).find(([, flag]) => flag.short === name)?.[0];
}
