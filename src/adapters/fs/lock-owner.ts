/** Identifies the process that holds a lock, and finds out whether it still runs. */

import { readFileSync, readlinkSync } from 'node:fs';
import { errorCode } from '../../go/errno.ts';

/** A process as another process can tell it from all others. */
export interface LockOwner {
  /** One for each time that the lock is taken. */
  readonly id: string;
  readonly pid: number;
  /** Machine, boot and process-ID namespace: only within one of these do process IDs mean anything. */
  readonly place: string;
  /** When the process began, in the system's own units; empty where the system does not say. */
  readonly started: string;
}

/** This process. */
export function thisProcess(id: string): LockOwner {
  return { id, pid: process.pid, place: placeHere(), started: startOf(process.pid) };
}

/**
 * True when the owner certainly has ended; undefined when this process cannot look it up, since it runs on another
 * machine or in another container.
 */
export function hasDied({ pid, place, started }: LockOwner): boolean | undefined {
  if (place !== placeHere()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM says that the process exists and belongs to another user.
    if (errorCode(error) === 'ESRCH') return true;
  }
  const now = startOf(pid);
  // Another process may have been given the number since.
  return started !== '' && now !== '' && now !== started;
}

/** The place of this process: machine, boot and process-ID namespace. */
export function placeHere(): string {
  return [
    process.getBuiltinModule('node:os').hostname(),
    quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    quietly(() => readlinkSync('/proc/self/ns/pid')),
  ].join('/');
}

/** The 22nd field of `/proc/<pid>/stat` (proc(5)); the second may hold blanks and brackets. */
function startOf(pid: number): string {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return (
    stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .at(19) ?? ''
  );
}

function quietly(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
