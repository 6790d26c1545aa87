/** Finds surplus arguments: Notary 0.7.0 ignores them, so that `publish a b` publishes only a. */

import { NotaryError } from '../../errors.ts';
import { goQuote } from '../../go/quote.ts';
import type { CommandSpec } from '../spec/command-spec.ts';

const gunOnly = '[ GUN ]';

/**
 * The error for arguments that the command would ignore, or undefined when there are none.
 *
 * @param listed true when the GUN comes from a list and is not among the arguments
 */
export function ignoredArguments(
  { path, operands, surplus }: CommandSpec,
  args: readonly string[],
  listed: boolean,
): NotaryError | undefined {
  if (surplus === 'checked' || operands.includes('...')) return undefined;
  // `runMany` refuses a GUN beside it, and must not be contradicted.
  if (listed && operands === gunOnly) return undefined;
  const most = operands.split(/[[<]/).length - 1 - (listed ? 1 : 0);
  const ignored = args.slice(most);
  if (ignored.length === 0) return undefined;
  const taken = listed ? operands.replace(`${gunOnly} `, '') : operands;
  const words = ignored.map((word) => goQuote(word)).join(', ');
  return new NotaryError(
    'ARGUMENT_IGNORED',
    `${path.join(' ')} takes ${taken === '' ? 'no argument' : taken}, and not ${words}`,
    { details: { arguments: ignored } },
  );
}
