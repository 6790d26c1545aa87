/** Passphrases and arguments that are not UTF-8, beside the genuine client and OpenSSL. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { available, cleanEnvironment, type Outcome, type Program, run } from '../support/genuine/programs.ts';
import { shellLine } from '../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';

const programs: readonly Program[] = ['notary', 'tsnotary'];
let home: string;
let keys: string;
let rounds = 0;

beforeAll(() => {
  home = makeScratch();
});
afterAll(() => removeScratch(home));
beforeEach(() => {
  keys = join(home, `trust-${++rounds}`);
});

/** Runs a program with a passphrase for delegation keys, written as `printf` takes it. */
function withPassphrase(passphrase: string, program: Program, args: readonly string[]): Promise<Outcome> {
  const line = `NOTARY_DELEGATION_PASSPHRASE=$(printf '${passphrase}') ${shellLine(program, ['-d', keys, ...args])}`;
  return run('sh', ['-c', line], { env: cleanEnvironment({ HOME: home }) });
}

const keyId = (): string => (readdirSync(join(keys, 'private'))[0] ?? '').replace(/\.key$/, '');
/** Opens the key with a passphrase and encrypts it with the same. */
const reopened = (passphrase: string, program: Program) =>
  withPassphrase(passphrase, program, ['key', 'passwd', keyId()]);

describe.skipIf(!available('notary'))('a passphrase in Latin-1', () => {
  it.each(programs)(
    'from a variable makes a key with %s that both programs open, and that no other opens',
    async (program) => {
      const made = await withPassphrase('gr\\374ne Heide', program, ['key', 'generate', '-r', 'user']);
      expect(made.status).toBe(0);
      for (const opener of programs) {
        expect((await reopened('gr\\374ne Heide', opener)).status).toBe(0);
        // Another byte, the character that Node puts in its place, and the same word in UTF-8.
        for (const other of ['gr\\344ne Heide', 'gr\\357\\277\\275ne Heide', 'gr\\303\\274ne Heide'])
          expect((await reopened(other, opener)).status).toBe(1);
      }
    },
  );

  it.skipIf(!available('openssl'))('is the passphrase that OpenSSL takes', async () => {
    await withPassphrase('gr\\374ne Heide', 'tsnotary', ['key', 'generate', '-r', 'user']);
    const opened = (passphrase: string) =>
      run('sh', [
        '-c',
        `grep -v '^role' '${keys}/private/${keyId()}.key' | openssl pkey -noout -passin "pass:$(printf '${passphrase}')"`,
      ]);
    expect((await opened('gr\\374ne Heide')).status).toBe(0);
    expect((await opened('gr\\344ne Heide')).status).not.toBe(0);
  });
});

describe('an argument that is not UTF-8', () => {
  it('is refused with its bytes, and never taken for another', async () => {
    const line = `${shellLine('tsnotary', ['-d', keys, 'add', 'a/b', 'v1'])} "$(printf 'f\\344.bin')"`;
    const { status, stdout } = await run('sh', ['-c', line], { env: cleanEnvironment({ HOME: home }) });
    expect([status, stdout]).toEqual([1, '\n* fatal: argument 6 is not UTF-8: "f<E4>.bin"\n']);
  });

  it('may hold the very character that others put in its place', async () => {
    const { stdout } = await run('tsnotary', ['-d', keys, 'status', 'a/\ufffd'], { env: { HOME: home } });
    expect(stdout).toContain('No unpublished changes for a/\ufffd');
  });
});
