/** Every kind of damage in every place of a trust directory, for commands with and without a server. */

import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available } from '../support/genuine/programs.ts';
import { seededRandom } from '../support/memory-ports.ts';
import { openPlace, type Place } from './place.ts';
import { furnish, gun, makeStates, type States } from './scenes.ts';

/** Puts something in the place of a file. */
type Damage = (path: string) => void;

const megabytes100 = 100 * 1024 * 1024;

const instead =
  (put: Damage): Damage =>
  (path) => {
    rmSync(path, { recursive: true, force: true });
    put(path);
  };

const damages: Readonly<Record<string, Damage>> = {
  'an empty file': (path) => truncateSync(path, 0),
  'the first half of it': (path) => truncateSync(path, Math.floor(lstatSync(path).size / 2)),
  'random bytes': (path) => writeFileSync(path, seededRandom(path.slice(-20))(300)),
  'NUL bytes': (path) => writeFileSync(path, Buffer.alloc(lstatSync(path).size)),
  'an empty folder': instead((path) => mkdirSync(path)),
  'a folder with a file': instead((path) => {
    mkdirSync(path);
    writeFileSync(join(path, 'mine'), 'precious');
  }),
  'a FIFO': instead((path) => void execFileSync('mkfifo', [path])),
  'a socket': instead((path) => {
    // Node takes the socket away when it closes it, so it must not come to that; and paths of sockets are short.
    const listen = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 9))`;
    spawnSync(process.execPath, ['-e', listen, basename(path)], {
      cwd: dirname(path),
    });
    expect(lstatSync(path).isSocket()).toBe(true);
  }),
  'a dangling link': instead((path) => symlinkSync('nowhere', path)),
  'a link to /dev/zero': instead((path) => symlinkSync('/dev/zero', path)),
  'a link to itself': instead((path) => symlinkSync(basename(path), path)),
  'more than 100 MiB': (path) => {
    closeSync(openSync(path, 'w'));
    truncateSync(path, megabytes100 + 1);
  },
};

const kinds = Object.keys(damages);
/** What a file that is not there looks like: nobody misses a cached copy, a link to a key or a change is none. */
const absent = ['a dangling link'];

describe.skipIf(!available('openssl'))('G24 damaged files', () => {
  let place: Place;
  let states: States;
  const at = (...parts: readonly string[]) => join(place.home.trustDir, ...parts);
  const metadata = (role: string) => at('tuf', gun, 'metadata', `${role}.json`);

  beforeAll(async () => {
    place = await openPlace();
    await furnish(place);
    states = await makeStates(place);
  });
  afterAll(() => place.close());

  function damage(path: string, kind: string): void {
    damages[kind]?.(path);
  }

  /** The output of a run, which took no longer than it should and told no secrets of the program. */
  async function run(...words: readonly string[]) {
    const { status, stdout, stderr } = await place.run(words);
    const output = stdout + stderr;
    expect(output).not.toMatch(/internal error|^ +at /m);
    return { status, stdout, output };
  }

  async function honest(): Promise<string> {
    await place.restore(states.published);
    const { status, stdout } = await run('list', gun);
    expect(status).toBe(0);
    return stdout;
  }

  describe('G24 cached metadata that the server can give back', () => {
    const roles = ['targets', 'snapshot', 'timestamp', 'targets/releases'];
    it.each(roles.flatMap((role) => kinds.map((kind) => [role, kind] as const)))(
      'the cached file of %s with %s is healed, and named',
      async (role, kind) => {
        const expected = await honest();
        damage(metadata(role), kind);
        const { status, stdout, output } = await run('list', gun);
        expect({ status, stdout }, output).toEqual({
          status: 0,
          stdout: expected,
        });
        if (!absent.includes(kind)) expect(output).toContain(metadata(role));
        if (kind === 'a folder with a file') {
          expect(readdirSync(metadata(role))).toEqual(['mine']);
          expect(output).toContain('code=CACHE_UNWRITABLE');
          return;
        }
        expect(place.look().faults).toEqual([]);
        expect(await run('list', gun)).toMatchObject({
          status: 0,
          output: expected,
        });
      },
    );

    it.each(roles.flatMap((role) => kinds.map((kind) => [role, kind] as const)))(
      'the cached file of %s with %s is named when the server cannot give it back',
      async (role, kind) => {
        await honest();
        damage(metadata(role), kind);
        const { status, output } = await run('list', gun, '-s', 'https://localhost:1');
        expect(status, output).toBe(1);
        expect(output).toContain('* fatal: ');
        if (!absent.includes(kind)) expect(output).toContain(metadata(role));
        // Nothing is worse afterwards.
        expect(await run('list', gun)).toMatchObject({ status: 0 });
      },
    );
  });

  describe('G24 a root, which is what all trust hangs on', () => {
    const commands = [['list'], ['publish'], ['lookup', 'v1'], ['delegation', 'list']];
    it.each(kinds.filter((kind) => !absent.includes(kind)))(
      'a cached root with %s is refused by name and never replaced',
      async (kind) => {
        await honest();
        const shown = await run('anchor', 'show', gun, '--format', 'fingerprint');
        const fingerprint = /^[0-9a-f]{64}$/m.exec(shown.output)?.[0] ?? '';
        damage(metadata('root'), kind);
        const before = lstatSync(metadata('root'));
        for (const words of commands) {
          const [command = '', ...rest] = words;
          const line = command === 'delegation' ? [...words, gun] : [command, gun, ...rest];
          const { status, output } = await run(...line);
          expect(status, `${line.join(' ')}\n${output}`).toBe(1);
          expect(output).toContain(metadata('root'));
          expect(output).toContain('tsnotary anchor refresh');
          const { ino, size, mtimeMs } = lstatSync(metadata('root'));
          expect({ ino, size, mtimeMs }).toEqual({
            ...{ ino: before.ino, size: before.size, mtimeMs: before.mtimeMs },
          });
        }
        // The advice helps; what lies in a directory is not thrown away.
        const refreshed = await run('anchor', 'refresh', gun, fingerprint);
        expect(refreshed.status, refreshed.output).toBe(kind === 'a folder with a file' ? 1 : 0);
        if (refreshed.status === 1) expect(await run('delete', gun)).toMatchObject({ status: 0 });
        expect(await run('list', gun)).toMatchObject({ status: 0 });
        expect(place.look()).toMatchObject({ faults: [], leftovers: [] });
      },
    );
  });

  describe('G24 a collection that was never published', () => {
    it.each(
      ['root', 'targets', 'snapshot'].flatMap((role) =>
        kinds.filter((kind) => !absent.includes(kind)).map((kind) => [role, kind] as const),
      ),
    )('the local %s of an unpublished collection with %s is named, or made again', async (role, kind) => {
      await place.restore(states.initialized);
      damage(metadata(role), kind);
      const { status, output } = await run('publish', gun);
      if (status === 0) {
        expect(role).toBe('snapshot');
        expect(await run('list', gun)).toMatchObject({ status: 0 });
      } else {
        expect(output).toContain(metadata(role));
        expect(place.look().changes).toHaveLength(1);
        expect(await place.publishedKeys(gun, 'root')).toEqual([]);
      }
    });
  });

  describe('G24 a staged change', () => {
    const changes = () => readdirSync(at('tuf', gun, 'changelist')).sort();
    it.each(kinds.filter((kind) => !/link to itself|dangling/.test(kind)))(
      'a staged change with %s stops nothing but publish, which says how to remove it',
      async (kind) => {
        await honest();
        const [first = ''] = changes();
        const path = at('tuf', gun, 'changelist', first);
        damage(path, kind);
        const requests = place.server.requests.length;
        const status = await run('status', gun);
        expect(status.status).toBe(0);
        expect(status.stdout).toContain('v3');
        expect(status.output).toContain(first);
        const publish = await run('publish', gun);
        if (publish.status === 0) {
          // Not a file, so not a change: named and left alone.
          expect(publish.output).toContain(`not a change file, ignored: ${path}`);
          expect((await run('list', gun)).stdout).toContain('v3');
          return;
        }
        expect(publish.output).toContain(first);
        expect(publish.output).toMatch(/reset (\S+ )?-n 0/);
        expect(place.server.requests.slice(requests).filter(({ method }) => method !== 'GET')).toEqual([]);
        expect(await run('reset', gun, '-n', '0')).toMatchObject({ status: 0 });
        expect(existsSync(path)).toBe(false);
        expect(await run('publish', gun)).toMatchObject({ status: 0 });
        expect((await run('list', gun)).stdout).toContain('v3');
      },
    );

    it.each(['note.txt', '.hidden', 'x.change.bak', 'CHANGE', '.x.change.swp'])(
      'the file %s is not taken for a staged change: it is ignored with a warning',
      async (name) => {
        await honest();
        const path = at('tuf', gun, 'changelist', name);
        writeFileSync(path, 'mine', { mode: 0o600 });
        const { status, output } = await run('publish', gun);
        expect({
          status,
          named: output.includes(`not a change file, ignored: ${path}`),
        }).toEqual({
          ...{ status: 0, named: true },
        });
        expect(readFileSync(path, 'utf8')).toBe('mine');
      },
    );
  });

  describe('G24 a private key file', () => {
    it.each(kinds)('a private key file with %s blocks no other key', async (kind) => {
      await honest();
      const path = at('private', `${states.openKey}.key`);
      damage(path, kind);
      const { status, output } = await run('key', 'list');
      expect(status, output).toBe(0);
      expect(output).toContain(states.delegateKey);
      if (!kind.includes('link')) expect(output).toContain(path);
      expect(await run('publish', gun)).toMatchObject({ status: 0 });
      const export_ = await run('key', 'export');
      expect(export_.status, export_.output).toBe(0);
      expect(export_.output.match(/-----BEGIN/g)?.length).toBeGreaterThanOrEqual(4);
    });

    it.each(kinds)('a private key file with %s that is needed is named', async (kind) => {
      await honest();
      const [targetsKey = ''] = await place.publishedKeys(gun, 'targets');
      const path = at('private', `${targetsKey}.key`);
      damage(path, kind);
      const { status, output } = await run('publish', gun);
      expect(status).toBe(1);
      expect(output).toContain(kind.includes('link') ? targetsKey.slice(0, 7) : path);
      expect(place.look().changes).toHaveLength(2);
    });
  });

  describe('G24 the configuration', () => {
    const config = () => join(place.home.folder, '.notary/config.json');
    it.each(kinds)('the configuration with %s is named', async (kind) => {
      await honest();
      const good = readFileSync(config());
      damage(config(), kind);
      try {
        const { status, output } = await run('list', gun);
        // Whoever has no configuration has the usual one, with another server.
        expect(status, output).toBe(1);
        if (!absent.includes(kind)) expect(output).toContain(config());
      } finally {
        rmSync(config(), { recursive: true, force: true });
        writeFileSync(config(), good);
      }
    });
  });
});
