/** Temporary directories and child processes that never outlive the test process. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();
const children = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  // Who has just been killed may still be writing.
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/**
 * A new empty directory, removed by `removeScratch` or at the latest when this process ends.
 *
 * @param parent where it is made
 */
export function makeScratch(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'tsnotary-'));
  folders.add(folder);
  return folder;
}

export function removeScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** Makes sure that the child is killed when this process ends. */
export function adopt(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
}

/** Stops a child and waits until it is gone; one that a signal has stopped, or that does not end, is killed. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
    child.kill('SIGCONT');
    setTimeout(() => child.kill('SIGKILL'), 20_000).unref();
  });
}
