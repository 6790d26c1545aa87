/**
 * What may stand at the end of a command line that is being typed, by the rules of Cobra 1.6: commands,
 * flags, or nothing, with word whether names of files may be offered instead.
 */

import { compareUtf8 } from '../../encoding/bytes.ts';
import { isNotaryError } from '../../errors.ts';
import type { FlagSpec } from '../command-spec.ts';
import { type CommandNode, flagsAt } from '../command-tree.ts';
import { findCommand } from '../find-command.ts';
import { globalFlags, helpFlag } from '../global-flags.ts';
import { parseWords } from '../pflag.ts';
import { typedFlag } from './typed-flag.ts';

export interface Candidate {
  readonly text: string;
  readonly description: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** False when names of files would make no sense there. */
  readonly files: boolean;
  /** Why the words before the last one cannot be completed. */
  readonly problem?: string;
}

/**
 * Completes the last of the words, which may be empty. The words are those after the program's name,
 * and there is at least one. Never throws for what the words are.
 */
export function completeWords(root: CommandNode, words: readonly string[]): Completion {
  const before = words.slice(0, -1);
  try {
    const { node, rest } = findCommand(root, before);
    return completeAt(root, node, rest, words.at(-1) ?? '');
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return nothing(`Unable to find a command for arguments: [${before.join(' ')}]`);
  }
}

function completeAt(root: CommandNode, node: CommandNode, rest: readonly string[], last: string): Completion {
  const flags = new Map([...flagsAt(node), ['help', { ...helpFlag, usage: `help for ${node.name}` }] as const]);
  const typed = typedFlag(flags, rest, last);
  const afterDashes = argumentCount([...typed.rest, '--'], flags) > (argumentCount(typed.rest, flags) ?? 0);
  let parsed: ReturnType<typeof parseWords>;
  try {
    parsed = parseWords(typed.rest, flags);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return nothing(`Error while parsing flags from args [${typed.rest.join(' ')}]: ${error.message}`);
  }
}
