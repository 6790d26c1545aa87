/**
 * Executables for other systems: that for Linux on arm64 is run by qemu, with the libraries of Debian's cross
 * packages; those for Windows and macOS are looked at, and nothing here could run them. And Linux without `/proc`.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, repository } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';

const passphrases = Object.fromEntries(
  ['ROOT', 'TARGETS', 'SNAPSHOT'].map((role) => [`NOTARY_${role}_PASSPHRASE`, 'a long passphrase']),
);
const work = 'tsnotary init demo -p && echo 1 > app && tsnotary add demo 1.0 app -p && tsnotary list demo';

let folder: string;
beforeAll(() => {
  folder = makeScratch();
});
afterAll(() => removeScratch(folder));

const node = (...words: readonly string[]) =>
  spawnSync(process.execPath, words, { cwd: repository, encoding: 'utf8' });
const unreachable = 75;
const builds = process.platform === 'linux' && process.arch === 'x64';
const fetched = (target: string) => builds && node('scripts/fetch-node.mjs', target).status !== unreachable;

/** The executable for a target, built anew. */
function built(target: string): string {
  const into = join(folder, target);
  const { status, stdout, stderr } = node('scripts/build-binary.mjs', '--target', target, into);
  expect([status, stdout, stderr]).toEqual([0, '', '']);
  const [name = ''] = readdirSync(into).filter((one) => one.startsWith('tsnotary'));
  return join(into, name);
}

function beginning(path: string): string {
  const start = Buffer.alloc(20);
  readSync(openSync(path, 'r'), start, 0, start.length, 0);
  return start.toString('hex');
}

const libraries = '/usr/aarch64-linux-gnu';
const emulated = available('qemu-aarch64-static') && existsSync(`${libraries}/lib/libstdc++.so.6`);

describe.skipIf(!emulated || !fetched('linux-arm64'))(
  'the executable for Linux on arm64 (needs qemu-user-static, libstdc++6-arm64-cross and the npm registry)',
  () => {
    it('the executable for Linux on arm64 makes, signs, publishes and lists a collection', () => {
      const program = built('linux-arm64');
      const emulator = ['qemu-aarch64-static', '-L', libraries, program];
      const script = `tsnotary() { ${emulator.join(' ')} "$@"; }; ${work}`;
      // The server runs here, so that only the client is emulated.
      const server = [join(repository, 'bin/tsnotary.js'), 'sandbox', 'run', '--', 'sh', '-c', script];
      const { status, stdout, stderr } = spawnSync(process.execPath, server, {
        encoding: 'utf8',
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder, ...passphrases },
      });
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/\n1\.0 +[0-9a-f]{64} +2 +targets\n$/);
    });
  },
);

describe.skipIf(!fetched('win-x64') || !fetched('darwin-x64'))('the untried executables', () => {
  it('the executables for Windows and macOS are files of their kind, and called after their system', () => {
    const windows = built('win-x64');
    expect(windows).toMatch(/tsnotary-win-x64\.exe$/);
    expect(beginning(windows)).toMatch(/^4d5a/);
    const mac = built('darwin-x64');
    expect(mac).toMatch(/tsnotary-darwin-x64$/);
    expect(beginning(mac)).toMatch(/^cffaedfe07000001/);
  });
});

it.skipIf(!builds)('an executable for a system that is not listed is refused by name', () => {
  const { status, stderr } = node('scripts/build-binary.mjs', '--target', 'plan9-x64', join(folder, 'none'));
  expect(status).toBe(1);
  expect(stderr).toContain(
    'there is no executable for plan9-x64, only for linux-x64, linux-arm64, win-x64, darwin-x64',
  );
  expect(existsSync(join(folder, 'none'))).toBe(false);
});

/** A user who may make a namespace of mounts can cover /proc. */
const covered = (script: string) =>
  spawnSync('unshare', ['-m', 'sh', '-c', `mount -t tmpfs none /proc && ${script}`], {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...passphrases },
  });

describe.skipIf(covered('true').status !== 0)('Linux without /proc (needs root)', () => {
  it('without /proc a collection is made, signed, published and listed', () => {
    const program = `${process.execPath} ${join(repository, 'bin/tsnotary.js')}`;
    const script = `tsnotary() { ${program} "$@"; }; ${work}`;
    const { status, stdout, stderr } = covered(`${program} sandbox run -- sh -c '${script}'`);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\n1\.0 +[0-9a-f]{64} +2 +targets\n$/);
  });
});
