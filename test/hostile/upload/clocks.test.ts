/** Clocks that are wrong: nothing is signed by one that what is published shows to be behind. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { days, epoch, type MemoryClock, memoryClock } from '../../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../../support/memory-server.ts';
import { failureOf } from '../../support/refusal.ts';

let serverClock: MemoryClock;
let server: MemoryServer;
let clock: MemoryClock;
let owner: Actor;

beforeEach(async () => {
  serverClock = memoryClock(made);
  server = memoryServer({ clock: serverClock });
  clock = memoryClock(made);
  owner = actor(server, clock);
  await publish(owner);
  serverClock.set(epoch);
  clock.set(epoch);
  await team.publishTarget(owner, 'v1');
  await team.stageTarget(owner, 'v2');
});

/** The collection was made years before the day of the tests. */
const made = new Date(epoch.getTime() - days(1000));

const shifted = (count: number) => clock.set(new Date(epoch.getTime() + days(count)));

describe('G26 publishing with a clock', () => {
  it.each([-990, -365, -30, -15, -2])(
    'publishing with a clock %i days off is refused, and what is staged stays',
    async (count) => {
      shifted(count);
      const before = await team.served(actor(server, serverClock), 'targets');
      const failure = await failureOf(publish(owner));
      expect(failure.code).toBe('CLOCK_BEHIND');
      expect(failure.message).toContain(new Date(epoch.getTime() + days(count)).toISOString().slice(0, 19));
      expect(failure.message).toContain('2026-03-01T12:00:00');
      expect(failure.hint).toContain('Set the clock');
      expect(owner.changelist.changes.size).toBe(1);
      expect((await team.served(actor(server, serverClock), 'targets')).version).toBe(before.version);
    },
  );

  it.each([-0.9, -0.01, 0, 0.5, 2, 13])(
    'publishing with a clock %d days off is not refused',
    async (count) => {
      shifted(count);
      await publish(owner);
      expect(await team.listing(actor(server, serverClock))).toEqual(['v1: targets', 'v2: targets']);
    },
  );

  it.each([15, 1200, 2500])(
    'publishing with a clock %i days ahead is refused, with both times and the word to check the clock',
    async (count) => {
      shifted(count);
      const failure = await failureOf(publish(owner));
      expect(failure.code).toBe('EXPIRED');
      expect(failure.details['expires']).toMatch(/^20/);
      expect(failure.details['now']).toMatch(/^20/);
      expect(failure.hint).toMatch(/clock of this machine says .*; check it/);
      expect(owner.changelist.changes.size).toBe(1);
    },
  );

  it.each([-4000, -1100, 4000])(
    'publishing with a clock %i days off, when no root certificate is good, says so',
    async (count) => {
      shifted(count);
      const failure = await failureOf(publish(owner));
      expect(failure.code).toBe('ROOT_VALIDATION');
      expect(failure.hint).toMatch(
        /good from 2023-06-05T.* to 2033-06-02T.* clock of this machine says .*; check it/,
      );
      expect(owner.changelist.changes.size).toBe(1);
    },
  );

  it('a right clock is reported when the last signer was far ahead', async () => {
    shifted(12);
    await publish(owner);
    shifted(0);
    await team.publishTarget(owner, 'v3');
    const codes = owner.log.records.filter(({ level }) => level === 'warn').map(({ code }) => code);
    expect(codes).toContain('EXPIRY_SHORTENED');
    expect(await team.listing(actor(server, serverClock))).toHaveLength(3);
  });
});
