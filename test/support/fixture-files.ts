/** Fixtures by name, and trust directories set up from them as they lay on their owner's disk. */
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { repository } from './genuine/programs.ts';

/** Path of a fixture: `fixture('keys/p256.pem')`. */
export function fixturePath(name: string): string {
  return join(repository, 'fixtures', name);
}

/** Bytes of a fixture. */
export function fixture(name: string): Buffer {
  return readFileSync(fixturePath(name));
}

/** All files below a fixture directory, as names that `fixture` takes, sorted. */
export function fixturesIn(folder: string): readonly string[] {
  return readdirSync(fixturePath(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(fixturePath('.'), join(entry.parentPath, entry.name)))
    .sort();
}

/**
 * Copies `fixtures/trust-dirs/NAME` to a directory, with the modes that Notary gives (0700 and 0600) and
 * the directories that version control drops because they are empty.
 */
export function plantTrustDir(name: string, to: string): void {
  cpSync(fixturePath(join('trust-dirs', name)), to, { recursive: true });
  mkdirSync(join(to, 'private'), { recursive: true });
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    chmodSync(path, entry.isDirectory() ? 0o700 : 0o600);
    if (entry.isDirectory() && entry.name === 'metadata') {
      mkdirSync(join(entry.parentPath, 'changelist'), { recursive: true, mode: 0o700 });
    }
  }
  chmodSync(to, 0o700);
}
