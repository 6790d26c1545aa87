/** The commands of the sandbox. */

import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LockOwner, thisProcess } from '../../src/adapters/fs/lock-owner.ts';
import { findSandbox } from '../../src/adapters/sandbox/locate.ts';
import { available, cleanEnvironment, commandOf, run } from '../support/genuine/programs.ts';
import { openTerminal } from '../support/genuine/pseudo-terminal.ts';
import { adopt } from '../support/genuine/scratch.ts';
import { memoryOutput, scratchHome } from '../support/memory-system.ts';
import { expectDocument } from '../support/printed-json.ts';
import { type SandboxChild, spawnSandbox } from './child.ts';

let home: ReturnType<typeof scratchHome>;
let folder: string;
const open: SandboxChild[] = [];
beforeEach(() => {
  // Its clock goes on with every command, and must not pass that of other programs.
  home = scratchHome(new Date(Date.now() - 60_000));
  folder = join(home.folder, 'box');
});
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.end('SIGKILL');
  await home.run(['sandbox', 'stop', '--dir', folder]);
  home.remove();
});

async function started(words?: readonly string[]): Promise<SandboxChild> {
  const sandbox = await spawnSandbox(folder, words).ready;
  open.push(sandbox);
  return sandbox;
}

/** tsnotary in a process of its own, with the home directory of the test. */
const tsnotary = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  run('tsnotary', words, { cwd: home.folder, env: { HOME: home.folder, ...env } });

const box = () => ['--dir', folder];

describe('sandbox start', () => {
  it('sandbox start says where it listens, what it is for, and how to use it with each client', async () => {
    const stdout = memoryOutput();
    const running = home.run(['sandbox', 'start', '--port', '0', ...box()], { stdout });
    const found = await reached(async () =>
      (await findSandbox(folder))?.answers === true ? stdout.text() : '',
    );
    process.emit('SIGINT');
    const { status } = await running;
    expect(status).toBe(0);
    const [, url = '', port = ''] = /(https:\/\/localhost:(\d+))/.exec(found) ?? [];
    for (const text of [
      `${url} (loopback only, process ${process.pid})`,
      `It keeps everything in ${folder}.`,
      'for development and testing',
      'notary-server with MySQL or PostgreSQL, and notary-signer',
      'docs/production-server.md',
      `tsnotary -s ${url} --tlscacert ${folder}/ca.crt init example.com/demo -p`,
      `{"trust_dir":"~/.docker/trust","remote_server":{"root_ca":"${folder}/ca.crt","url":"${url}"}}`,
      `DOCKER_CONTENT_TRUST_SERVER=${url}`,
      `~/.docker/tls/localhost:${port}/ca.crt`,
      'Ctrl-C ends it.',
    ]) {
      expect(found).toContain(text);
    }
    expect(await findSandbox(folder)).toBeUndefined();
  });

  it('sandbox start ends the line of the terminal that shows the Ctrl-C', async () => {
    for (const isTerminal of [true, false]) {
      const stdout = memoryOutput({ isTerminal });
      const running = home.run(['sandbox', 'start', '--port', '0', ...box()], { stdout });
      await reached(async () => ((await findSandbox(folder))?.answers === true ? stdout.text() : ''));
      process.emit('SIGINT');
      await running;
      expect(stdout.text().endsWith(isTerminal ? 'Ctrl-C ends it.\n\n' : 'Ctrl-C ends it.\n')).toBe(true);
    }
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'sandbox start ends cleanly on %s, and starts again',
    async (signal) => {
      const sandbox = await started();
      expect(await sandbox.end(signal)).toBe(0);
      expect(sandbox.stderr()).toBe('');
      expect(readdirSync(folder).filter((name) => /lock|running/.test(name))).toEqual([]);
      expect(await (await started()).end(signal)).toBe(0);
    },
  );

  it('sandbox start keeps what was published, its keys and its certificates, for the next one', async () => {
    const first = await started();
    const passphrases = { NOTARY_ROOT_PASSPHRASE: 'root-root', NOTARY_TARGETS_PASSPHRASE: 'targets-targets' };
    const on = ({ url, ca }: SandboxChild) => ['-s', url, '--tlscacert', ca];
    const env = { ...passphrases, NOTARY_SNAPSHOT_PASSPHRASE: 'snapshot-snapshot' };
    const publish = await home.run(['init', 'example.com/a', '-p', ...on(first)], { env });
    expect([publish.status, publish.stderr]).toEqual([0, '']);
    await first.end('SIGTERM');
    const second = await started();
    expect(second.ca).toBe(first.ca);
    writeFileSync(join(home.folder, 'file'), 'content');
    const added = await home.run(['add', 'example.com/a', 'v1', 'file', '-p', ...on(second)], { env });
    expect([added.status, added.stderr]).toEqual([0, '']);
    const words = ['sandbox', 'certificate', 'anna', '--json'];
    expectDocument((await home.run(words)).stdout, 'sandbox-certificate');
    await second.end('SIGKILL');
    const third = await started();
    expect((await home.run(['list', 'example.com/a', ...on(third)])).stdout).toMatch(/^v1 /m);
  });

  it('sandbox start refuses a directory that another sandbox has, and names its process', async () => {
    const first = await started();
    const { status, stderr } = await home.run(['sandbox', 'start', '--port', '0', '--json', ...box()]);
    expect(status).toBe(1);
    expect(expectDocument(stderr, 'error')).toMatchObject({
      error: { code: 'SANDBOX_RUNNING', details: { folder, pid: first.child.pid } },
    });
    const detached = await tsnotary(['sandbox', 'start', '--port', '0', '--json', '--detach', ...box()]);
    expect(expectDocument(detached.stderr, 'error')).toMatchObject({ error: { code: 'SANDBOX_RUNNING' } });
    expect((await findSandbox(folder))?.answers).toBe(true);
  });

  it('sandbox start names a port that is taken, and lets go of the directory', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen({ host: '127.0.0.1', port: 0 }, () => {
        const address = other.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    for (const more of [[], ['--detach']]) {
      const words = ['sandbox', 'start', '--port', String(port), ...box(), ...more];
      const { status, stdout, stderr } = await tsnotary(words);
      expect([status, stdout]).toEqual([
        1,
        `\n* fatal: another program listens on port ${port} of 127.0.0.1\n`,
      ]);
      expect(stderr).toMatch(/msg="Choose another port with --port, .*" code=PORT_TAKEN\n$/);
    }
    await new Promise((resolve) => other.close(resolve));
    await started(['--port', String(port)]);
  });

  it.each([
    ['a word', ['--port', 'x'], 'INVALID_FLAG'],
    ['too high a number', ['--port', '65536'], 'INVALID_FLAG'],
    ['a sign', ['--port', '-1'], 'INVALID_FLAG'],
    ['an argument', ['here'], 'ARGUMENT_IGNORED'],
  ])('sandbox start refuses %s', async (_, words, code) => {
    const { status, stderr } = await home.run(['sandbox', 'start', '--json', ...box(), ...words]);
    expect([status, existsSync(folder)]).toEqual([1, false]);
    expect(expectDocument(stderr, 'error')).toMatchObject({ error: { code } });
  });

  it('sandbox start names a directory that cannot be made', async () => {
    writeFileSync(folder, 'a file');
    const { status, stderr } = await home.run(['sandbox', 'start', '--json', ...box()]);
    expect(status).toBe(1);
    expect(expectDocument(stderr, 'error')).toMatchObject({ error: { code: 'FILE_UNWRITABLE' } });
  });

  it('the sandbox directory lies below XDG_STATE_HOME, or the home directory, where no directory is named', async () => {
    for (const [env, where] of [
      [{}, '.local/state/tsnotary/sandbox'],
      [{ XDG_STATE_HOME: 'relative' }, '.local/state/tsnotary/sandbox'],
      [{ XDG_STATE_HOME: join(home.folder, 'state') }, 'state/tsnotary/sandbox'],
    ] as const) {
      const { stdout } = await home.run(['sandbox', 'status', '--json'], { env });
      expect(expectDocument(stdout, 'sandbox-status')).toEqual({
        running: false,
        folder: join(home.folder, where),
      });
    }
  });
});

/** Asks again until there is an answer. */
async function reached(ask: () => Promise<string>): Promise<string> {
  for (;;) {
    const answer = await ask();
    if (answer !== '') return answer;
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
}

describe('sandbox start --detach, status and stop', () => {
  it('sandbox start --detach returns once the server answers, status describes it, and stop ends it', async () => {
    const start = await tsnotary(['sandbox', 'start', '--detach', '--port', '0', '--json', ...box()]);
    expect([start.status, start.stderr]).toEqual([0, '']);
    const address = expectDocument(start.stdout, 'sandbox-start') as { url: string; pid: number };
    expect(address).toMatchObject({ detached: true, folder, ca: join(folder, 'ca.crt') });
    const status = await home.run(['sandbox', 'status', '--json', ...box()]);
    expect(status.status).toBe(0);
    const { url, pid } = address;
    expect(expectDocument(status.stdout, 'sandbox-status')).toMatchObject({
      running: true,
      answers: true,
      url,
      pid,
    });
    expect((await home.run(['sandbox', 'status', ...box()])).stdout).toBe(
      [
        ...['State           answers', `URL             ${url}`, `Process         ${pid}`],
        ...[`Directory       ${folder}`, `CA certificate  ${join(folder, 'ca.crt')}`, ''],
      ].join('\n'),
    );
    expect(statSync(join(folder, 'sandbox.log')).mode & 0o777).toBe(0o600);
    const stop = await home.run(['sandbox', 'stop', '--json', ...box()]);
    expect(expectDocument(stop.stdout, 'sandbox-stop')).toEqual({ stopped: true, folder });
    const after = await home.run(['sandbox', 'status', ...box()]);
    expect(after).toEqual({ status: 3, stdout: `No sandbox runs in ${folder}.\n`, stderr: '' });
    const again = await home.run(['sandbox', 'stop', ...box()]);
    expect(again).toEqual({ status: 0, stdout: `No sandbox runs in ${folder}.\n`, stderr: '' });
  });

  /** Leaves the lock and the address of a process. */
  function held(owner: Partial<LockOwner>): void {
    mkdirSync(folder, { mode: 0o700 });
    const { id, pid, place, started } = { ...thisProcess('somebody'), ...owner };
    writeFileSync(join(folder, '.lock'), JSON.stringify({ id, pid, place, started }));
    writeFileSync(join(folder, 'running.json'), JSON.stringify({ id, pid, url: 'https://localhost:1' }));
  }

  it.each([
    ['that has died', () => ({ pid: spawnSync(process.execPath, ['-e', '']).pid })],
    ['whose number another process has now', () => ({ started: '12345' })],
  ])('sandbox status and stop take no notice of a process %s', async (_, owner) => {
    held(owner());
    expect((await home.run(['sandbox', 'status', ...box()])).status).toBe(3);
    expect((await home.run(['sandbox', 'stop', ...box()])).stdout).toBe(`No sandbox runs in ${folder}.\n`);
    expect(await (await started()).end('SIGTERM')).toBe(0);
  });

  it('sandbox status reports a server that does not answer, and one whose address another process has', async () => {
    held({});
    const { status, stdout } = await home.run(['sandbox', 'status', '--json', ...box()]);
    expect(status).toBe(3);
    expect(expectDocument(stdout, 'sandbox-status')).toMatchObject({ running: true, answers: false });
    writeFileSync(join(folder, 'running.json'), '{"id":"other","pid":1,"url":"https://localhost:1"}');
    expect(await findSandbox(folder)).toMatchObject({ url: '' });
    writeFileSync(join(folder, 'running.json'), '{"id":');
    expect(await findSandbox(folder)).toMatchObject({ url: '' });
    writeFileSync(join(folder, '.lock'), '');
  });

  it('sandbox stop cannot end a process of another machine', async () => {
    held({ place: 'elsewhere//' });
    const { status, stderr } = await home.run(['sandbox', 'stop', '--json', ...box()]);
    expect(status).toBe(1);
    expect(expectDocument(stderr, 'error')).toMatchObject({ error: { code: 'SANDBOX_FAILED' } });
    writeFileSync(join(folder, '.lock'), '');
  });

  it('sandbox start --detach says why the server has not started', async () => {
    mkdirSync(join(folder, 'repositories/example.com%2Fa/000000000001'), { recursive: true });
    const { status, stderr } = await tsnotary([
      'sandbox',
      'start',
      '--detach',
      '--port',
      '0',
      '--json',
      ...box(),
    ]);
    expect(status).toBe(1);
    expect(expectDocument(stderr, 'error')).toMatchObject({
      error: { code: 'SANDBOX_DAMAGED', details: { file: expect.stringMatching(/update\.json$/) as string } },
    });
  });
});

describe('sandbox run', () => {
  const show =
    'echo "$HOME|$DOCKER_CONFIG|$DOCKER_CONTENT_TRUST|$DOCKER_CONTENT_TRUST_SERVER|$TSNOTARY_SANDBOX_URL|$TSNOTARY_SANDBOX_CA"';

  it('sandbox run gives a command a home of its own and the address, and removes all of it', async () => {
    const script = `${show}; stat -c %a "$HOME" "$HOME/.notary/config.json"; cat "$HOME/.notary/config.json"`;
    const { status, stdout, stderr } = await tsnotary(['sandbox', 'run', '--', 'sh', '-c', script]);
    expect([status, stderr]).toEqual([0, '']);
    const [variables = '', folderMode, fileMode, config] = stdout.split('\n');
    const [own = '', docker, trust, trustServer, url, ca = ''] = variables.split('|');
    expect([docker, trust, trustServer]).toEqual([`${own}/.docker`, '1', url]);
    expect([folderMode, fileMode]).toEqual(['700', '600']);
    expect(JSON.parse(config ?? '')).toEqual({
      remote_server: { root_ca: ca, url },
      trust_dir: `${own}/.docker/trust`,
    });
    expect([existsSync(own), existsSync(ca)]).toEqual([false, false]);
    expect(readdirSync(home.folder)).toEqual([]);
  });

  it('sandbox run puts this very program on the PATH, before any other of its name', async () => {
    const other = join(home.folder, 'bin');
    mkdirSync(other);
    writeFileSync(join(other, 'tsnotary'), '#!/bin/sh\necho other\n', { mode: 0o755 });
    const env = { PATH: `${other}:${process.env['PATH'] ?? ''}`, NOTARY_ROOT_PASSPHRASE: 'root passphrase' };
    const passphrases = {
      NOTARY_TARGETS_PASSPHRASE: 'a passphrase',
      NOTARY_SNAPSHOT_PASSPHRASE: 'a passphrase',
    };
    const script =
      'cd / && tsnotary init example.com/a -p >/dev/null && tsnotary list example.com/a --json "$@"';
    const { status, stdout, stderr } = await tsnotary(
      ['sandbox', 'run', '--', 'sh', '-c', script, 'sh', '-r', 'targets'],
      { ...env, ...passphrases },
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ gun: 'example.com/a', targets: [] });
    const direct = await tsnotary(['sandbox', 'run', '--', 'tsnotary', 'version', '--json'], env);
    expect(JSON.parse(direct.stdout)).toHaveProperty('commit');
  });

  it.each([
    ['a status', 'exit 7', 7],
    ['success', 'exit 0', 0],
    ['a signal', 'kill -TERM $$', 143],
    ['another signal', 'kill -KILL $$', 137],
  ])('sandbox run returns %s of the command: %s', async (_, script, wanted) => {
    const { status, stdout, stderr } = await tsnotary(['sandbox', 'run', '--', 'sh', '-c', script]);
    expect([status, stdout, stderr]).toEqual([wanted, '', '']);
  });

  it('sandbox run keeps server and home in a directory that is named', async () => {
    const make = ['sh', '-c', 'echo mine > "$HOME/note"'];
    expect((await tsnotary(['sandbox', 'run', ...box(), '--', ...make])).status).toBe(0);
    const { stdout } = await tsnotary(['sandbox', 'run', ...box(), '--', 'sh', '-c', 'cat "$HOME/note"']);
    expect(stdout).toBe('mine\n');
    expect((await home.run(['sandbox', 'status', ...box()])).status).toBe(3);
  });

  it('sandbox run hands on standard input and secrets of the environment, and with --json prints nothing of its own', async () => {
    const env = { NOTARY_ROOT_PASSPHRASE: 'secret words', NOTARY_AUTH: 'YTpi' };
    const script = 'read line; echo "$line $NOTARY_ROOT_PASSPHRASE $NOTARY_AUTH"';
    const words = ['sandbox', 'run', '--json', '--', 'sh', '-c', script];
    const options = { env: { HOME: home.folder, ...env }, input: 'given\n' };
    expect(await run('tsnotary', words, options)).toMatchObject({
      status: 0,
      stdout: 'given secret words YTpi\n',
    });
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGINT'] as const)(
    'sandbox run passes %s on, and still removes its files',
    async (signal) => {
      const [command = '', ...first] = commandOf('tsnotary');
      const script = `trap 'echo got; exit 5' ${signal.slice(3)}; echo "$HOME"; while :; do sleep 0.02; done`;
      const child = spawn(command, [...first, 'sandbox', 'run', '--', 'sh', '-c', script], {
        env: cleanEnvironment({ HOME: home.folder }),
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      adopt(child);
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => {
        if (stdout === '') child.kill(signal);
        stdout += chunk.toString();
      });
      const status = await new Promise((resolve) => child.once('close', resolve));
      const [own = '', told] = stdout.split('\n');
      expect([status, told, existsSync(own)]).toEqual([5, 'got', false]);
    },
  );

  it.skipIf(!available('script'))(
    'sandbox run leaves Ctrl-C to the terminal, so that the command hears it once',
    async () => {
      const script =
        "process.on('SIGINT', () => console.log('got')); console.log('ready'); setTimeout(() => console.log('ended'), 300)";
      const terminal = openTerminal('tsnotary', ['sandbox', 'run', '--', process.execPath, '-e', script], {
        env: { HOME: home.folder },
      });
      await terminal.waitFor('ready');
      terminal.interrupt();
      const { shown } = await terminal.end();
      expect(shown.match(/got|ended/g)).toEqual(['got', 'ended']);
    },
  );

  it.each([
    ['no command', ['sandbox', 'run']],
    ['a command that is not after --', ['sandbox', 'run', 'sh', '-c', 'true']],
    ['words before --', ['sandbox', 'run', 'sh', '--', '-c', 'true']],
    ['nothing after --', ['sandbox', 'run', '--']],
  ])('sandbox run refuses %s', async (_, words) => {
    const { status, stdout } = await home.run(words);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^Usage:\n {2}tsnotary sandbox run -- <command> .*\* fatal: Must specify a command to run, after --\n$/s,
    );
  });

  it('sandbox run names a command that is not there', async () => {
    const { status, stdout, stderr } = await home.run(['sandbox', 'run', '--', 'no-such-program']);
    expect([status, stdout]).toEqual([1, '\n* fatal: exec no-such-program: no such file or directory\n']);
    expect(stderr).toMatch(/code=COMMAND_NOT_STARTED\n$/);
  });
});

describe('sandbox certificate', () => {
  it('sandbox certificate makes a key and a certificate that delegation add and key import take', async () => {
    const env = { NOTARY_DELEGATION_PASSPHRASE: 'a passphrase' };
    const { status, stdout, stderr } = await home.run(['sandbox', 'certificate', 'anna', '--json']);
    expect([status, stderr]).toEqual([0, '']);
    const { keyId } = expectDocument(stdout, 'sandbox-certificate') as { keyId: string };
    const modes = ['anna.key', 'anna.crt'].map((name) => statSync(join(home.folder, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o644]);
    const added = await home.run(['delegation', 'add', 'g', 'targets/anna', 'anna.crt', '--all-paths']);
    expect([added.status, added.stderr]).toEqual([0, '']);
    expect(added.stdout).toContain(keyId);
    const imported = await home.run(['key', 'import', 'anna.key', '--role', 'user'], { env });
    expect([imported.status, imported.stderr]).toEqual([0, '']);
    expect((await home.run(['key', 'list', '--json'])).stdout).toContain(keyId);
  });

  it.skipIf(!available('openssl'))(
    'sandbox certificate makes key and certificate as OpenSSL would',
    async () => {
      await home.run(['sandbox', 'certificate', 'Ä B', '-o', '.']);
      const openssl = (...words: readonly string[]) => run('openssl', words, { cwd: home.folder });
      const key = await openssl('pkey', '-in', 'Ä B.key', '-noout', '-text');
      expect(key.stdout).toContain('ASN1 OID: prime256v1');
      expect((await openssl('verify', '-partial_chain', '-CAfile', 'Ä B.crt', 'Ä B.crt')).stdout).toBe(
        'Ä B.crt: OK\n',
      );
      const { stdout } = await openssl('x509', '-in', 'Ä B.crt', '-noout', '-checkend', String(364 * 86_400));
      expect(stdout).toBe('Certificate will not expire\n');
      const pairs = await Promise.all([
        openssl('pkey', '-in', 'Ä B.key', '-pubout'),
        openssl('x509', '-in', 'Ä B.crt', '-noout', '-pubkey'),
      ]);
      expect(pairs[0].stdout).toBe(pairs[1].stdout);
    },
  );

  it('sandbox certificate leaves files alone that exist', async () => {
    writeFileSync(join(home.folder, 'anna.crt'), 'mine');
    const { status, stdout, stderr } = await home.run(['sandbox', 'certificate', 'anna']);
    expect([status, stdout]).toEqual([1, '\n* fatal: anna.crt exists already\n']);
    expect(stderr).toMatch(/code=KEY_EXISTS\n$/);
    expect([
      existsSync(join(home.folder, 'anna.key')),
      readFileSync(join(home.folder, 'anna.crt'), 'utf8'),
    ]).toEqual([false, 'mine']);
  });

  it.each([[[]], [['a', 'b']], [['a/b']], [['']]])('sandbox certificate refuses %j', async (names) => {
    const { status, stderr } = await home.run(['sandbox', 'certificate', '--json', ...names]);
    expect([status, readdirSync(home.folder)]).toEqual([1, []]);
    expect(expectDocument(stderr, 'error')).toMatchObject({
      error: { code: expect.stringMatching(/^(?:USAGE|ARGUMENT_IGNORED)$/) as string },
    });
  });
});

describe('sandbox start --users', () => {
  it.each([
    ['that others can read', 'a:b\n', 0o644, 'USERS_FILE_INVALID'],
    ['with a line without a colon', '# us\nalice\n', 0o600, 'USERS_FILE_INVALID'],
  ])(
    'sandbox start --users refuses a file %s, without a word of what is in it',
    async (_, content, mode, code) => {
      writeFileSync(join(home.folder, 'users'), content);
      chmodSync(join(home.folder, 'users'), mode);
      const { status, stderr } = await home.run(['sandbox', 'start', '--json', '--users', 'users', ...box()]);
      expect(status).toBe(1);
      expect(expectDocument(stderr, 'error')).toMatchObject({ error: { code } });
      expect(stderr).not.toContain('alice');
    },
  );

  it('sandbox start --users names a file that is not there', async () => {
    const { stderr } = await home.run(['sandbox', 'start', '--json', '--users', 'gone', ...box()]);
    expect(expectDocument(stderr, 'error')).toMatchObject({ error: { code: 'FILE_UNREADABLE' } });
  });
});
