/** Readers whose clock is wrong, by seconds or by years: what has ended is refused and the error says which clock said so. */

import { describe, expect, it } from 'vitest';
import { update } from '../../src/client/update/update.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { days, epoch, memoryClock } from '../support/memory-ports.ts';
import { outcomeOf } from '../support/refusal.ts';
import { refusingUnreadable } from '../support/unreadable.ts';

const delegations = ['targets/a'];
/** When each file ends, in days from now; the root certificate lasts ten years. */
const ends = new Map([
  ['timestamp', 14],
  ['snapshot', 1095],
  ['targets', 1095],
  ['targets/a', 1000],
  ['root', 3650],
]);
const second = 1000;

const text = (date: Date) => date.toISOString().replace('.000Z', 'Z');
const endOf = (role: string) => new Date(epoch.getTime() + days(ends.get(role) ?? 0));

const lasting = new ForgedCollection({ delegations });
for (const role of ['root', 'targets', 'targets/a', 'snapshot', 'timestamp']) {
  lasting.edit(role, ['expires'], text(endOf(role)));
}
lasting.settle();

/** A reader with a cache or without, whose clock is this many milliseconds off. */
async function off(milliseconds: number, cached: boolean): Promise<Actor> {
  const clock = memoryClock();
  const reader = actor(lasting.server, clock, forgedGun);
  if (cached) await update(reader);
  clock.advance(milliseconds);
  return reader;
}

describe('G26 a clock that is off', () => {
  const shifts: readonly (readonly [shift: number, ends: string | undefined])[] = [
    [-days(4000), 'ROOT_VALIDATION'],
    [-days(365), 'ROOT_VALIDATION'],
    [-days(2), 'ROOT_VALIDATION'],
    // A certificate may be from tomorrow (Notary 0.7.0).
    [-days(1), undefined],
    [0, undefined],
    [days(1), undefined],
    [days(13), undefined],
    [days(14), undefined],
    [days(14) + second, 'timestamp'],
    [days(15), 'timestamp'],
    [days(400), 'timestamp'],
    [days(1095) + second, 'timestamp'],
    [days(3600), 'timestamp'],
    [days(4000), 'ROOT_VALIDATION'],
  ];
  const cases = shifts.flatMap(([shift, end]) =>
    [false, true].map(
      (cached) =>
        [
          `${shift / days(1)} days, ${cached ? 'with' : 'without'} a cache: ${end ?? 'believed'}`,
          shift,
          end,
          cached,
        ] as const,
    ),
  );

  it.each(cases)('a clock that is off gives the expected outcome: %s', async (_, shift, end, cached) => {
    const reader = await off(shift, cached);
    const held = new Map(reader.cache.files);
    const error = await outcomeOf(update(reader));
    if (end === undefined) {
      expect(error).toBeUndefined();
      return;
    }
    if (error === undefined) throw new Error('it did not fail');
    expect(error.details['gun']).toBe(forgedGun);
    if (end === 'ROOT_VALIDATION') {
      expect(error.code).toBe('ROOT_VALIDATION');
    } else {
      expect(error).toMatchObject({
        code: 'EXPIRED',
        details: { role: end, expires: text(endOf(end)), now: text(reader.clock.now()) },
      });
      expect(error.message).toMatch(new RegExp(`^${end} expired at `));
      expect(error.hint).toContain(`The clock of this machine says ${text(reader.clock.now())}; check it`);
    }
    expect([...reader.cache.files.keys()].every((role) => role === 'root' || held.has(role))).toBe(true);
    // The right time makes all well.
    reader.clock.set(epoch);
    await update(reader);
  });
});

describe('G26 the end of each file', () => {
  const roles = ['root', 'timestamp', 'snapshot', 'targets', 'targets/a'];
  const forms: readonly (readonly [form: string, of: (date: Date) => string])[] = [
    ['in UTC', text],
    ['with a fraction', (date) => text(date).replace('Z', '.999999999Z')],
    [
      'with an offset ahead',
      (date) => `${text(new Date(date.getTime() + 2 * 3_600_000)).replace('Z', '')}+02:00`,
    ],
    [
      'with an offset behind',
      (date) => `${text(new Date(date.getTime() - 9.5 * 3_600_000)).replace('Z', '')}-09:30`,
    ],
  ];
  const cases = roles.flatMap((role) => forms.map(([form, of]) => [role, form, of] as const));

  it.each(cases)('the end of %s is kept to the second when it is written %s', async (role, _, of) => {
    const collection = new ForgedCollection({ delegations });
    const end = new Date(epoch.getTime() + days(5));
    collection.edit(role, ['expires'], of(end));
    if (role !== 'timestamp') collection.settle();
    const clock = memoryClock();
    const reader = actor(collection.server, clock, forgedGun);
    clock.set(end);
    expect((await update(reader)).targets.has('targets/a')).toBe(true);
    clock.advance(second);
    reader.cache.files.clear();
    if (role === 'targets/a') {
      expect((await update(reader)).targets.has('targets/a')).toBe(false);
      expect(reader.log.messages('warn')).toContainEqual(
        expect.stringMatching(/^Error getting targets\/a: targets\/a expired at /),
      );
    } else {
      await expect(update(reader)).rejects.toMatchObject({ code: 'EXPIRED', details: { role } });
    }
  });

  const unreadable = [
    '',
    'never',
    'tomorrow',
    '2049',
    '2049-01-01',
    '2049-01-01T00:00:00',
    '2049-02-30T00:00:00Z',
    '2049-13-01T00:00:00Z',
    '2049-01-01T24:00:00Z',
    '2049-01-01T00:00:61Z',
    '2049-01-01 00:00:00Z',
    '2049-01-01T00:00:00z',
    '2049-01-01T00:00:00+0000',
    '+2049-01-01T00:00:00Z',
    '99999-01-01T00:00:00Z',
    'Thu, 01 Jan 2049 00:00:00 GMT',
    '2493072000',
    '2049-01-01T00:00:00Z ',
    '２０４９-01-01T00:00:00Z',
  ];

  it.each(unreadable.flatMap((time) => roles.map((role) => [role, time] as const)))(
    'the end of %s is refused when it is written %j',
    async (role, time) => {
      const collection = new ForgedCollection({ delegations });
      collection.edit(role, ['expires'], time);
      if (role !== 'timestamp') collection.settle();
      const reader = actor(collection.server, memoryClock(), forgedGun);
      await expect(update(refusingUnreadable(reader))).rejects.toMatchObject({
        code: 'MALFORMED_TIME',
        details: { role, gun: forgedGun },
      });
      expect(reader.cache.files.has(role)).toBe(false);
    },
  );
});
