/**
 * Every call with which a command changes the disk is made to go wrong, one at a time: the program is killed
 * there, killed in the middle of a write, writes less than it was asked to, or is told that the disk is full
 * or broken. Whatever happens, the trust directory holds what it held or what it should hold, the same
 * command then completes, and nothing is left lying about.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available } from '../support/genuine/programs.ts';
import { type ChildRun, type Fault, openPlace, type Place } from './place.ts';
import { both, furnish, gun, leftAfter, makeStates, type Scene, type States, scenes } from './scenes.ts';

/** Every scene, and every run a process of its own. */
const long = process.env['TSNOTARY_CRASHES'] === 'children';

/** Milliseconds for one scene, on a machine that does other things too. */
const patience = 600_000;

type Mode = 'kill' | 'half' | 'short' | 'ENOSPC' | 'EIO';
const reasons = { ENOSPC: 'no space left on device', EIO: 'input/output error' };

describe.skipIf(!available('openssl'))('G22 a crash at every change of the disk', () => {
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
    console.log(`Points at which commands were disturbed:\n${counts.join('\n')}`);
    for (const place of places) await place.close();
  });

  /** What ends the process needs one of its own; the rest is done in this one, unless asked otherwise. */
  function runDisturbed(place: Place, scene: Scene, fault: Fault): Promise<ChildRun> {
    const words = scene.words(states);
    const ends = fault.mode === 'kill' || fault.mode === 'half';
    if (long || ends) {
      return place.child(words, { fault, input: scene.input === undefined ? '' : `${scene.input}\n` });
    }
    return place.disturbed(words, fault, scene.input === undefined ? [] : [scene.input]);
  }

  /** The program under one disturbance, judged. Answers the call that was disturbed, if there was one. */
  async function disturbed(place: Place, scene: Scene, at: number, mode: Mode) {
    await place.restore(states[scene.state]);
    const before = place.look();
    const child = await runDisturbed(place, scene, { at, mode });
    const where = `${scene.name}, ${mode} at change ${at} of the disk, ${child.met ?? 'none'}`;
    const context = `${where}\n${child.stdout}${child.stderr}`;
    if (child.met === undefined) return undefined;
    judgeRun(child, mode, context);
    const after = place.look();
    expect(after.faults, context).toEqual([]);
    if (child.signal === null) {
      // What could not be removed is there still.
      const name = child.met.replace(/^\w+ \//, '');
      const begun = child.status === 0 ? keptBySuccess(child) : /\/\.(rotate-\w+|upload)\.json$/;
      expect(
        after.leftovers.filter((left) => left !== name && !begun.test(left)),
        context,
      ).toEqual([]);
    }
    await judgeKeys(place, scene, before.keyIds, context);
    await judgeSecondRun(place, scene, context);
    return child.met;
  }

  function judgeRun(child: ChildRun, mode: Mode, context: string): void {
    const written = child.met?.startsWith('write') === true;
    if (mode === 'kill' || (mode === 'half' && written)) expect(child.signal, context).toBe('SIGKILL');
    else if (mode === 'half' || mode === 'short') {
      expect(child, context).toMatchObject({ signal: null, status: 0 });
    } else {
      expect(child.signal, context).toBeNull();
      expect([0, 1], context).toContain(child.status);
      if (child.status === 1) expect(child.stdout + child.stderr, context).toContain(reasons[mode as 'EIO']);
      expect(child.stderr, context).not.toMatch(/internal error|^ +at /m);
    }
  }

  async function judgeKeys(place: Place, scene: Scene, before: readonly string[], context: string) {
    const { keyIds } = place.look();
    const takes = scene.takes?.(states) ?? [];
    const lost = before.filter((id) => !keyIds.includes(id));
    if (takes !== 'published ones')
      expect(
        lost.filter((id) => !takes.includes(id)),
        context,
      ).toEqual([]);
    for (const role of ['targets', 'snapshot']) {
      const [id] = await place.publishedKeys(gun, role);
      if (id !== undefined) expect(keyIds, `${role} key\n${context}`).toContain(id);
    }
  }

  async function judgeSecondRun(place: Place, scene: Scene, context: string) {
    const { status, stdout, stderr } = await place.run(
      scene.words(states),
      scene.input === undefined ? [] : [scene.input],
    );
    const again = `${context}\nagain:\n${stdout}${stderr}`;
    if (status !== 0) expect(stdout + stderr, again).toMatch(scene.doneAlready ?? /never/);
    await scene.done(place, states);
    const { faults, leftovers } = await leftAfter(place, scene);
    expect({ faults, leftovers }, again).toEqual({ faults: [], leftovers: [] });
  }

  /** Every point of one mode; answers the calls that were disturbed. */
  async function everyPoint(place: Place, scene: Scene, mode: Mode): Promise<string[]> {
    const met: string[] = [];
    for (;;) {
      const call = await disturbed(place, scene, met.length + 1, mode);
      if (call === undefined) return met;
      met.push(call);
    }
  }

  it.each(scenes.filter((scene) => long || scene.long !== true))(
    'a crash at any change of the disk leaves the old state or the new one: $name',
    async (scene) => {
      const [one, other] = places as [Place, Place];
      const [killed, failed] = await both([everyPoint(one, scene, 'kill'), everyPoint(other, scene, 'EIO')]);
      // The same calls come in the same order, whatever then happens at the n-th of them.
      expect(failed.map(withoutNames)).toEqual(killed.map(withoutNames));
      const pointsOf = (calls: RegExp) =>
        killed.flatMap((call, index) => (calls.test(call) ? [index + 1] : []));
      const [writes, growing] = [pointsOf(/^write/), pointsOf(/^(open|write|fsync|mkdir|rename|link)/)];
      const halves = async () => {
        for (const at of writes) expect(await disturbed(one, scene, at, 'half')).toMatch(/^write/);
      };
      const others = async () => {
        for (const at of writes) expect(await disturbed(other, scene, at, 'short')).toMatch(/^write/);
        for (const at of growing) expect(await disturbed(other, scene, at, 'ENOSPC')).toBeDefined();
      };
      await both([halves(), others()]);
      counts.push(
        `${scene.name}: ${killed.length} killed, ${writes.length} killed in a write, ${writes.length} short writes, ` +
          `${growing.length} on a full disk, ${failed.length} on a broken one`,
      );
      expect(killed.length).toBeGreaterThan(1);
    },
    patience,
  );
});

/**
 * What may stay beside a success: published changes that cannot be removed, or whose removal may not last, are
 * told from new ones by the record of their upload. The second run settles it.
 */
function keptBySuccess({ stderr, met = '' }: ChildRun): RegExp {
  const uncertain = stderr.includes('code=CHANGES_NOT_CLEARED') || /^fsync\w* .*\/changelist$/.test(met);
  return uncertain ? /\/\.upload\.json$/ : /never/;
}

function withoutNames(call: string): string {
  return call.replace(/\.[^/]*\.tmp$|[^/]*\.(change|key)$/, '');
}
