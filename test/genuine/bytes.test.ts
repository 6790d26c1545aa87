/** Passphrases and arguments that are not UTF-8, beside the genuine client and OpenSSL. */

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { available, cleanEnvironment, type Outcome, type Program, run } from '../support/genuine/programs.ts';
import { openTerminal, shellLine } from '../support/genuine/pseudo-terminal.ts';
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

  const latin = Buffer.from('gr\xfcne Heide', 'latin1');
  /** Variables in which a shell puts bytes, and flags: each a source that only tsnotary has. */
  const sources: readonly (readonly [
    string,
    (id: string, file: string) => readonly [string, readonly string[]],
  ])[] = [
    [
      'the variable of the key',
      (id) => [`NOTARY_PASSPHRASE_${id.slice(0, 12).toUpperCase()}=$(printf 'gr\\374ne Heide')`, []],
    ],
    ['the file', (_, file) => ['x=', ['--passphrase-file', file]]],
    ['the command', (_, file) => [`TSNOTARY_PASSPHRASE_COMMAND='cut -c4- ${file}'`, []]],
    [
      'docker’s variable',
      () => [`DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=$(printf 'gr\\374ne Heide')`, []],
    ],
  ];
  const withSource = (assignment: string, args: readonly string[]) => {
    const line = `${assignment} ${shellLine('tsnotary', ['-d', keys, ...args])}`;
    return run('sh', ['-c', line], { env: cleanEnvironment({ HOME: home, LC_ALL: 'C' }) });
  };
  const secrets = (passphrase: Uint8Array): string => {
    const file = join(home, `secrets-${rounds}`);
    writeFileSync(file, Buffer.concat([Buffer.from('*: '), passphrase]), { mode: 0o600 });
    return file;
  };

  it.each(sources)('from %s opens the key of notary, and its UTF-8 does not', async (name, source) => {
    await withPassphrase('gr\\374ne Heide', 'notary', ['key', 'generate', '-r', 'user']);
    const [assignment, flags] = source(keyId(), secrets(latin));
    const opened = await withSource(assignment, [...flags, 'key', 'check', '--no-input']);
    expect([name, opened.status]).toEqual([name, 3]);
    const [other, more] = source(keyId(), secrets(Buffer.from('gr\u00fcne Heide')));
    const utf8 = await withSource(other.replace('\\374', '\\303\\274'), [
      ...more,
      'key',
      'check',
      '--no-input',
    ]);
    expect([name, utf8.status]).toEqual([name, 4]);
  });

  it.each(sources.slice(1))('from %s makes a key that notary opens', async (_, source) => {
    const [assignment, flags] = source('', secrets(latin));
    const made = await withSource(assignment, [...flags, 'key', 'generate', '-r', 'user', '--no-input']);
    expect(made.status).toBe(0);
    expect((await reopened('gr\\374ne Heide', 'notary')).status).toBe(0);
    expect((await reopened('gr\\303\\274ne Heide', 'notary')).status).toBe(1);
  });

  it.skipIf(!available('script'))(
    'that is typed opens the key of notary, and makes one that notary opens',
    async () => {
      await withPassphrase('gr\\374ne Heide', 'notary', ['key', 'generate', '-r', 'user']);
      const typed = async (args: readonly string[], prompts: readonly string[]) => {
        const terminal = openTerminal('tsnotary', ['-d', keys, ...args], { env: { HOME: home } });
        for (const prompt of prompts) {
          await terminal.waitFor(prompt);
          await terminal.waitForEchoOff();
          terminal.type(Buffer.concat([latin, Buffer.from('\r')]));
        }
        return (await terminal.end()).status;
      };
      expect(await typed(['key', 'check'], ['Enter passphrase for user key'])).toBe(3);
      keys = join(home, `typed-${rounds}`);
      const questions = ['Enter passphrase for new user key', 'Repeat passphrase for new user key'];
      expect(await typed(['key', 'generate', '-r', 'user'], questions)).toBe(0);
      expect((await reopened('gr\\374ne Heide', 'notary')).status).toBe(0);
      expect((await reopened('gr\\303\\274ne Heide', 'notary')).status).toBe(1);
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
