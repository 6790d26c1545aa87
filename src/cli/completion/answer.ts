/** Answers a completion request, in the form of Cobra 1.6. */

import { NotaryError } from '../../errors.ts';
import { escapeForTerminal } from '../render/terminal-escape.ts';
import type { CommandNode } from '../spec/command-tree.ts';
import type { System } from '../spec/process.ts';
import { type Candidate, completeWords } from './candidates.ts';
import type { CompletionRequest } from './request.ts';
import type { WantedName } from './wanted-name.ts';

/** Cobra's directives: numbers for scripts, names for people. */
const directives = {
  files: { number: 0, name: 'ShellCompDirectiveDefault' },
  noFiles: { number: 4, name: 'ShellCompDirectiveNoFileComp' },
} as const;

/**
 * Writes one candidate a line with its description after a tab, then the directive; on standard error, what a user
 * who debugs completion wants to know.
 *
 * @throws NotaryError USAGE without any word
 */
export async function answerCompletion(
  root: CommandNode,
  { words, descriptions }: CompletionRequest,
  system: System,
): Promise<void> {
  const { stdout, stderr } = system;
  if (words.length === 0) throw new NotaryError('USAGE', 'requires at least 1 arg(s), only received 0');
  const { candidates, files, wanted, problem } = completeWords(root, words);
  if (problem !== undefined) stderr.write(`[Debug] [Error] ${escapeForTerminal(problem)}\n`);
  const names = wanted === undefined ? [] : await namesFor(wanted, system);
  for (const { text, description } of [...candidates, ...names]) {
    stdout.write(descriptions && description !== '' ? `${text}\t${description}\n` : `${text}\n`);
  }
  const directive = files && names.length === 0 ? directives.files : directives.noFiles;
  stdout.write(`:${directive.number}\n`);
  stderr.write(`Completion ended with directive: ${directive.name}\n`);
}

async function namesFor(wanted: WantedName, system: System): Promise<readonly Candidate[]> {
  const { heldCandidates } = await import('./held-names.ts');
  return heldCandidates(wanted, system);
}
