/**
 * Commands are killed at random moments of their run, as often as `TSNOTARY_KILLS` says (README.md tells what
 * the plain run does). What the disk holds then is the state before the command, or after it, or one that the
 * same command brings to its end.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available } from '../support/genuine/programs.ts';
import { seededRandom } from '../support/memory-ports.ts';
import { openPlace, type Place } from './place.ts';
import { both, furnish, gun, leftAfter, makeStates, type Scene, type States, scenes } from './scenes.ts';

const kills = Number(process.env['TSNOTARY_KILLS'] ?? 100);
const seed = process.env['TSNOTARY_SEED'] ?? 'kills';
const killed = [
  ...['init', 'add', 'delegation add', 'reset', 'publish', 'delete'],
  ...['key generate', 'key import', 'key passwd', 'key rotate targets', 'renew'],
];

/** Milliseconds for one scene, on a machine that does other things too. */
const patience = Math.max(600_000, kills * 2000);

describe.skipIf(!available('openssl'))(
  `G22 kill -9 at ${String(kills)} random moments (seed ${seed})`,
  () => {
    let places: readonly Place[] = [];
    let states: States;
    const counts: string[] = [];

    beforeAll(async () => {
      const [first, second] = [await openPlace(), await openPlace()];
      places = [first, second];
      for (const place of places) await furnish(place);
      states = await makeStates(first);
    });
    afterAll(async () => {
      console.log(`Commands that were killed:\n${counts.join('\n')}`);
      for (const place of places) await place.close();
    });

    /** Runs a scene as a child, killed after so many milliseconds. Answers what became of it. */
    async function killedRun(place: Place, scene: Scene, killAfter: number) {
      await place.restore(states[scene.state]);
      const before = {
        keyIds: place.look().keyIds,
        content: place.fingerprint(),
      };
      const words = scene.words(states);
      const input = scene.input === undefined ? '' : `${scene.input}\n`;
      const started = performance.now();
      const child = await place.child(words, { killAfter, input });
      const context = `${scene.name} killed after ${killAfter.toFixed(1)} ms\n${child.stdout}${child.stderr}`;
      const { faults, keyIds } = place.look();
      expect(faults, context).toEqual([]);
      const lost = before.keyIds.filter((id) => !keyIds.includes(id));
      if (scene.takes === undefined) expect(lost, context).toEqual([]);
      for (const role of ['targets', 'snapshot']) {
        const [id] = await place.publishedKeys(gun, role);
        if (id !== undefined) expect(keyIds, `${role} key\n${context}`).toContain(id);
      }
      if (child.signal === null) {
        expect(child.status, context).toBe(0);
        return { outcome: 'done', took: performance.now() - started };
      }
      // What the state before comes to is known.
      if (place.fingerprint() === before.content) return { outcome: 'untouched', took: undefined };
      const again = await place.run(words, scene.input === undefined ? [] : [scene.input]);
      const told = `${context}\nagain:\n${again.stdout}${again.stderr}`;
      if (again.status !== 0) expect(again.stdout + again.stderr, told).toMatch(scene.doneAlready ?? /never/);
      await scene.done(place, states);
      const after = await leftAfter(place, scene);
      expect([after.faults, after.leftovers], context).toEqual([[], []]);
      return { outcome: 'begun', took: undefined };
    }

    it.each(scenes.filter(({ name }) => killed.includes(name)))(
      'a kill at a random moment harms nothing: $name',
      async (scene) => {
        const random = seededRandom(`${seed}/${scene.name}`);
        const outcomes = new Map<string, number>();
        const durations: number[] = [];
        let left = kills;
        const work = async (place: Place) => {
          const uninterrupted = await killedRun(place, scene, 60_000);
          durations.push(uninterrupted.took ?? 0);
          while (left-- > 0) {
            const share = Buffer.from(random(4)).readUInt32LE() / 2 ** 32;
            const longest =
              durations.slice(-3).reduce((sum, took) => sum + took, 0) / Math.min(durations.length, 3);
            const { outcome, took } = await killedRun(place, scene, share * longest);
            if (took !== undefined) durations.push(took);
            outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          }
        };
        await both(places.map(work));
        counts.push(
          `${scene.name}: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`,
        );
        expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(kills);
      },
      patience,
    );
  },
);
