/** Makes the error for an unknown command, with the commands that may have been meant. */

import { NotaryError } from '../../errors.ts';
import { goQuote } from '../../go/quote.ts';
import { type CommandNode, programName } from '../spec/command-tree.ts';
import { nearWords, suggestions } from './suggestions.ts';

/** Words of other programs, and the commands that do what they say. */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  unsign: ['remove', 'delegation revoke'],
  expel: ['delegation revoke'],
  sign: ['add', 'publish'],
  push: ['publish'],
  upload: ['publish'],
  commit: ['publish'],
  undo: ['reset'],
  discard: ['reset'],
  unstage: ['reset'],
  compare: ['diff'],
  preview: ['diff'],
  plan: ['diff'],
  changes: ['status', 'diff'],
  inspect: ['list', 'lookup', 'delegation list'],
  view: ['list', 'lookup', 'delegation list'],
  show: ['list', 'lookup', 'delegation list'],
  ls: ['list', 'delegation list', 'key list'],
  get: ['lookup'],
  find: ['lookup'],
  check: ['verify'],
  validate: ['verify'],
  rm: ['remove', 'delegation remove', 'key remove'],
  del: ['remove', 'delete'],
  signer: ['delegation add', 'delegation revoke', 'delegation list'],
  delegate: ['delegation add'],
  resign: ['renew', 'witness'],
  create: ['init', 'key generate'],
  new: ['init', 'key generate'],
  keygen: ['key generate'],
  server: ['sandbox start'],
};

/** UNKNOWN_COMMAND, with the commands of the group that are like the word. */
export function unknownCommand(root: CommandNode, group: CommandNode, word: string): NotaryError {
  const path = [programName, ...group.path].join(' ');
  const related = relatedCommands(root, group, word);
  return new NotaryError('UNKNOWN_COMMAND', `unknown command ${goQuote(word)} for ${goQuote(path)}`, {
    details: { suggestions: suggestions(group, word) },
    ...(related.length > 0 && {
      hint: `What may be meant: ${related.map((name) => `${programName} ${name}`).join(', ')}`,
    }),
  });
}

/** The message in one line, for where it is no failure. */
export function unknownCommandWarning({ message, details, hint }: NotaryError): string {
  const names = details['suggestions'];
  const like = Array.isArray(names) && names.length > 0 ? `; did you mean ${names.join(' or ')}?` : '';
  return `${message}${like}${hint === undefined ? '' : `${like === '' ? '. ' : ' '}${hint}`}`;
}

/** For `--json`, in which a usage screen would be no answer. */
export function noCommand({ path, children }: CommandNode): NotaryError {
  const commands = children.map(({ name }) => name);
  const words = [programName, ...path].join(' ');
  return new NotaryError('USAGE', `${words} needs a command: ${commands.join(', ')}`, {
    details: { commands },
  });
}

/** Commands elsewhere of that name, and those that do what the word says in other programs. */
function relatedCommands(root: CommandNode, group: CommandNode, word: string): readonly string[] {
  const typed = word.toLowerCase();
  const above = root.children.filter(({ name }) => group !== root && name === typed);
  const inGroups = root.children
    .filter((other) => other !== group)
    .flatMap(({ children }) => children.filter(({ name }) => name === typed));
  const ofPath = [...above, ...inGroups].map(({ path }) => path.join(' '));
  const meant = Object.hasOwn(otherWords, typed) ? (otherWords[typed] ?? []) : [];
  const related = [...new Set([...ofPath, ...meant])];
  return related.length > 0 || suggestions(group, word).length > 0 ? related : misspelt(root, group, typed);
}

/** Other commands with a name like the word: `exprot` at the top is `key export`, `renw` is `renew`. */
function misspelt(root: CommandNode, group: CommandNode, typed: string): readonly string[] {
  const elsewhere = [root, ...root.children]
    .filter((other) => other !== group || group === root)
    .flatMap(({ children }) => children);
  const near = nearWords(new Set(elsewhere.map(({ name }) => name)), typed);
  return elsewhere.filter(({ name }) => near.includes(name)).map(({ path }) => path.join(' '));
}
