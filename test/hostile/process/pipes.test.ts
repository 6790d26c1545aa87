/** Standard streams that are closed, full, slow or gone, and signals at any time. */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { certificates } from '../../support/genuine/certificates.ts';
import { run } from '../../support/genuine/programs.ts';
import { shellLine } from '../../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { answer, startRawServer } from '../../support/http-rig.ts';
import { below, contents, startChild, until } from './child.ts';

let home: string;
const running: { stop(): Promise<void> }[] = [];
const keys = 1500;

beforeAll(async () => {
  home = makeScratch();
  const folder = join(home, '.notary/private');
  mkdirSync(folder, { recursive: true });
  const body = `-----BEGIN ENCRYPTED PRIVATE KEY-----\nrole: user\n\n${'A'.repeat(64)}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
  for (let key = 0; key < keys; key++) {
    writeFileSync(join(folder, `${String(key).padStart(64, '0')}.key`), body, { mode: 0o600 });
  }
  await certificates();
});
afterEach(() => Promise.all(running.splice(0).map((server) => server.stop())));
afterAll(() => removeScratch(home));

const env = () => ({ HOME: home });
const shell = (line: string, more: Readonly<Record<string, string>> = {}) =>
  run('sh', ['-c', line], { env: { ...env(), ...more }, cwd: home });
const tsnotary = (...args: string[]) => shellLine('tsnotary', args);

describe('G28 a full disk', () => {
  it.each([
    ['the version', ['version']],
    ['help', ['--help']],
    ['the usage of a wrong command', ['no-such-command']],
    ['a table', ['key', 'list']],
    ['a document', ['key', 'list', '--json']],
    ['keys', ['key', 'export']],
    ['a completion script', ['completion', 'bash']],
    ['completions', ['__complete', 'k']],
  ])('a full disk behind standard output makes the program fail with a message: %s', async (_, words) => {
    const { status, stderr } = await shell(`${tsnotary(...words)} >/dev/full`);
    expect(status).toBe(1);
    expect(stderr).toContain('\n* fatal: write /dev/stdout: no space left on device\n');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it.each([
    ['a record', ['-D', '-s', 'https://127.0.0.1:1', 'list', 'docker.io/a/b']],
    ['what completion says', ['__complete', 'k']],
  ])('a full disk behind standard error makes the program fail: %s', async (_, words) => {
    expect((await shell(`${tsnotary(...words)} 2>/dev/full`)).status).toBe(1);
  });

  it('a full disk behind both makes the program fail', async () => {
    expect(await shell(`${tsnotary('version')} >/dev/full 2>/dev/full`)).toMatchObject({ status: 1 });
  });
});

describe('G28 a reader', () => {
  it.each([
    ['a table', ['key', 'list']],
    ['a document', ['key', 'list', '--json']],
    ['keys', ['key', 'export']],
  ])('a reader that reads one line of %s ends the program quietly', async (_, words) => {
    const { stdout, stderr } = await shell(`{ ${tsnotary(...words)}; echo "status $?" >&2; } | head -c 10`);
    expect(stdout).toHaveLength(10);
    expect(stderr).toBe('status 141\n');
  });

  it('a reader of standard error that goes away is no trouble', async () => {
    const line = `{ ${tsnotary('-D', '-s', 'https://127.0.0.1:1', 'list', 'docker.io/a/b')}; echo "status $?"; } 2>&1 >/dev/null | true; sleep 0.5`;
    expect(await shell(line)).toMatchObject({ status: 0, stderr: '' });
  });

  it('a reader that is slow gets everything', async () => {
    const { stdout, stderr } = await shell(
      `{ ${tsnotary('key', 'list')}; echo "status $?" >&2; } | (sleep 0.4; dd bs=1000 2>/dev/null)`,
    );
    expect(stderr).toBe('status 0\n');
    expect(stdout.split('\n')).toHaveLength(keys + 5);
    expect(stdout.endsWith('\n\n')).toBe(true);
  });

  it('a reader that never reads does not keep the program from being ended', async () => {
    const child = startChild(['key', 'export'], env());
    child.process.stdout?.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.process.kill('SIGTERM');
    child.process.stdout?.resume();
    expect(['SIGTERM', 0]).toContain((await child.ended).status);
  });
});

describe('G28 a closed stream', () => {
  const whole = () => shell(tsnotary('key', 'export'));

  it.each([
    ['standard output', '>&-'],
    ['standard error', '2>&-'],
    ['standard input', '<&-'],
    ['standard output and error', '>&- 2>&-'],
    ['all three', '<&- >&- 2>&-'],
  ])('a closed stream (%s) lets nothing go astray', async (_, closing) => {
    const file = join(home, 'export.pem');
    const { status, stdout, stderr } = await shell(`${tsnotary('key', 'export', '-o', file)} ${closing}`);
    expect([status, stdout, stderr]).toEqual([0, '', '']);
    expect(readFileSync(file, 'utf8')).toBe((await whole()).stdout);
    const folder = join(home, `closed-${Buffer.from(closing).toString('hex')}`);
    const generated = await shell(
      `${tsnotary('-D', '-d', folder, 'key', 'generate', '-r', 'user')} ${closing}`,
      {
        NOTARY_DELEGATION_PASSPHRASE: 'a long passphrase',
      },
    );
    expect(generated.status).toBe(0);
    expect(below(folder)).toHaveLength(2);
    expect(contents(folder)).toMatch(
      /^-----BEGIN ENCRYPTED PRIVATE KEY-----[^]*-----END ENCRYPTED PRIVATE KEY-----\n$/,
    );
    expect(contents(folder)).not.toContain('Generated');
  });

  it.each([
    ['a question', ['delegation', 'remove', 'docker.io/a/b', 'targets/x'], 'Aborting action.'],
    ['a passphrase', ['key', 'generate', '-r', 'user'], 'maximum number of passphrase attempts exceeded'],
    ['a payload', ['-s', 'https://127.0.0.1:1', 'verify', 'docker.io/a/b', 'v1'], 'client is offline'],
  ])('a closed stream of which %s is read is a failure that is reported', async (_, words, message) => {
    const { status, stdout, stderr } = await shell(`${tsnotary(...words)} <&-`);
    expect(status).toBe(1);
    expect(stdout + stderr).toContain(message);
    expect(stdout + stderr).not.toMatch(/\n\s+at |internal error/);
  });
});

describe('G28 a signal', () => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  /** Answers so many requests and then nothing. */
  const silentAfter = async (count: number) => {
    let left = count;
    const server = await startRawServer((socket) => {
      if (left-- > 0) socket.write(answer('{}'));
    });
    running.push(server);
    const { caCertificate } = await certificates();
    return { server, flags: ['-s', server.url, '--tlscacert', caCertificate] };
  };

  describe.each(signals)('%s', (signal) => {
    it.each([
      ['the greeting', 0, ['list', 'docker.io/a/b']],
      ['metadata', 1, ['list', 'docker.io/a/b']],
      ['the first upload', 1, ['publish', 'docker.io/a/b']],
    ])('the signal ends a wait for %s at once', async (_, count, words) => {
      const { server, flags } = await silentAfter(count);
      const child = startChild([...flags, '-d', join(home, 'waiting'), ...words], env());
      await until(() => server.requests.length > count);
      child.process.kill(signal);
      const { status, stderr } = await child.ended;
      expect(status).toBe(signal);
      expect(stderr).not.toMatch(/\n\s+at |internal error/);
      expect(
        below(join(home, 'waiting')).filter((name) => name.endsWith('.json') || name.endsWith('.tmp')),
      ).toEqual([]);
    });

    it('the signal ends a question at once, and nothing has happened', async () => {
      const folder = join(home, `question-${signal}`);
      const child = startChild(['-d', folder, 'delegation', 'remove', 'docker.io/a/b', 'targets/x'], env());
      await until(() => child.shown().includes('(yes/no)'));
      child.process.kill(signal);
      expect((await child.ended).status).toBe(signal);
      expect(contents(folder)).toBe('');
    });

    it('the signal at any time of a start leaves a key or none', async () => {
      for (const delay of [20, 60, 90, 120]) {
        const folder = join(home, `start-${signal}-${delay}`);
        const child = startChild(['-d', folder, 'key', 'generate', '-r', 'user'], {
          ...env(),
          NOTARY_DELEGATION_PASSPHRASE: 'a long passphrase',
        });
        await new Promise((resolve) => setTimeout(resolve, delay));
        child.process.kill(signal);
        const { status, stderr } = await child.ended;
        expect([0, signal]).toContain(status);
        expect(stderr).toBe('');
        expect(contents(folder)).toMatch(
          /^$|^-----BEGIN ENCRYPTED PRIVATE KEY-----[^]*-----END ENCRYPTED PRIVATE KEY-----\n$/,
        );
      }
    });
  });

  it.each([
    ['TERM', 143],
    ['HUP', 129],
  ])('the signal SIG%s is reported to a shell as 128 and its number', async (signal, status) => {
    const { server, flags } = await silentAfter(0);
    const line = `${tsnotary(...flags, 'list', 'docker.io/a/b')} & read go; kill -${signal} $!; wait $!; echo $?`;
    const program = spawn('sh', ['-c', line], { env: { ...env(), PATH: process.env['PATH'] } });
    let told = '';
    program.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()));
    await until(() => server.requests.length > 0);
    program.stdin.end('go\n');
    await new Promise((resolve) => program.once('close', resolve));
    expect(told).toBe(`${status}\n`);
  });
});
