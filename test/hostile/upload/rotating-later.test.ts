/** Rotations that were begun and are met again later: by other commands, after other machines, after hours. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { update } from '../../../src/client/update/update.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { NotaryError } from '../../../src/errors.ts';
import { baseRole } from '../../../src/metadata/root.ts';
import { type Actor, actor, machine } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { type MemoryClock, memoryClock } from '../../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../../support/memory-server.ts';
import { faultyWay } from './faults.ts';

const hour = 60 * 60 * 1000;

let clock: MemoryClock;
let server: MemoryServer;
let way: ReturnType<typeof faultyWay>;
let owner: Actor;

beforeEach(async () => {
  clock = memoryClock();
  server = memoryServer({ clock });
  way = faultyWay(server);
  owner = actor(way, clock);
  await publish(owner);
});

const reader = () => actor(server, clock);
const storedKeys = async (role: string) => (await owner.cryptoService.list(role)).map(({ keyId }) => keyId);
const kept = () => owner.log.records.filter(({ code }) => code === 'KEY_KEPT');

async function publishedKey(role: string): Promise<string> {
  const { root } = await update(reader());
  const [key] = baseRole(root.content, role).keys.values();
  if (key === undefined) throw new Error(`${role} has no key`);
  return canonicalKeyId(key);
}

/** The upload gets lost on its way, or its answer does. */
async function interrupted(role: string, taken: boolean): Promise<void> {
  way.fault = {
    name: 'gone',
    taken,
    meet: async (upload) => {
      if (taken) await upload();
      server.offline = true;
      throw new NotaryError('NETWORK', 'POST: connection reset by peer');
    },
  };
  await expect(team.rotate(owner, role)).rejects.toMatchObject({ code: 'NETWORK' });
  server.offline = false;
}

/** Another machine of the owner, with the keys that are published. */
async function otherMachine(): Promise<Actor> {
  const other = actor(server, clock, owner.gun, machine());
  for (const [id, pem] of owner.keyStorage.files) other.keyStorage.files.set(id, pem);
  return other;
}

describe('G31 the record of a rotation that the server has taken', () => {
  it('the record of a rotation that the server has taken ends when a reading command sees it, and the next one rotates', async () => {
    await interrupted('targets', true);
    const first = await publishedKey('targets');
    await team.listing(team.restarted(owner));
    await team.rotate(team.restarted(owner), 'targets');
    const second = await publishedKey('targets');
    expect(second).not.toBe(first);
    expect(await storedKeys('targets')).toEqual([second]);
    expect(owner.journal.records.size).toBe(0);
  });

  it('the record of a rotation that the server has taken ends with the next publication, which deletes the replaced key', async () => {
    await interrupted('targets', true);
    await team.listing(team.restarted(owner));
    await team.publishTarget(team.restarted(owner), 'v1');
    expect(owner.journal.records.size).toBe(0);
    expect(await storedKeys('targets')).toEqual([await publishedKey('targets')]);
  });

  it('the record of a rotation that the server has taken fails no reader when it cannot be written', async () => {
    await interrupted('targets', true);
    const readOnly = new NotaryError('FILE_UNWRITABLE', 'read-only file system');
    const journal = { ...owner.journal, write: async () => Promise.reject(readOnly) };
    expect(await team.listing({ ...team.restarted(owner), journal })).toEqual([]);
  });

  it.each(['damaged', '{"role":"targets"}'])(
    'the record of a rotation fails no reader when it reads %j',
    async (text) => {
      owner.journal.records.set('targets', Buffer.from(text));
      expect(await team.listing(owner)).toEqual([]);
    },
  );

  it.each([
    [hour / 2, true],
    [2 * hour, false],
    [-2 * hour, false],
  ])(
    'the record of a rotation is what a repeated command means %s milliseconds later: %s',
    async (later, same) => {
      await interrupted('targets', true);
      const first = await publishedKey('targets');
      if (later > 0) clock.advance(later);
      else {
        const record = Buffer.from(owner.journal.records.get('targets') ?? []).toString();
        owner.journal.records.set(
          'targets',
          Buffer.from(record.replace(/"at":"[^"]+"/, '"at":"2026-03-01T14:00:00Z"')),
        );
      }
      await team.rotate(team.restarted(owner), 'targets');
      expect((await publishedKey('targets')) === first).toBe(same);
      expect(await storedKeys('targets')).toEqual([await publishedKey('targets')]);
    },
  );
});

describe('G31 a key that was made for a rotation and got lost on its way', () => {
  it('a key that was made for a rotation and got lost on its way is taken when no root has been published since', async () => {
    await interrupted('targets', false);
    const former = await publishedKey('targets');
    const [made] = (await storedKeys('targets')).filter((id) => id !== former);
    clock.advance(24 * hour);
    await team.rotate(team.restarted(owner), 'targets');
    expect(await publishedKey('targets')).toBe(made);
    expect(kept()).toEqual([]);
  });

  it('a key that was made for a rotation and got lost on its way is taken when the roots since have not listed it', async () => {
    await interrupted('targets', false);
    const former = await publishedKey('targets');
    const [made] = (await storedKeys('targets')).filter((id) => id !== former);
    const other = await otherMachine();
    await team.rotate(other, 'timestamp', { serverManaged: true });
    await team.rotate(other, 'timestamp', { serverManaged: true });
    await team.rotate(team.restarted(owner), 'targets');
    expect(await publishedKey('targets')).toBe(made);
  });

  it.each([
    ['another machine has retired it', {}],
    ['the server hides the root that listed it', { hidden: true }],
    ['the record is of an older version', { oldRecord: true }],
  ] as const)(
    'a key that was made for a rotation and got lost on its way is never taken when %s',
    async (_, { hidden = false, oldRecord = false }: { hidden?: boolean; oldRecord?: boolean }) => {
      await interrupted('targets', true);
      const made = await publishedKey('targets');
      const other = await otherMachine();
      await team.rotate(other, 'targets');
      if (hidden) server.override({ method: 'GET', path: '2.root.json', status: 404 });
      if (oldRecord) {
        const record = Buffer.from(owner.journal.records.get('targets') ?? []).toString();
        owner.journal.records.set('targets', Buffer.from(record.replace(/,"rootVersion.*/, '}')));
      }
      await team.rotate(team.restarted(owner), 'targets');
      expect(await publishedKey('targets')).not.toBe(made);
      expect(await storedKeys('targets')).toContain(made);
      expect(
        kept()
          .map(({ message }) => message)
          .join(),
      ).toContain(made);
      await team.publishTarget(team.restarted(owner), 'v1');
      expect(await team.listing(reader())).toEqual(['v1: targets']);
    },
  );
});
