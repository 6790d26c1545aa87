/** Shows a finding in a line: what is so, and the command that mends it. */

import { shellWord } from '../../encoding/shell-quote.ts';
import type { Finding } from '../../review/finding.ts';
import { escapeForTerminal } from './terminal-escape.ts';
import type { Layout } from './view.ts';

/** The message, and the command on a line of its own on a terminal, else in brackets. */
export function findingText({ message, hint }: Finding, { terminal }: Layout): string {
  const said = escapeForTerminal(message);
  if (hint === undefined) return said;
  const command = hint.command.map((word) => escapeForTerminal(shellWord(word))).join(' ');
  return terminal ? `${said}\n      ${command}` : `${said} (${command})`;
}
