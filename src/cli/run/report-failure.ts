/** Reports a failure: turns an error into text and an exit status. No other file does. */

import type { JsonData } from '../../encoding/to-plain-json.ts';
import { isNotaryError, type NotaryError } from '../../errors.ts';
import type { Output } from '../../ports/files.ts';
import type { Log } from '../../ports/log.ts';
import { jsonLine } from '../render/as-json.ts';
import { escapeForTerminal } from '../render/terminal-escape.ts';

export const exitStatus = { success: 0, failure: 1, defect: 2, flags: 125 } as const;

export interface Reporting {
  /** Where `* fatal:` goes. */
  readonly fatal: Output;
  readonly stderr: Output;
  readonly log: Log;
  /** Everything for programs: one JSON line on standard error. */
  readonly json?: boolean;
  /** One of many repositories: its JSON line has its name, and is data, which goes to `fatal`. */
  readonly gun?: string;
}

/**
 * Reports a failure: an empty line and `* fatal: <message>`, as Notary 0.7.0; the hint, which Notary does not have,
 * as an error log message. Anything but a NotaryError is a defect of the program.
 *
 * @returns the exit status.
 */
export function reportFailure(error: unknown, reporting: Reporting): number {
  if (reporting.json === true) return reportAsJson(error, reporting);
  if (!isNotaryError(error)) return reportDefect(error, reporting.stderr);
  // A declined question follows the line end that the user typed.
  const lead = error.code === 'ABORTED' ? '' : '\n';
  reporting.fatal.write(`${lead}* fatal: ${escapeForTerminal(error.message)}${didYouMean(error)}\n`);
  if (error.hint !== undefined) reporting.log.error(error.hint, error.code);
  return exitStatus.failure;
}

/**
 * Reports a failure as docker does: the message alone, on standard error. The hint, which docker does not have, follows as
 * a log message.
 *
 * @returns the exit status: of a flag that cannot be read that of docker
 */
export function reportDockerFailure(
  error: unknown,
  { stderr, log, json }: Omit<Reporting, 'fatal' | 'gun'>,
): number {
  const status = isNotaryError(error, 'UNKNOWN_FLAG', 'INVALID_FLAG') ? exitStatus.flags : exitStatus.failure;
  if (json === true) return Math.max(status, reportAsJson(error, { fatal: stderr, stderr, log }));
  if (!isNotaryError(error)) return reportDefect(error, stderr);
  stderr.write(`${dockerLines(error.message)}\n`);
  if (error.hint !== undefined) log.error(error.hint, error.code);
  return status;
}

/** Docker's messages about the command line have several lines; what is quoted in them has none. */
function dockerLines(message: string): string {
  return message.split('\n').map(escapeForTerminal).join('\n');
}

function didYouMean(error: NotaryError): string {
  const names = error.details['suggestions'];
  if (!Array.isArray(names) || names.length === 0) return '';
  return `\n\nDid you mean this?\n${names.map((name) => `\t${escapeForTerminal(String(name))}\n`).join('')}`;
}

/** `{"error":{"code":…,"message":…,"details":…,"hint":…}}` */
function reportAsJson(error: unknown, { fatal, stderr, gun }: Reporting): number {
  const write = (data: JsonData) =>
    gun === undefined ? stderr.write(jsonLine({ error: data })) : fatal.write(jsonLine({ gun, error: data }));
  if (!isNotaryError(error)) {
    write({ code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), details: {} });
    return exitStatus.defect;
  }
  const { code, message, details, hint } = error;
  write({ code, message, details, ...(hint === undefined ? {} : { hint }) });
  return exitStatus.failure;
}

function reportDefect(error: unknown, stderr: Output): number {
  const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = shown.split('\n').map(escapeForTerminal).join('\n');
  stderr.write(
    `tsnotary: internal error\n${lines}\n` +
      'This is a defect of tsnotary. Please report it to its maintainers with the lines above, the command\n' +
      'and the output of "tsnotary version".\n',
  );
  return exitStatus.defect;
}
