import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';

/** A copy of the program whose compiled code the test may spoil. */
let folder: string;
beforeAll(() => {
  folder = makeScratch();
});
afterAll(() => removeScratch(folder));

const fresh = () => {
  for (const part of ['bin', 'dist']) {
    rmSync(join(folder, part), { recursive: true, force: true });
    cpSync(join(repository, part), join(folder, part), { recursive: true });
  }
};
const run = () => {
  const program = join(folder, 'bin/tsnotary.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'key', 'list'], {
    env: { HOME: folder },
    encoding: 'utf8',
  });
  return { status, stdout, stderr: stderr.replace(/time="[^"]*" /g, '') };
};
const compiled = () => join(folder, 'dist/compiled', readdirSync(join(folder, 'dist/compiled'))[0] ?? '');

describe('compiled code beside the source', () => {
  it('compiled code is there for this Node after a build', () => {
    fresh();
    expect(readdirSync(join(folder, 'dist/compiled')).join()).toContain(process.version);
  });

  const spoilings: readonly { what: string; spoil: () => void }[] = [
    { what: 'is missing', spoil: () => rmSync(join(folder, 'dist/compiled'), { recursive: true }) },
    { what: 'is empty', spoil: () => writeFileSync(compiled(), '') },
    { what: 'is something else', spoil: () => writeFileSync(compiled(), Buffer.alloc(5000, 7)) },
    {
      what: 'is cut short',
      spoil: () => writeFileSync(compiled(), readFileSync(compiled()).subarray(0, 500)),
    },
  ];

  it.each(spoilings)('compiled code that $what makes no difference', ({ spoil }) => {
    fresh();
    const before = run();
    expect(before.status).toBe(0);
    spoil();
    expect(run()).toEqual(before);
  });

  it('compiled code is not used for a source that has been changed', () => {
    fresh();
    const source = join(folder, 'dist/tsnotary.cjs');
    const text = readFileSync(source, 'utf8');
    const digest = /^\/\/ ([0-9a-f]{32})\n/.exec(text)?.[1] ?? '';
    expect(existsSync(compiled())).toBe(true);
    // A build writes another digest. V8 itself would only notice another length.
    const changed = text
      .replace(digest, '0'.repeat(32))
      .replaceAll('No signing keys found', 'No signing keys fount');
    expect(changed).toHaveLength(text.length);
    writeFileSync(source, changed);
    expect(run().stdout).toContain('No signing keys fount');
  });
});
