/** Files and commands for passphrases that are not what they should be: nothing hangs, nothing is read, nothing leaks. */

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runPassphraseCommand } from '../../src/adapters/system/passphrase-command.ts';
import { scratchHome } from '../support/memory-system.ts';

let home: ReturnType<typeof scratchHome>;
const secret = 'hunter2 hunter2';
beforeAll(async () => {
  home = scratchHome();
  const env = { NOTARY_DELEGATION_PASSPHRASE: secret };
  await home.run(['key', 'generate', '-r', 'user'], { env });
});
afterAll(() => home.remove());

let count = 0;
let path: string;
beforeEach(() => {
  path = join(home.folder, `secrets-${++count}`);
});

const checked = async (file: string) => {
  const { status, stdout, stderr } = await home.run(['key', 'check', '--passphrase-file', file]);
  expect(stdout + stderr).not.toContain('hunter2');
  return { status, stdout, code: / code=([A-Z_]+)/.exec(stderr)?.[1] };
};
const written = (content: string | Uint8Array, mode = 0o600) => {
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
};

describe('a file of passphrases', () => {
  it.each([0o600, 0o400, 0o700])('a file of passphrases of mode %o opens the key', async (mode) => {
    expect(await checked(written(`user: ${secret}\n`, mode))).toMatchObject({ status: 3 });
  });

  it.each([0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o660])(
    'a file of passphrases of mode %o is refused before it is read',
    async (mode) => {
      const file = written(`user: ${secret}\n`, mode);
      const before = statSync(file).atimeMs;
      expect(await checked(file)).toMatchObject({ status: 1, code: 'PASSPHRASE_FILE_INVALID' });
      expect(statSync(file).atimeMs).toBe(before);
    },
  );

  it('a link counts as the file that it leads to', async () => {
    const file = written(`user: ${secret}\n`);
    symlinkSync(file, `${file}-link`);
    expect((await checked(`${file}-link`)).status).toBe(3);
    chmodSync(file, 0o644);
    expect(await checked(`${file}-link`)).toMatchObject({ status: 1, code: 'PASSPHRASE_FILE_INVALID' });
  });

  it('a pipe, a directory, a device, a huge and a missing file are refused at once', async () => {
    execFileSync('mkfifo', ['-m', '600', path]);
    expect(await checked(path)).toMatchObject({ status: 1, code: 'PASSPHRASE_FILE_INVALID' });
    mkdirSync(`${path}-folder`, { mode: 0o700 });
    expect(await checked(`${path}-folder`)).toMatchObject({ status: 1, code: 'PASSPHRASE_FILE_INVALID' });
    expect(await checked('/dev/zero')).toMatchObject({ status: 1, code: 'PASSPHRASE_FILE_INVALID' });
    expect(await checked('-')).toMatchObject({ status: 1, code: 'PASSPHRASE_FILE_INVALID' });
    path = `${path}-huge`;
    truncateSync(written('x'), 10 * 2 ** 30);
    expect(await checked(path)).toMatchObject({ status: 1, code: 'PASSPHRASE_FILE_INVALID' });
    const missing = await checked(`${path}-missing`);
    expect([missing.status, missing.stdout]).toEqual([
      1,
      expect.stringContaining('no such file or directory'),
    ]);
  });

  it('a zero byte, UTF-16 and a line without a colon are refused with the number of the line', async () => {
    for (const content of [
      `user: hunter2\0x\n`,
      Buffer.from(`user: ${secret}\n`, 'utf16le'),
      `${secret}\n`,
    ]) {
      const { status, stdout, code } = await checked(written(content));
      expect([status, code]).toEqual([1, 'PASSPHRASE_FILE_INVALID']);
      expect(stdout).toContain('line 1 of the file of passphrases');
    }
  });
});

describe('a passphrase command', () => {
  const run = (script: string, timeout = 20_000) =>
    runPassphraseCommand({
      ...{ program: 'sh', words: ['-c', script], variables: { HOME: home.folder, TSNOTARY_ROLE: 'user' } },
      ...{ timeout, maxBytes: 1024 },
    });
  const gone = (pid: string): boolean => {
    try {
      // A process that has ended and waits for its parent, which init is now, is gone as well.
      return readFileSync(`/proc/${pid.trim()}/stat`, 'utf8').includes(' Z ');
    } catch {
      return true;
    }
  };
  const eventually = async (condition: () => boolean) => {
    for (let tries = 0; tries < 100 && !condition(); tries++)
      await new Promise((resolve) => void setTimeout(resolve, 50));
    expect(condition()).toBe(true);
  };

  it('a command that prints a line is heard, with its variables in the environment', async () => {
    expect(await run('printf "%s\\n" "$TSNOTARY_ROLE"')).toEqual({
      kind: 'printed',
      bytes: Buffer.from('user\n'),
    });
  });

  it('a command that hangs is killed when the time is up, with the children that hold its output', async () => {
    const started = Date.now();
    const outcome = await run(
      `sleep 300 & echo $! >"$HOME/pid"; echo hunter2; trap '' TERM; wait; sleep 300`,
      700,
    );
    expect(outcome).toEqual({ kind: 'failed', reason: 'did not end within 0.7 seconds' });
    expect(Date.now() - started).toBeLessThan(10_000);
    await eventually(() => existsSync(join(home.folder, 'pid')));
    await eventually(() => gone(readFileSync(join(home.folder, 'pid'), 'utf8')));
  });

  it('a command that has ended while a child holds its output is given up as well', async () => {
    const outcome = await run('sleep 300 & echo hunter2', 500);
    expect(outcome).toEqual({ kind: 'failed', reason: 'did not end within 0.5 seconds' });
  });

  it('a command that prints 10 MB, and one that never stops printing, are killed', async () => {
    const tooMuch = { kind: 'failed', reason: 'printed more than a passphrase can be' };
    expect(await run('head -c 10000000 /dev/zero')).toEqual(tooMuch);
    expect(await run('yes hunter2')).toEqual(tooMuch);
  });

  it.each([
    ['exit 1', 'ended with status 1'],
    ['echo hunter2; exit 3', 'ended with status 3'],
    ['echo hunter2; kill -9 $$', 'was ended by SIGKILL'],
  ])('a command that fails is a failure, whatever it printed: %s', async (script, reason) => {
    expect(await run(script)).toEqual({ kind: 'failed', reason });
  });

  it('a command has no standard input and no terminal', async () => {
    const heard = await run(
      'cat; if [ -t 0 ] || (: </dev/tty) 2>/dev/null; then echo terminal; else echo none; fi',
    );
    expect(heard).toEqual({ kind: 'printed', bytes: Buffer.from('none\n') });
  });

  it('a program that is not there, is none, or has a zero byte in a word fails without its words', async () => {
    const limits = { variables: {}, timeout: 1000, maxBytes: 10 };
    const none = await runPassphraseCommand({ program: 'no-such-program', words: ['hunter2'], ...limits });
    expect(none).toEqual({ kind: 'failed', reason: 'cannot be run: no such file or directory' });
    for (const [program, words] of [
      ['/', ['hunter2']],
      ['echo', ['hunter2\0']],
    ] as const) {
      const outcome = await runPassphraseCommand({ program, words, ...limits });
      expect(outcome).toMatchObject({
        kind: 'failed',
        reason: expect.stringMatching(/^cannot be run: /) as string,
      });
      expect(JSON.stringify(outcome)).not.toContain('hunter2');
    }
  });

  it.each([
    ['echo hunter2 hunter2', 3, undefined],
    ['echo wrong hunter2', 4, 'PASSPHRASE_INVALID'],
    ['printenv HUNTER2', 4, 'PASSPHRASE_COMMAND_FAILED'],
    ['seq 3', 4, 'PASSPHRASE_COMMAND_FAILED'],
    ['true', 4, 'PASSPHRASE_COMMAND_FAILED'],
    [' ', 4, 'PASSPHRASE_INVALID'],
  ])('key check runs the command %j and never shows a word of it', async (line, status, code) => {
    const env = {
      ...{
        TSNOTARY_PASSPHRASE_COMMAND: line,
        DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: line === ' ' ? '' : secret,
      },
      PATH: process.env['PATH'] ?? '',
    };
    const ended = await home.run(['key', 'check'], { env });
    expect([ended.status, / code=([A-Z_]+)/.exec(ended.stderr)?.[1]]).toEqual([status, code]);
    expect(ended.stdout + ended.stderr).not.toMatch(/hunter2|printenv|seq 3/);
  });

  it('the setting passphrase_command is run, must be text, and comes after the variable', async () => {
    const config = join(home.folder, 'config.json');
    const withSetting = (value: unknown, env = {}) => {
      writeFileSync(
        config,
        JSON.stringify({ passphrase_command: value, trust_dir: join(home.folder, '.notary') }),
      );
      return home.run(['-c', config, 'key', 'check'], { env });
    };
    const found = await withSetting(`echo ${secret}`);
    expect([found.status, found.stdout]).toEqual([
      3,
      expect.stringContaining(`passphrase_command in ${config}`),
    ]);
    expect((await withSetting(`echo ${secret}`, { TSNOTARY_PASSPHRASE_COMMAND: 'echo other' })).status).toBe(
      4,
    );
    for (const value of [['echo', 'x'], {}, '', 7]) {
      const { status, stderr } = await withSetting(value);
      expect([value, status, stderr]).toEqual([value, 1, expect.stringContaining('code=CONFIG_INVALID')]);
    }
  });
});
