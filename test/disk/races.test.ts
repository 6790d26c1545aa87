/** Several processes in one trust directory at one time. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, repository, run } from '../support/genuine/programs.ts';
import { adopt } from '../support/genuine/scratch.ts';
import { openPlace, type Place } from './place.ts';
import { furnish, gun, makeStates, type States } from './scenes.ts';
import { inspect } from './whole-trust-dir.ts';

interface Runner {
  readonly ready: Promise<void>;
  readonly start: () => void;
  readonly ended: Promise<{
    readonly status: number | null;
    readonly stderr: string;
  }>;
}

/** A process of `stage-many.ts` that waits for its start. */
function runner(...words: readonly string[]): Runner {
  const program = [join(repository, 'scripts/run-ts.mjs'), join(import.meta.dirname, 'stage-many.ts')];
  const child: ChildProcess = spawn(process.execPath, [...program, ...words], {
    timeout: 60_000,
  });
  adopt(child);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ status: number | null; stderr: string }>((resolve) => {
    child.once('close', (status) => resolve({ status, stderr }));
  });
  const ready = new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
  return {
    ready: Promise.race([ready, ended.then(() => undefined)]),
    ended,
    start: () => child.stdin?.write('go\n'),
  };
}

async function race(runners: readonly Runner[]): Promise<void> {
  for (const { ready } of runners) await ready;
  for (const { start } of runners) start();
  for (const { ended } of runners) expect(await ended).toEqual({ status: 0, stderr: '' });
}

describe.skipIf(!available('openssl'))('G25 several processes at one time', () => {
  let place: Place;
  let states: States;

  beforeAll(async () => {
    place = await openPlace();
    await furnish(place);
    states = await makeStates(place);
  });
  afterAll(() => place.close());

  async function staged(): Promise<readonly string[]> {
    const { changes } = await place.json<{
      readonly changes: readonly { readonly path: string }[];
    }>(['status', gun]);
    return changes.map(({ path }) => path);
  }

  it('several processes stage 200 changes each, of which none is lost and each keeps its order', async () => {
    await place.restore(states.empty);
    const { trustDir } = place.home;
    await race(['left', 'right'].map((side) => runner('stage', trustDir, gun, '200', side)));
    const paths = await staged();
    expect(paths).toHaveLength(400);
    for (const side of ['left', 'right']) {
      const own = paths.filter((path) => path.startsWith(side));
      expect(own).toEqual(Array.from({ length: 200 }, (_, number) => `${side}-${number}`));
    }
    expect(place.look()).toMatchObject({ faults: [], leftovers: [] });
  });

  it.skipIf(!available('notary'))('tsnotary and the genuine client stage beside each other', async () => {
    await place.restore(states.empty);
    const ours = runner('stage', place.home.trustDir, gun, '200', 'ours');
    await ours.ready;
    const theirs = async () => {
      for (let number = 0; number < 20; number++)
        await place.home.notary('add', gun, `theirs-${number}`, 'payload');
    };
    const adding = theirs();
    await race([ours]);
    await adding;
    const paths = await staged();
    expect(paths.filter((path) => path.startsWith('ours'))).toHaveLength(200);
    expect(paths.filter((path) => path.startsWith('theirs'))).toHaveLength(20);
    const listed = await run('notary', ['status', gun], {
      env: place.home.env,
      cwd: place.home.work,
    });
    expect(listed.stdout.match(/ (ours|theirs)-\d+/g)).toHaveLength(220);
  });

  it('several processes make 20 keys, each of which is whole', async () => {
    await place.restore(states.empty);
    await race([0, 1].map(() => runner('keys', place.home.trustDir, '10')));
    const { faults, leftovers, keyIds } = inspect(place.home.trustDir, {
      passphrases: ['passphrase'],
    });
    expect({ faults, leftovers, keys: new Set(keyIds).size }).toEqual({
      faults: [],
      leftovers: [],
      keys: 20,
    });
    expect((await place.json<{ readonly keys: unknown[] }>(['key', 'list'])).keys).toHaveLength(20);
  });

  it('several processes make 6 keys by the program itself', async () => {
    await place.restore(states.empty);
    const generate = () => place.child(['key', 'generate', '-r', 'user']);
    for (let pair = 0; pair < 3; pair++) {
      const ended = await Promise.all([generate(), generate()]);
      expect(ended.map(({ status }) => status)).toEqual([0, 0]);
    }
    expect(place.look()).toMatchObject({ faults: [], leftovers: [] });
    expect(place.look().keyIds).toHaveLength(6);
  });

  it('several processes import one key over and over, and its file is whole at every moment', async () => {
    await place.restore(states.published);
    const [id = ''] = place.look().keyIds;
    const progress = { reading: true };
    const read = async () => {
      while (progress.reading) {
        await new Promise((resolve) => void setImmediate(resolve));
        expect(place.look().faults).toEqual([]);
        expect(place.look().keyIds).toContain(id);
      }
    };
    const write = async () => {
      for (let round = 0; round < 4; round++) await place.child(['key', 'passwd', states.openKey]);
      progress.reading = false;
    };
    await Promise.all([read(), write()]);
  });

  describe('G19 staging while a publish runs', () => {
    const rounds = 20;
    it(`staging while a publish runs loses nothing in ${rounds} rounds`, async () => {
      await place.restore(states.published);
      const added: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const progress = { running: true };
        const publishing = place.child(['publish', gun]).then((ended) => {
          progress.running = false;
          return ended;
        });
        for (let number = 0; progress.running && number < 12; number++) {
          const name = `r${round}-${number}`;
          expect(await place.run(['add', gun, name, 'payload'])).toMatchObject({ status: 0 });
          added.push(name);
          await new Promise((resolve) => void setTimeout(resolve, 10));
        }
        const { status, stdout, stderr } = await publishing;
        expect(status, stdout + stderr).toBe(0);
      }
      expect(added.length).toBeGreaterThanOrEqual(rounds * 2);
      const waiting = await staged();
      const { targets } = await place.json<{
        readonly targets: readonly { readonly name: string }[];
      }>(['list', gun]);
      const there = new Set([...waiting, ...targets.map(({ name }) => name)]);
      expect(added.filter((name) => !there.has(name))).toEqual([]);
      // Nothing is staged any more that has been published.
      expect(waiting.filter((path) => targets.some(({ name }) => name === path))).toEqual([]);
      expect(await place.run(['publish', gun])).toMatchObject({ status: 0 });
      expect(readdirSync(join(place.home.trustDir, 'tuf', gun, 'changelist'))).toEqual([]);
      expect(place.look()).toMatchObject({ faults: [], leftovers: [] });
    });
  });
});
