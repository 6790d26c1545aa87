/** What commands print and leave behind, in a form in which two programs can be compared. */

import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../../support/genuine/programs.ts';
import { withoutOwnRecords } from '../../support/normalise-output.ts';

export const programs = ['notary', 'tsnotary'] as const;
export type Client = (typeof programs)[number];

export function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  if (existsSync(from)) cpSync(from, to, { recursive: true, preserveTimestamps: true });
}

export interface Shown {
  readonly status: number;
  readonly stdout: string;
  readonly records: readonly string[];
}

/**
 * What every run must show alike: status, standard output, and the records that both programs know, each
 * once. Where the original puts IDs or names of hashes in the order of a hash map, the order is made the
 * same.
 *
 * @param anonymous takes out what differs between two tables
 */
export function comparable(
  { status, stdout, stderr }: Outcome,
  anonymous: (text: string) => string = (text) => text,
): Shown {
  const steady = (text: string): string =>
    anonymous(text.replaceAll('tsnotary', 'notary'))
      .replace(/time="[^"]*"/g, 'time')
      .replace('by sha512, sha256 hash', 'by sha256, sha512 hash')
      .replace(/(?<=available: )\S.*(?=$|")/gm, (ids) => ids.split(', ').sort().join(', '));
  const records = steady(withoutOwnRecords(stderr)).split('\n');
  return { status, stdout: steady(stdout), records: [...new Set(records)].sort() };
}

/** The staged changes of a collection, in order, as bytes; their names are times. */
export function staged(trustDir: string, gun: string): readonly string[] {
  const folder = join(trustDir, 'tuf', gun, 'changelist');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** The cached metadata of a collection by file name. */
export function cached(trustDir: string, gun: string): Readonly<Record<string, string>> {
  const folder = join(trustDir, 'tuf', gun, 'metadata');
  if (!existsSync(folder)) return {};
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.json')).sort();
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
