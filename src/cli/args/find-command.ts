/**
 * Finds the command that a command line selects, by the rules of Cobra 1.6: the first words that are neither flags
 * nor values of flags select the command; every other word stays.
 */

import { isNotaryError, type NotaryError } from '../../errors.ts';
import { type CommandNode, findChild, flagsAt } from '../spec/command-tree.ts';
import { unknownCommand } from './unknown-command.ts';

export interface FoundCommand {
  readonly node: CommandNode;
  /** The command line without the words that selected the command. */
  readonly rest: readonly string[];
  /** The first word below a group that is no command of it. */
  readonly stray: string | undefined;
}

/**
 * Finds the command.
 *
 * @throws NotaryError UNKNOWN_COMMAND when the first word is no command. An unknown word below a group is left to the
 * caller, since Notary 0.7.0 shows the help of the group.
 */
export function findCommand(root: CommandNode, words: readonly string[]): FoundCommand {
  let node = root;
  let rest = words;
  for (;;) {
    const name = plainWords(node, rest)[0];
    const child = name === undefined ? undefined : findChild(node, name);
    if (name === undefined || child === undefined) break;
    rest = withoutWord(node, rest, name);
    node = child;
  }
  const stray = node.children.length > 0 ? plainWords(node, rest)[0] : undefined;
  if (stray !== undefined && node === root) throw unknownCommand(root, root, stray);
  return { node, rest, stray };
}

/** The error for a word of a help topic that is no command; undefined when the words name one. */
export function unknownTopic(root: CommandNode, words: readonly string[]): NotaryError | undefined {
  try {
    const { node, stray } = findCommand(root, words);
    return stray === undefined ? undefined : unknownCommand(root, node, stray);
  } catch (error) {
    if (isNotaryError(error, 'UNKNOWN_COMMAND')) return error;
    throw error;
  }
}

/** The words that are neither flags nor, as far as the flags of the node tell, values of flags. */
function plainWords(node: CommandNode, words: readonly string[]): readonly string[] {
  const plain: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') break;
    if (takesNextWord(node, word)) {
      // Cobra stops looking when the value is the last word, so that `-d list` is no `list`.
      if (index + 2 >= words.length) break;
      index++;
    } else if (word !== '' && !word.startsWith('-')) {
      plain.push(word);
    }
  }
  return plain;
}

function withoutWord(node: CommandNode, words: readonly string[], name: string): readonly string[] {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') break;
    if (takesNextWord(node, word)) index++;
    else if (word === name) return words.toSpliced(index, 1);
  }
  return words;
}

/** True for a flag without an attached value that is not known to be a switch. */
function takesNextWord(node: CommandNode, word: string): boolean {
  if (word.includes('=')) return false;
  const flags = flagsAt(node);
  if (word.startsWith('--')) return flags.get(word.slice(2))?.type !== 'bool';
  if (!word.startsWith('-') || Buffer.byteLength(word) !== 2) return false;
  return !Array.from(flags.values()).some((flag) => flag.short === word[1] && flag.type === 'bool');
}
