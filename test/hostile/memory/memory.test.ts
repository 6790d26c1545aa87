/** How much memory a reader takes for what a server sends: measured on a process of its own. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForgedCollection } from '../../support/forged-repository.ts';
import { repository } from '../../support/genuine/programs.ts';
import { edited, targetsContent } from '../../support/metadata-author.ts';

const mebibyte = 1024 * 1024;
/** What a whole command may take; the reader here is its engine without the rest. */
const mostMemory = 500;
/** The same for a file with targets, which a server that signs snapshots can announce. */
const mostMemoryOfTargets = 1500;

let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  mkdirSync(join(repository, '.scratch'), { recursive: true });
  folder = mkdtempSync(join(repository, '.scratch/memory-'));
  const input = join(import.meta.dirname, 'large-file.ts');
  const bundle = await rolldown({ input, platform: 'node', external: [/^vitest/], logLevel: 'silent' });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'main.mjs', codeSplitting: false });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A root that is sound and signed, of that many bytes, for what stands in it beside its content. */
function soundRoot(size: number, padding: (length: number) => string): Uint8Array {
  const collection = new ForgedCollection();
  const bare = collection.files.get('root')?.length ?? 0;
  collection.contents.set('root', edited(collection.content('root'), ['padding'], padding(size - bare - 20)));
  collection.seal('root');
  return collection.files.get('root') ?? new Uint8Array();
}

async function measure(kind: string, mebibytes: number, role: string) {
  const run = promisify(execFile)(process.execPath, [at('main.mjs'), kind, String(mebibytes), role]);
  return JSON.parse((await run).stdout) as { outcome: string; peak: number };
}

describe('G7 the memory for a large file', () => {
  it.each([
    ['root', 100, 'opening brackets', 'INVALID_METADATA'],
    ['root', 100, 'a million short strings', 'INVALID_METADATA'],
    ['root', 17, 'opening brackets', 'INVALID_METADATA'],
    ['root', 16, 'opening brackets', 'MALFORMED_JSON'],
    ['timestamp', 1, 'empty lists', 'MALFORMED_JSON'],
    ['root', 16, 'empty lists', 'MALFORMED_JSON'],
    ['root', 16, 'numbers', 'MALFORMED_JSON'],
    ['targets', 64, 'empty lists', 'MALFORMED_JSON'],
    ['targets', 64, 'wide characters', 'NO_SIGNATURES'],
    ['targets', 100, 'empty lists', 'MALFORMED_JSON'],
    ['targets', 100, 'other names', 'MALFORMED_JSON'],
    ['targets', 100, 'wide characters', 'NO_SIGNATURES'],
    ['targets', 101, 'empty lists', 'INVALID_METADATA'],
  ])('the memory for a large %s, %i MiB of %s, is bounded', async (role, mebibytes, kind, outcome) => {
    const measured = await measure(kind, mebibytes, role);
    expect(measured.outcome).toBe(outcome);
    expect(measured.peak).toBeLessThan(role === 'targets' ? mostMemoryOfTargets : mostMemory);
  });

  it('a list of half a million targets, 96 MiB, is read, as Notary 0.7.0 reads it', async () => {
    const collection = new ForgedCollection();
    const meta = {
      length: 1,
      hashes: new Map([
        ['sha256', `${'A'.repeat(43)}=`],
        ['sha512', `${'A'.repeat(86)}==`],
      ]),
    };
    const names = Array.from({ length: 520_000 }, (_, index) => `v${index}`);
    const targets = Object.fromEntries(names.map((name) => [name, meta]));
    collection.contents.set('targets', targetsContent({ version: 11, targets }));
    collection.seal('targets');
    collection.settle();
    expect(collection.files.get('targets')?.length).toBeGreaterThan(92 * mebibyte);
    mkdirSync(at('half a million'));
    for (const [name, bytes] of collection.files) writeFileSync(at(`half a million/${name}`), bytes);
    const measured = await measure(at('half a million'), 0, 'targets');
    expect(measured.outcome).toBe('believed');
    expect(measured.peak).toBeLessThan(1000);
  });

  it.each([
    ['quotation marks', (length: number) => '"'.repeat(length / 2)],
    ['wide characters', (length: number) => `\u{1f600}${'x'.repeat(length - 4)}`],
  ])('the memory for a signed root that holds 16 MiB of %s is bounded', async (_, padding) => {
    writeFileSync(at('sound.json'), soundRoot(16 * mebibyte, padding));
    // The other files are of another collection, so that reading ends behind the root.
    const measured = await measure(at('sound.json'), 16, 'root');
    expect(measured.outcome).toBe('ROLE_THRESHOLD');
    expect(measured.peak).toBeLessThan(mostMemory);
  });
});
