/** Recognises the hidden commands by which the scripts of `completion` ask what may come next. */

import { findCommand } from '../args/find-command.ts';
import { type CommandNode, findChild } from '../spec/command-tree.ts';

const names = ['__complete', '__completeNoDesc'] as const;

export interface CompletionRequest {
  /** The words after the program's name, the last one being typed. */
  readonly words: readonly string[];
  readonly descriptions: boolean;
}

/**
 * The request that a command line makes, if it makes one.
 *
 * @throws NotaryError UNKNOWN_COMMAND as `findCommand`
 */
export function completionRequest(
  root: CommandNode,
  words: readonly string[],
): CompletionRequest | undefined {
  const asked = names.filter((name) => words.includes(name));
  if (asked.length === 0) return undefined;
  const hidden = asked.map((name) => ({ ...root, name, path: [name], children: [], flags: new Map() }));
  // The hidden commands are in no tree, so that no list and no suggestion shows them.
  const { node, rest } = findCommand({ ...root, children: [...root.children, ...hidden] }, words);
  if (!hidden.some(({ name }) => node.name === name) || findChild(root, node.name)) return undefined;
  return { words: rest, descriptions: node.name === '__complete' };
}
