/** Writes and recognises the launchers that docker starts as its plugins. */

import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { utf8 } from '../../encoding/bytes.ts';
import { shellQuote } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
import { errorCode, systemReason } from '../../go/errno.ts';
import type { PluginFile, PluginFileName, PluginPlace } from '../../ports/docker-plugins.ts';
import { fillNewFile, makeFolder, syncFolder } from '../fs/atomic-write.ts';
import { temporaryPath } from '../fs/temporary-files.ts';
import { fileError } from '../system/file-errors.ts';

/** Of the launcher, and of directories for all users. */
const executable = 0o755;

/** How a launcher begins. Its second line says to whom it belongs, here and to people. */
const head = `#!/bin/sh
# Plugin of docker, written by "tsnotary docker-plugin install"; "tsnotary docker-plugin remove" removes it.
`;

/** The program, and the file that it is to run; both absolute, so that `PATH` has no say. */
export function ownProgram(): readonly [string, ...string[]] {
  if (process.getBuiltinModule('node:sea').isSea()) return [process.execPath];
  const script = resolve(process.argv[1] ?? '');
  // As npm has put it in place, which stays over an upgrade; a link that docker starts would lead to itself.
  return [process.execPath, basename(script).startsWith('docker-') ? realpathSync(script) : script];
}

/** The text of a launcher. `exec` of the shell takes words as they are quoted here, and nothing of its environment. */
export function launcherText(name: PluginFileName, program: readonly string[]): string {
  return `${head}exec ${program.map(shellQuote).join(' ')} ${name} "$@"\n`;
}

/**
 * Whose the file is. A link counts as what it leads to.
 *
 * @param program the words of `ownProgram`
 */
export function ownerOf(path: string, program: readonly string[]): PluginFile['owner'] | undefined {
  try {
    const real = realpathSync(path);
    if (real === realpathSync(program[program.length - 1] ?? '')) return 'tsnotary';
    if (!statSync(real).isFile()) return 'other';
    return beginningOf(real, head.length) === head ? 'tsnotary' : 'other';
  } catch (error) {
    // A link into nothing may be another program's.
    if (errorCode(error) === 'ENOTDIR') return undefined;
    if (errorCode(error) !== 'ENOENT') return 'unreadable';
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? undefined : 'other';
  }
}

function beginningOf(path: string, length: number): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, length, 0));
  } finally {
    closeSync(file);
  }
}

/**
 * Puts a launcher in place: whatever happens, there is the old file, or the new one, complete and executable.
 *
 * @param replace whether there may be a file of that name; one that appears meanwhile is not replaced without it
 * @throws NotaryError FILE_UNWRITABLE, PLUGIN_NOT_OURS
 */
export function writeLauncher(
  path: string,
  text: string,
  { place, replace }: { readonly place: PluginPlace; readonly replace: boolean },
): void {
  const folder = dirname(path);
  if (place === 'system') makeOpenFolders(folder);
  else makeFolder(folder);
  const temporary = temporaryPath(folder, path);
  fillNewFile(temporary, path, utf8(text));
  try {
    chmodSync(temporary, executable);
    if (replace) renameSync(temporary, path);
    else linkSync(temporary, path);
  } catch (cause) {
    discard(temporary);
    if (errorCode(cause) === 'EEXIST') throw notOurs(path, 'another program has just put it there');
    throw fileError('FILE_UNWRITABLE', 'open', path, cause);
  }
  if (!replace) discard(temporary);
  syncFolder(folder);
}

/** For everyone, whatever the umask. */
function makeOpenFolders(folder: string): void {
  try {
    const first = mkdirSync(folder, { recursive: true });
    if (first === undefined) return;
    for (let made = folder; made.length >= first.length; made = dirname(made)) chmodSync(made, executable);
  } catch (cause) {
    throw fileError('FILE_UNWRITABLE', 'mkdir', folder, cause);
  }
}

function discard(temporary: string): void {
  try {
    unlinkSync(temporary);
  } catch {
    // The next write here removes it.
  }
}

/** @throws NotaryError FILE_UNWRITABLE */
export function removeLauncher(path: string): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    throw new NotaryError('FILE_UNWRITABLE', `remove ${path}: ${systemReason(cause)}`, {
      details: { file: path },
      cause,
    });
  }
  syncFolder(dirname(path));
}

/** @param why what it looks like */
export function notOurs(path: string, why: string): NotaryError {
  return new NotaryError('PLUGIN_NOT_OURS', `${path} is not of tsnotary: ${why}`, {
    details: { file: path },
    hint: 'It was left as it is. tsnotary docker-plugin install --force replaces it.',
  });
}
