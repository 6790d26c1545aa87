/**
 * Names temporary files, which hold new content until they replace other files, and removes those whose writers
 * have died.
 *
 * Their names say which process writes them, so that no process removes a file that another one, perhaps on another
 * host with the same directory, is still writing:
 *
 *     .<prefix of the final name>.<process ID>-<its start>-<place>-<random>.tmp
 */

import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hasDied, placeHere, thisProcess } from './lock-owner.ts';

const pattern = /^\..*\.(\d+)-(\d*)-([0-9a-f]{12})-[0-9a-f-]{36}\.tmp$/;

/** File systems bound a name at 255 bytes; this much of the final name is enough to recognise it. */
const shownLength = 40;

/** A write takes milliseconds. A file older than a day has no writer any more, on whatever host that was. */
const maxWriteTime = 24 * 60 * 60 * 1000;

/** The path of a new temporary file in a directory, for the content of `path`. */
export function temporaryPath(folder: string, path: string): string {
  const shown = basename(path).slice(0, shownLength);
  const { pid, started } = writer();
  return join(folder, `.${shown}.${pid}-${started}-${placeDigest()}-${crypto().randomUUID()}.tmp`);
}

/**
 * Removes temporary files that no process will finish: those of processes of this machine that have ended, and any
 * older than a day. Calls of this process follow each other, so a file with its own process ID is from an earlier
 * call. A file that cannot be removed stays: it does no harm.
 *
 * If one is removed while its writer still runs, the write fails with an error that names the file, and can be
 * repeated.
 */
export function sweepTemporaryFiles(folder: string): void {
  for (const name of namesIn(folder)) {
    const [, pid, started, place] = pattern.exec(name) ?? [];
    if (pid === undefined || started === undefined) continue;
    const path = join(folder, name);
    try {
      const stats = lstatSync(path);
      const abandoned = place === placeDigest() && hasEnded(Number(pid), started);
      if (stats.isFile() && (abandoned || Date.now() - stats.mtimeMs > maxWriteTime)) unlinkSync(path);
    } catch {
      // Gone already, or another user's.
    }
  }
}

/** Sweeps a directory when it is first asked to. */
export function firstSweep(): (folder: string) => void {
  const swept = new Set<string>();
  return (folder) => {
    if (!swept.has(folder)) sweepTemporaryFiles(folder);
    swept.add(folder);
  };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function hasEnded(pid: number, started: string): boolean {
  return pid === process.pid || hasDied({ id: '', pid, started, place: placeHere() }) === true;
}

let known: { readonly pid: number; readonly started: string } | undefined;

/** This process, which is looked up once. */
function writer() {
  known ??= thisProcess('');
  return known;
}

let digest: string | undefined;

/** The place as a short word: elsewhere, the process ID is another process's. */
function placeDigest(): string {
  digest ??= crypto().createHash('sha256').update(placeHere()).digest('hex').slice(0, 12);
  return digest;
}

/** Loaded when something is written: commands that only read need none of it. */
function crypto() {
  return process.getBuiltinModule('node:crypto');
}
