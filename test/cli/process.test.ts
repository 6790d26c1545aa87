/** The edge of the process, on real pipes and terminals. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, run } from '../support/genuine/programs.ts';
import { openTerminal, shellLine } from '../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';

let home: string;
const env = () => ({ HOME: home });
beforeAll(() => {
  home = makeScratch();
});
afterAll(() => removeScratch(home));

const shell = (line: string) => run('sh', ['-c', line], { env: env(), cwd: home });
const tsnotary = (...args: string[]) => shellLine('tsnotary', args);

describe('the program on pipes', () => {
  it('a reader that goes away is no trouble', async () => {
    const { status, stdout, stderr } = await shell(`${tsnotary('--help')} | head -1`);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toHaveLength(2);
    const late = await shell(`(sleep 0.3; ${tsnotary('--help')}; echo $? >late) | true; sleep 1; cat late`);
    expect([late.stdout, late.stderr]).toEqual(['141\n', '']);
  });

  it('a closed standard output is no trouble', async () => {
    expect(await shell(`${tsnotary('version')} >&-`)).toMatchObject({ status: 0, stderr: '' });
  });

  it('a full disk is a failure', async () => {
    expect(await shell(`${tsnotary('version')} >/dev/full`)).toMatchObject({
      status: 1,
      stderr: '\n* fatal: write /dev/stdout: no space left on device\n',
    });
    expect((await shell(`${tsnotary('-z')} >/dev/full`)).status).toBe(1);
  });

  it('the program cuts nothing off when there is much to say', async () => {
    const folder = join(home, '.notary/private');
    mkdirSync(folder, { recursive: true });
    const body = `-----BEGIN ENCRYPTED PRIVATE KEY-----\nrole: user\n\n${'A'.repeat(64)}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
    for (let key = 0; key < 2000; key++) {
      writeFileSync(join(folder, `${String(key).padStart(64, '0')}.key`), body);
    }
    const { status, stdout } = await shell(`${tsnotary('key', 'list')} | (sleep 0.5; cat)`);
    expect([status, stdout.split('\n').length]).toEqual([0, 2005]);
    expect(stdout).toContain(`user           ${String(1999).padStart(64, '0')}`);
  });

  it('the program takes answers from a pipe line by line', async () => {
    const { stdout, status } = await run('tsnotary', ['delegation', 'remove', 'g', 'targets/x'], {
      env: env(),
      input: 'YES\nmore\n',
    });
    expect(status).toBe(0);
    expect(stdout).toContain('Forced removal');
  });
});

describe.skipIf(!available('script'))('the program on a terminal', () => {
  const open = (...args: string[]) => openTerminal('tsnotary', args, { env: env(), cwd: home });

  it('a passphrase is typed without echo', async () => {
    const terminal = open('key', 'generate', '-r', 'user', '-d', 'one');
    await terminal.waitFor('Enter passphrase for new user key with ID ');
    await terminal.answerHidden('a secret passphrase');
    await terminal.waitFor('Repeat passphrase for new user key with ID ');
    await terminal.answerHidden('a secret passphrase');
    const { status, shown, echo } = await terminal.end();
    expect([status, echo]).toEqual([0, true]);
    expect(shown).toMatch(
      /ID [0-9a-f]{7}: \nRepeat .*: \nGenerated new ecdsa user key with keyID: [0-9a-f]{64}\n$/,
    );
    expect(shown).not.toContain('secret');
  });

  it('Ctrl-C at a passphrase ends the program with the echo on and nothing stored', async () => {
    const terminal = open('key', 'generate', '-r', 'user', '-d', 'two');
    await terminal.waitFor('Enter passphrase');
    await terminal.waitForEchoOff();
    terminal.type('half a sec');
    terminal.interrupt();
    const { status, echo } = await terminal.end();
    expect([status, echo]).toEqual([130, true]);
    expect((await run('tsnotary', ['key', 'list', '-d', 'two'], { env: env(), cwd: home })).stdout).toBe(
      '\nNo signing keys found.\n\n',
    );
  });

  it('the program counts what is typed ahead of the prompt', async () => {
    const terminal = open('delegation', 'remove', 'g', 'targets/x');
    terminal.answer('yes');
    expect(await terminal.end()).toMatchObject({
      status: 0,
      shown: expect.stringContaining('Forced removal') as string,
    });
  });

  it('records have colours and control characters of names do not reach it', async () => {
    const terminal = open('status', 'a\u001b]0;title\u0007');
    const { status, shown } = await terminal.end();
    expect(status).toBe(1);
    expect(shown).toContain('\u001b[31mERRO\u001b[0m[0000] A GUN looks like');
    expect(shown).not.toContain('\u001b]0;');
  });
});

describe('the environment of the program', () => {
  it('the environment shows no passphrase to those who look at the process later', async () => {
    const probe = join(home, 'probe.cjs');
    writeFileSync(probe, 'process.on("exit", () => console.error(JSON.stringify(process.env)));');
    const { stderr } = await run('tsnotary', ['key', 'generate', '-d', 'three'], {
      cwd: home,
      env: {
        ...env(),
        NODE_OPTIONS: `--require ${probe}`,
        NOTARY_ROOT_PASSPHRASE: 'topsecret',
        NOTARY_AUTH: 'eDp5',
      },
    });
    expect(stderr).toContain('"HOME"');
    expect(stderr).not.toMatch(/topsecret|NOTARY_/);
  });
});
