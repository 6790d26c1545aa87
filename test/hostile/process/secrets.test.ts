/** Passphrases and keys: where they may be, and where they must not. */

import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { certificates } from '../../support/genuine/certificates.ts';
import { run } from '../../support/genuine/programs.ts';
import { shellLine } from '../../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { startRawServer, startServer } from '../../support/http-rig.ts';
import { below, contents, startChild, until } from './child.ts';

const secret = 'correct horse battery';
const forms = [
  secret,
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
];
const loginPassword = 'staple of the login';
const login = Buffer.from(`user:${loginPassword}`).toString('base64');
const passphrases = {
  NOTARY_ROOT_PASSPHRASE: secret,
  NOTARY_TARGETS_PASSPHRASE: secret,
  NOTARY_SNAPSHOT_PASSPHRASE: secret,
  NOTARY_DELEGATION_PASSPHRASE: secret,
};

let home: string;
const running: { stop(): Promise<void> }[] = [];
beforeAll(() => {
  home = makeScratch();
});
afterEach(() => Promise.all(running.splice(0).map((server) => server.stop())));
afterAll(() => removeScratch(home));

const shell = (line: string, env: Readonly<Record<string, string>> = {}) =>
  run('sh', ['-c', line], { env: { HOME: home, ...passphrases, ...env }, cwd: home });
const tsnotary = (...args: string[]) => shellLine('tsnotary', args);
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

function expectNoSecret(text: string): void {
  for (const form of [...forms, loginPassword, login.replace(/=+$/, '')]) expect(text).not.toContain(form);
}

/** A server that asks for the other's credentials, or is silent at the first request. */
async function serverThat(asks: 'is silent' | 'asks for a password'): Promise<readonly string[]> {
  const server =
    asks === 'is silent'
      ? await startRawServer(() => undefined)
      : await startServer((_, response) =>
          response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end(),
        );
  running.push(server);
  return ['-s', server.url, '--tlscacert', (await certificates()).caCertificate];
}

describe('G27 files', () => {
  it.each(['000', '022', '077'])(
    'files that are made with umask %s are closed to other users',
    async (umask) => {
      const folder = join(home, `umask-${umask}`);
      mkdirSync(folder);
      const line = [
        `umask ${umask}`,
        tsnotary('-d', `${folder}/trust`, 'key', 'generate'),
        tsnotary('-d', `${folder}/trust`, 'key', 'generate', '-o', `${folder}/pair`),
        tsnotary('-d', `${folder}/trust`, 'key', 'export', '-o', `${folder}/export.pem`),
        tsnotary('-d', `${folder}/trust`, 'addhash', 'docker.io/a/b', 'v1', '1', '--sha256', 'a'.repeat(64)),
      ].join(' && ');
      expect((await shell(line)).stderr).toBe('');
      const made = below(folder);
      expect(made.length).toBeGreaterThan(10);
      for (const name of made) {
        const path = join(folder, name);
        expect([name, mode(path)]).toEqual([name, statSync(path).isDirectory() ? '700' : '600']);
      }
      expect(made.filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expectNoSecret(contents(folder));
    },
  );

  it('files are never open to others, not even while they are written', async () => {
    const probe = join(home, 'creations.cjs');
    const note = join(home, 'creations');
    writeFileSync(
      probe,
      `const fs = require('fs');
       const note = (path, flags, mode) => {
         if (String(path) === process.env.CREATIONS) return;
         const creates = typeof flags === 'string' ? /[wa]/.test(flags) : (flags & fs.constants.O_CREAT) !== 0;
         if (creates) append(process.env.CREATIONS, JSON.stringify([String(path), mode]) + '\\n');
       };
       const append = fs.appendFileSync;
       for (const owner of [fs, fs.promises]) {
         for (const name of ['openSync', 'open']) {
           const open = owner[name];
           if (open === undefined) continue;
           owner[name] = function (path, flags, mode, ...rest) {
             note(path, flags, mode);
             return open.call(this, path, flags, mode, ...rest);
           };
         }
         for (const name of ['writeFile', 'writeFileSync', 'createWriteStream', 'copyFile', 'copyFileSync']) {
           const write = owner[name];
           if (write === undefined) continue;
           owner[name] = (path, ...rest) => {
             if (typeof path === 'string') note(path, 'w', name);
             return write.call(owner, path, ...rest);
           };
         }
       }`,
    );
    const folder = join(home, 'watched');
    const env = { NODE_OPTIONS: `--require ${probe}`, CREATIONS: note };
    const line = [
      'umask 0',
      tsnotary('-d', folder, 'key', 'generate'),
      tsnotary('-d', folder, 'key', 'export', '-o', `${folder}/export.pem`),
      tsnotary('-d', folder, 'key', 'generate', '-o', `${folder}/pair`),
    ].join(' && ');
    const { status, stdout, stderr } = await shell(line, env);
    expect([status, stderr], stdout).toEqual([0, '']);
    const lines = readFileSync(note, 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(4);
    for (const text of lines) {
      const [path, given] = JSON.parse(text) as [string, number | undefined];
      expect([path, given]).toEqual([path, 0o600]);
    }
  });

  describe('files of an export', () => {
    const folder = () => join(home, 'exports');
    const at = (name: string) => join(folder(), name);
    const exported = (path: string) =>
      shell(tsnotary('-d', `${folder()}/trust`, 'key', 'export', '-o', path));
    beforeAll(async () => {
      mkdirSync(folder());
      await shell(tsnotary('-d', `${folder()}/trust`, 'key', 'generate'));
    });

    it.each(['666', '644', '400', '777'])(
      'files of an export are closed to others when they were there with mode %s',
      async (bits) => {
        writeFileSync(at(`old-${bits}`), 'old and longer than what replaces it'.repeat(100));
        chmodSync(at(`old-${bits}`), Number.parseInt(bits, 8));
        expect(await exported(at(`old-${bits}`))).toMatchObject({ status: 0, stderr: '' });
        expect(mode(at(`old-${bits}`))).toBe('600');
        const text = readFileSync(at(`old-${bits}`), 'utf8');
        expect(text).toMatch(
          /^-----BEGIN ENCRYPTED PRIVATE KEY-----[^]*-----END ENCRYPTED PRIVATE KEY-----\n$/,
        );
        expect(text).not.toContain('old and');
      },
    );

    it.each([
      ['to a file', 'elsewhere', true],
      ['to nothing', 'nothing', false],
      ['to a device', '/dev/null', true],
    ])('files of an export are not written through a link %s', async (_, to, there) => {
      const target = join(folder(), to);
      if (there && to === 'elsewhere') writeFileSync(target, 'mine');
      const link = at(`link-${to.replaceAll('/', '-')}`);
      symlinkSync(to, link);
      const { status, stdout } = await exported(link);
      expect([status, stdout]).toEqual([1, `\n* fatal: open ${link}: too many levels of symbolic links\n`]);
      if (to === 'elsewhere') expect(readFileSync(target, 'utf8')).toBe('mine');
      if (!there) expect(existsSync(target)).toBe(false);
    });

    it('files of an export are closed to others under all their names', async () => {
      writeFileSync(at('one-name'), 'x');
      linkSync(at('one-name'), at('other-name'));
      expect((await exported(at('one-name'))).status).toBe(0);
      expect([mode(at('one-name')), mode(at('other-name'))]).toEqual(['600', '600']);
    });

    it.each([
      ['- is standard output', '-o - | cat'],
      ['/dev/stdout is a pipe', '-o /dev/stdout | cat'],
      ['/dev/stdout is a file', '-o /dev/stdout > stdout.pem; cat stdout.pem'],
      ['an open file is appended to', '-o /dev/fd/3 3>> fd.pem; cat fd.pem'],
      ['a pipe has a name', '-o fifo & cat fifo; wait'],
      ['a shell hands over a pipe by number', '-o /dev/fd/3 3>&1 >/dev/null | cat'],
    ])('files of an export need not be files: %s', async (_, line) => {
      const folder = makeScratch();
      const trust = at('trust');
      const { stdout, status } = await shell(
        `cd ${folder}; mkfifo -m 644 fifo; ${tsnotary('-d', trust, 'key', 'export')} ${line}; stat -c %a fifo`,
      );
      const [name = ''] = below(`${trust}/private`);
      const key = readFileSync(`${trust}/private/${name}`, 'utf8');
      const bundle = key.replace('\nrole: ', `\npath: ${name.replace('.key', '')}\nrole: `);
      expect([status, stdout]).toEqual([0, `${bundle}644\n`]);
      expect(existsSync(`${folder}/-`)).toBe(false);
      removeScratch(folder);
    });

    it.each([
      ['--key', '0123456789ab'],
      ['--gun', 'docker.io/alice/typo'],
    ])(
      'an export of nothing (%s %s) is a failure, and leaves the backup that is there',
      async (flag, value) => {
        writeFileSync(at('backup.pem'), 'a good backup');
        const { status, stdout } = await shell(
          tsnotary('-d', `${folder()}/trust`, 'key', 'export', flag, value, '-o', at('backup.pem')),
        );
        expect([status, stdout]).toEqual([1, expect.stringContaining('; nothing was exported\n')]);
        expect(readFileSync(at('backup.pem'), 'utf8')).toBe('a good backup');
      },
    );

    it('an export into a file with two names that cannot be written whole leaves what was there', async () => {
      writeFileSync(at('precious'), 'the only copy'.repeat(20));
      linkSync(at('precious'), at('same'));
      const { stdout } = await shell(
        `ulimit -f 0; ${tsnotary('-d', `${folder()}/trust`, 'key', 'export', '-o', at('precious'))} | cat`,
      );
      expect(stdout).toContain('file too large');
      expect(readFileSync(at('same'), 'utf8')).toBe('the only copy'.repeat(20));
    });

    it('an export that lacks a key file which leads nowhere does not replace a backup, and is a failure for programs', async () => {
      writeFileSync(at('backup.pem'), 'a good backup');
      symlinkSync('nowhere', `${folder()}/trust/private/${'0'.repeat(64)}.key`);
      const words = ['-d', `${folder()}/trust`, 'key', 'export', '-o'];
      const { status, stdout } = await shell(tsnotary(...words, at('backup.pem')));
      expect([status, stdout]).toEqual([
        1,
        expect.stringContaining('stays as it was: the export would lack'),
      ]);
      expect(readFileSync(at('backup.pem'), 'utf8')).toBe('a good backup');
      for (const flag of ['--strict', '--json'])
        expect((await shell(tsnotary(flag, ...words, at('new')))).status).toBe(1);
      expect(existsSync(at('new'))).toBe(false);
      expect((await shell(tsnotary(...words, at('new')))).status).toBe(0);
      rmSync(`${folder()}/trust/private/${'0'.repeat(64)}.key`);
    });

    it('an export that cannot write leaves what was there', async () => {
      writeFileSync(at('precious'), 'the only copy');
      const { status, stdout } = await shell(
        `ulimit -f 0; ${tsnotary('-d', `${folder()}/trust`, 'key', 'export', '-o', at('precious'))} | cat`,
      );
      expect([status, stdout]).toEqual([0, `\n* fatal: write ${at('precious')}: file too large\n`]);
      expect(readFileSync(at('precious'), 'utf8')).toBe('the only copy');
      expect(below(folder()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    });
  });
});

describe('G27 what is said', () => {
  it.each([
    ['making a key', ['key', 'generate', '-r', 'user']],
    ['listing keys', ['key', 'list']],
    ['exporting keys', ['key', 'export']],
    ['a wrong flag', ['key', 'generate', '--no-such-flag']],
    ['a missing collection', ['status', 'docker.io/a/b']],
    ['its version', ['version']],
  ])('the debugging output of %s holds no secret', async (_, words) => {
    for (const flags of [['-D'], ['--json', '-D']]) {
      const { stdout, stderr } = await shell(tsnotary('-d', `${home}/said`, ...flags, ...words), {
        NOTARY_AUTH: login,
      });
      expectNoSecret(stdout + stderr);
    }
  });

  it.each([['list'], ['publish'], ['delete', '--remote'], ['init']])(
    'the debugging output of %s %s to a server that refuses the login holds no secret',
    async (...words) => {
      const server = await serverThat('asks for a password');
      const { stdout, stderr } = await shell(tsnotary('-D', ...server, ...words, 'docker.io/a/b'), {
        NOTARY_AUTH: login,
      });
      expect(stdout).toContain('fatal');
      expectNoSecret(stdout + stderr + contents(join(home, '.notary')));
    },
  );

  it('the message about a wrong passphrase holds neither it nor the right one', async () => {
    const folder = join(home, 'wrong');
    await shell(tsnotary('-d', folder, 'key', 'generate'));
    const key = below(join(folder, 'private'))[0]?.replace('.key', '') ?? '';
    const env = { NOTARY_ROOT_PASSPHRASE: 'a wrong passphrase' };
    const { status, stdout, stderr } = await shell(tsnotary('-D', '-d', folder, 'key', 'passwd', key), env);
    expect(status).toBe(1);
    expectNoSecret(stdout + stderr);
    expect(stdout + stderr).not.toContain('a wrong passphrase');
  });
});

describe('G27 other programs', () => {
  it('other programs that hold logins get no passphrase, and nothing secret as an argument', async () => {
    const folder = join(home, 'helper');
    mkdirSync(folder);
    const helper = join(folder, 'docker-credential-spy');
    writeFileSync(
      helper,
      `#!/bin/sh\n{ env; echo "ARGUMENTS $*"; cat /proc/$PPID/cmdline; } >${folder}/seen\nexit 1\n`,
    );
    chmodSync(helper, 0o755);
    writeFileSync(join(folder, 'config.json'), '{"credsStore":"spy"}');
    const server = await serverThat('asks for a password');
    await shell(tsnotary(...server, 'publish', 'docker.io/a/b'), {
      DOCKER_CONFIG: folder,
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    });
    const seen = readFileSync(join(folder, 'seen'), 'latin1');
    expect(seen).toContain('ARGUMENTS get\n');
    expect(seen).toContain(`HOME=${home}`);
    expectNoSecret(seen);
    expect(seen).not.toMatch(/^NOTARY_/m);
  });
});

describe('G27 a look into the process', () => {
  const waiting = async (options: string, more: Readonly<Record<string, string>> = {}) => {
    const server = await serverThat('is silent');
    const child = startChild([...server, 'list', 'docker.io/a/b'], {
      HOME: home,
      ...passphrases,
      NOTARY_AUTH: login,
      NODE_OPTIONS: options,
      ...more,
    });
    await until(() => (running[0] as unknown as { requests: readonly string[] }).requests.length > 0);
    return child;
  };

  it('a report on a signal shows no secret of the process', async () => {
    const folder = join(home, 'reports');
    mkdirSync(folder);
    const child = await waiting(`--report-on-signal --report-directory=${folder}`);
    child.process.kill('SIGUSR2');
    await until(
      () => contents(folder).includes('"environmentVariables"') && contents(folder).trimEnd().endsWith('}'),
    );
    child.process.kill('SIGTERM');
    await child.ended;
    expect(contents(folder)).toContain('"HOME"');
    expectNoSecret(contents(folder));
  });

  it('a report on a fatal error shows no secret of the process', async () => {
    const folder = join(home, 'fatal');
    const probe = join(home, 'exhaust.cjs');
    mkdirSync(folder);
    writeFileSync(
      probe,
      'process.on("SIGUSR2", () => { const all = []; for (;;) all.push(new Array(10000).fill({})); });',
    );
    const child = await waiting(
      `--require ${probe} --max-old-space-size=40 --report-on-fatalerror --report-directory=${folder}`,
    );
    child.process.kill('SIGUSR2');
    expect((await child.ended).status).toBe('SIGABRT');
    expect(contents(folder)).toContain('"HOME"');
    expectNoSecret(contents(folder));
  });

  it('a signal does not open the process to a debugger', async () => {
    const child = await waiting('');
    for (let times = 0; times < 5; times++) child.process.kill('SIGUSR1');
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.process.kill('SIGTERM');
    const { status, stderr } = await child.ended;
    expect(status).toBe('SIGTERM');
    expect(stderr).not.toContain('Debugger');
  });

  it('a signal does not open the process to a debugger while the program is loaded', async () => {
    const probe = join(home, 'early.cjs');
    const note = join(home, 'early');
    writeFileSync(
      probe,
      `const fs = require('fs');
       const read = fs.readFileSync;
       fs.readFileSync = (path, ...rest) => {
         if (String(path).endsWith('/dist/tsnotary.cjs')) {
           fs.writeFileSync(${JSON.stringify(note)}, 'sent');
           process.kill(process.pid, 'SIGUSR1');
         }
         return read(path, ...rest);
       };`,
    );
    const { status, stderr } = await shell(tsnotary('key', 'list'), { NODE_OPTIONS: `--require ${probe}` });
    expect([status, stderr, readFileSync(note, 'utf8')]).toEqual([0, '', 'sent']);
  });
});
