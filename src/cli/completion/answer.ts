/** Answers a completion request, in the form of Cobra 1.6. */

import { NotaryError } from '../../errors.ts';
import type { Output } from '../../ports/files.ts';
import { escapeForTerminal } from '../render/terminal-escape.ts';
import type { CommandNode } from '../spec/command-tree.ts';
import { completeWords } from './candidates.ts';
import type { CompletionRequest } from './request.ts';

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
export function answerCompletion(
  root: CommandNode,
  { words, descriptions }: CompletionRequest,
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output },
): void {
  if (words.length === 0) throw new NotaryError('USAGE', 'requires at least 1 arg(s), only received 0');
  const { candidates, files, problem } = completeWords(root, words);
  if (problem !== undefined) stderr.write(`[Debug] [Error] ${escapeForTerminal(problem)}\n`);
  for (const { text, description } of candidates) {
    stdout.write(descriptions ? `${text}\t${description}\n` : `${text}\n`);
  }
  const directive = files ? directives.files : directives.noFiles;
  stdout.write(`:${directive.number}\n`);
  stderr.write(`Completion ended with directive: ${directive.name}\n`);
}
