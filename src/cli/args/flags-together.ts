/** Refuses flags that contradict each other, or that count for nothing as they stand. */

import { NotaryError } from '../../errors.ts';
import type { FlagSpec, Invocation } from '../spec/command-spec.ts';

/**
 * @param flags all flags of the command, by name
 * @param given the names of the flags that are on the command line
 * @param json `--json` is given
 * @returns the invocation, in which `--format` says that JSON is wanted where `--json` does
 * @throws NotaryError INVALID_FLAG
 */
export function consistentFlags(
  invocation: Invocation,
  flags: ReadonlyMap<string, FlagSpec>,
  given: ReadonlySet<string>,
  json: boolean,
): Invocation {
  const { flags: values } = invocation;
  refuseEmptyValues(values, flags, given);
  for (const [flag, { needs }] of flags) {
    if (needs === undefined || values[flag] !== true || values[needs] === true) continue;
    // A user who asks for the status of a look must not be surprised by the deed.
    throw new NotaryError('INVALID_FLAG', `--${flag} counts only with --${needs}, which is not given`, {
      details: { flag, needs },
      hint: `Nothing was done. Add --${needs} for a look, or leave --${flag} out.`,
    });
  }
  const format = values['format'];
  if (!json || typeof format !== 'string') return invocation;
  if (given.has('format') && format !== 'json')
    throw new NotaryError('INVALID_FLAG', `--json and --format ${format} contradict each other`, {
      details: { flag: 'format', value: format },
    });
  return { ...invocation, flags: { ...values, format: 'json' } };
}

/** @throws NotaryError INVALID_FLAG for a flag that is given, empty, and has to name something */
export function refuseEmptyValues(
  values: Invocation['flags'],
  flags: ReadonlyMap<string, FlagSpec>,
  given: ReadonlySet<string>,
): void {
  for (const [flag, { filled }] of flags) {
    if (filled !== true || values[flag] !== '' || !given.has(flag)) continue;
    throw new NotaryError('INVALID_FLAG', `invalid argument "" for "--${flag}" flag: it must not be empty`, {
      details: { flag },
      hint: 'Is a variable of the script empty? Nothing was done.',
    });
  }
}
