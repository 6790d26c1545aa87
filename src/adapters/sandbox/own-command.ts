/** Builds the command that starts this program once more, and writes a launcher for it. */

import { chmodSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { utf8 } from '../../encoding/bytes.ts';
import { shellQuote } from '../../encoding/shell-quote.ts';
import { makeFolder, writeAtomically } from '../fs/atomic-write.ts';

const executable = 0o700;

/** Program and words: a standalone executable is its own program, elsewhere Node is given the file that it was given. */
export function ownCommand(): readonly [string, ...string[]] {
  if (process.getBuiltinModule('node:sea').isSea()) return [process.execPath];
  return [process.execPath, ...process.execArgv, resolve(process.argv[1] ?? '')];
}

/**
 * Writes the program `tsnotary` into a directory, which is made: a script of sh, and of cmd on Windows.
 *
 * @throws NotaryError FILE_UNWRITABLE
 */
export function writeLauncher(folder: string, command: readonly string[]): void {
  makeFolder(folder);
  const script = join(folder, 'tsnotary');
  writeAtomically(script, utf8(`#!/bin/sh\nexec ${command.map(shellQuote).join(' ')} "$@"\n`));
  chmodSync(script, executable);
  if (process.platform !== 'win32') return;
  const words = command.map((word) => `"${word}"`).join(' ');
  writeAtomically(`${script}.cmd`, utf8(`@${words} %*\r\n`));
}
