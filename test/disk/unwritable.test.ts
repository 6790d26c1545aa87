/** Disks that take nothing, or not all: full ones, ones with a limit, and trust directories that are read-only. */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../support/fixture-files.ts';
import { available, commandOf } from '../support/genuine/programs.ts';
import { makeScratch } from '../support/genuine/scratch.ts';
import { openPlace, type Place } from './place.ts';
import { furnish, gun, makeStates, type Scene, type States, scenes } from './scenes.ts';

/** Why a kind of disk cannot be had here, or nothing. */
function canMount(): boolean {
  const folder = makeScratch();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', folder]);
  if (status === 0) execFileSync('umount', [folder]);
  return status === 0;
}

const mounting = canMount();
const isRoot = process.getuid?.() === 0;
const nobody = 65534;
const setpriv = spawnSync('setpriv', ['--version']).status === 0;

/** What only reads, or can do without what it would write. */
const readers = [
  ['list', gun],
  ['lookup', gun, 'v1'],
  ['verify', gun, 'v1', '-i', 'payload'],
  ['delegation', 'list', gun],
  ['status', gun],
  ['key', 'list'],
];

const writers = [
  ...['init', 'add', 'delegation add', 'publish', 'key generate', 'key import', 'key passwd'],
  ...['key rotate targets', 'list without a cache'],
];

describe.skipIf(!available('openssl'))('G23 a disk that takes nothing', () => {
  let place: Place;
  let states: States;
  let unmount: (() => void) | undefined;
  const docker = () => join(place.home.trustDir, '..');

  beforeAll(async () => {
    place = await openPlace();
    await furnish(place);
    states = await makeStates(place);
  });
  afterEach(() => {
    unmount?.();
    unmount = undefined;
  });
  afterAll(() => place.close());

  function mounted(...options: readonly string[]): void {
    mkdirSync(docker(), { recursive: true });
    execFileSync('mount', [...options, docker()]);
    unmount = () => void execFileSync('umount', ['-l', docker()]);
  }

  /** Leaves so many bytes on a tmpfs. */
  function fill(left: number): void {
    const { bavail, bsize } = statfsSync(docker());
    writeFileSync(join(docker(), 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - left)));
  }

  function judged(name: string): Scene {
    const found = scenes.find((scene) => scene.name === name);
    if (found === undefined) throw new Error(`no scene ${name}`);
    return found;
  }

  async function judge(
    scene: Scene,
    limited: () => Promise<{ status: number; output: string }>,
    reasons: RegExp,
  ) {
    const before = place.look().keyIds;
    const { status, output } = await limited();
    const context = `${scene.name}\n${output}`;
    expect([0, 1], context).toContain(status);
    expect(output).not.toMatch(/internal error|^ +at /m);
    if (status === 1) expect(output).toMatch(reasons);
    const { faults, leftovers, keyIds } = place.look();
    expect(
      {
        faults,
        leftovers: leftovers.filter((name) => !name.includes('/.rotate-')),
      },
      context,
    ).toEqual({
      ...{ faults: [], leftovers: [] },
    });
    if (scene.takes === undefined)
      expect(
        before.filter((id) => !keyIds.includes(id)),
        context,
      ).toEqual([]);
    for (const role of ['targets', 'snapshot']) {
      const [id] = await place.publishedKeys(gun, role);
      if (id !== undefined) expect(keyIds, context).toContain(id);
    }
    return { status, context };
  }

  async function completes(scene: Scene, context: string) {
    const again = await place.run(scene.words(states), scene.input === undefined ? [] : [scene.input]);
    expect(again.status, `${context}\nagain:\n${again.stdout}${again.stderr}`).toBe(0);
    await scene.done(place, states);
    expect(place.look(), context).toMatchObject({ faults: [], leftovers: [] });
  }

  describe.skipIf(!mounting)('G23 a full disk (needs mount)', () => {
    const levels = [0, 4, 8, 12, 16, 24];
    it.each(writers.flatMap((name) => levels.map((pages) => [name, pages] as const)))(
      'the command %s with %i KiB left keeps what there was or succeeds, and completes later',
      async (name, left) => {
        const scene = judged(name);
        mounted('-t', 'tmpfs', '-o', 'size=1m,mode=700', 'none');
        await place.restore(states[scene.state]);
        fill(left * 1024);
        const words = scene.words(states);
        const { context } = await judge(
          scene,
          async () => {
            const { status, stdout, stderr } = await place.run(words);
            return { status, output: stdout + stderr };
          },
          /no space left on device/,
        );
        rmSync(join(docker(), 'filler'));
        await completes(scene, context);
      },
    );

    it.each(readers)('a full disk lets %s %s be done', async (...words) => {
      for (const state of [states.published, states.uncached]) {
        mounted('-t', 'tmpfs', '-o', 'size=1m,mode=700', 'none');
        await place.restore(state);
        const expected = await place.run(words);
        await place.restore(state);
        fill(0);
        const { status, stdout } = await place.run(words);
        expect({ status, stdout }).toEqual({
          status: 0,
          stdout: expected.stdout,
        });
        unmount?.();
        unmount = undefined;
      }
    });

    it('a disk without a file node left is reported as a full disk', async () => {
      mounted('-t', 'tmpfs', '-o', 'size=1m,mode=700,nr_inodes=60', 'none');
      await place.restore(states.published);
      for (let count = 0; statfsSync(docker()).ffree > 0; count++)
        writeFileSync(join(docker(), `${count}`), '');
      const { status, stdout } = await place.run(['add', gun, 'v4', 'payload']);
      expect(status).toBe(1);
      expect(stdout).toContain('no space left on device');
      expect(await place.run(['list', gun])).toMatchObject({ status: 0 });
      expect(place.look()).toMatchObject({ faults: [], leftovers: [] });
    });
  });

  describe('G23 a limit for the size of files', () => {
    it.each(['add', 'publish', 'key generate', 'key import', 'init', 'list without a cache'])(
      'the command %s under a limit for file sizes keeps what there was or succeeds, and completes later',
      async (name) => {
        const scene = judged(name);
        await place.restore(states[scene.state]);
        const words = scene.words(states);
        const command = ['sh', '-c', 'ulimit -f 0; exec "$0" "$@"', ...commandOf('tsnotary')];
        const { context } = await judge(
          scene,
          async () => {
            const { status, signal, stdout, stderr } = await place.child(words, { command });
            expect(signal).toBeNull();
            return { status, output: stdout + stderr };
          },
          /file too large/,
        );
        await completes(scene, context);
      },
    );
  });

  /** Runs a command that may not write, and checks that nothing has changed. */
  async function readsOnly(words: readonly string[], command?: readonly string[]) {
    const before = place.fingerprint();
    const { status, stdout, stderr } = await place.child(words, command === undefined ? {} : { command });
    expect(place.fingerprint().split(' ')[0]).toBe(before.split(' ')[0]);
    return { status, stdout, output: stdout + stderr };
  }

  describe.skipIf(!mounting)('G23 a read-only file system (needs mount)', () => {
    const readOnly = async (state: States['published']) => {
      await place.restore(state);
      mkdirSync(docker(), { recursive: true });
      execFileSync('mount', ['--bind', docker(), docker()]);
      execFileSync('mount', ['-o', 'remount,bind,ro', docker()]);
      unmount = () => void execFileSync('umount', ['-l', docker()]);
    };

    it.each(readers)('a read-only file system lets %s %s be done', async (...words) => {
      for (const state of [states.published, states.uncached]) {
        await place.restore(state);
        const expected = await place.run(words);
        await readOnly(state);
        const { status, stdout, output } = await readsOnly(words);
        expect({ status, stdout }, output).toEqual({
          status: 0,
          stdout: expected.stdout,
        });
        unmount?.();
        unmount = undefined;
      }
    });

    it('a read-only file system lets publish be done, which says what stays staged and how to remove it', async () => {
      await readOnly(states.published);
      const { status, output } = await readsOnly(['publish', gun]);
      expect(status, output).toBe(0);
      expect(output).toContain('Successfully published changes');
      expect(output).toMatch(/are published, but stay staged as well: remove .*: read-only file system/);
      expect(output).toContain(`tsnotary reset ${gun} -n 0,1`);
      unmount?.();
      unmount = undefined;
      expect(await place.run(['reset', gun, '-n', '0,1'])).toMatchObject({
        status: 0,
      });
      expect(await place.run(['status', gun])).toMatchObject({
        stdout: `No unpublished changes for ${gun}\n`,
      });
      expect((await place.run(['list', gun])).stdout).toContain('v3');
    });

    it.each([
      ['add', gun, 'v4', 'payload'],
      ['reset', gun, '--all'],
      ['delete', gun],
      ['key', 'generate'],
      ['key', 'import', fixturePath('keys/p521.pem'), '-r', 'user'],
      ['key', 'rotate', gun, 'targets'],
      ['init', 'docker.io/alice/other'],
    ])(
      'a read-only file system makes the program refuse %s %s by the name of what cannot be written',
      async (...words) => {
        await readOnly(states.published);
        const { status, output } = await readsOnly(words);
        expect(status, output).toBe(1);
        expect(output).toMatch(/\* fatal: .*\.docker\/trust\/.*: read-only file system/);
      },
    );
  });

  describe.skipIf(!isRoot || !setpriv)('G23 directories of another user (needs root and setpriv)', () => {
    const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
    const command = [...asNobody, ...commandOf('tsnotary')];

    /** Everything may be read by everybody and written by nobody else. */
    function open(folder: string): void {
      chmodSync(folder, 0o755);
      for (const entry of readdirSync(folder, {
        recursive: true,
        withFileTypes: true,
      })) {
        chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o555 : 0o444);
      }
    }

    function close(folder: string): void {
      for (const entry of readdirSync(folder, {
        recursive: true,
        withFileTypes: true,
      })) {
        chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
      }
    }

    it.each(readers)('the directories of another user let %s %s be done', async (...words) => {
      await place.restore(states.published);
      const expected = await place.run(words);
      await place.restore(states.published);
      open(join(place.home.folder, '..'));
      const { status, stdout, output } = await readsOnly(words, command);
      expect({ status, stdout }, output).toEqual({
        status: 0,
        stdout: expected.stdout,
      });
      close(place.home.folder);
    });

    it('a home that cannot be written lets list print the targets', async () => {
      await place.restore(states.empty);
      rmSync(docker(), { recursive: true });
      const history = states.published;
      await place.restore({ trustDir: undefined, history: history.history });
      open(join(place.home.folder, '..'));
      const { status, stdout, output } = await readsOnly(['list', gun], command);
      expect(status, output).toBe(0);
      expect(stdout).toContain('v1');
      close(place.home.folder);
    });

    it.each(['root', 'targets', 'snapshot', 'timestamp'])(
      'the cached %s that may not be read is named',
      async (role) => {
        await place.restore(states.published);
        open(join(place.home.folder, '..'));
        const path = join(place.home.trustDir, 'tuf', gun, 'metadata', `${role}.json`);
        chmodSync(path, 0o000);
        const { status, output } = await readsOnly(['list', gun], command);
        expect(status, output).toBe(role === 'root' ? 1 : 0);
        expect(output).toContain(`open ${path}: permission denied`);
        close(place.home.folder);
      },
    );

    it.each([...readers, ['publish', gun], ['key', 'generate'], ['diff', gun], ['delete', gun]])(
      'a trust directory of another user that may not be looked into is named with its owner, and nothing else, by %s %s',
      async (...words) => {
        await place.restore(states.published);
        open(join(place.home.folder, '..'));
        chmodSync(place.home.trustDir, 0o700);
        const { status, output } = await readsOnly(words, command);
        expect(status, output).toBe(1);
        expect(output).toContain(`* fatal: open ${place.home.trustDir}: permission denied\n`);
        expect(output.match(/^time=.*$/gm)).toEqual([
          expect.stringContaining(`belongs to another user (ID 0; this one is ${nobody})`),
        ]);
        close(place.home.folder);
      },
    );

    it.each([0o000, 0o600])('a key of mode %i that belongs to another user is named', async (mode) => {
      await place.restore(states.published);
      open(join(place.home.folder, '..'));
      const path = join(place.home.trustDir, 'private', `${states.openKey}.key`);
      chmodSync(path, mode);
      chownSync(path, 1, 1);
      const { status, output } = await readsOnly(['key', 'list'], command);
      expect(status, output).toBe(0);
      expect(output).toContain(path);
      expect(output).toContain(states.delegateKey);
      close(place.home.folder);
    });
  });
});
