/** Rotations whose upload goes wrong: no key is lost, none is left over, and the next run goes on. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { update } from '../../../src/client/update/update.ts';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { isNotaryError, NotaryError } from '../../../src/errors.ts';
import { baseRole } from '../../../src/metadata/root.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { type MemoryClock, memoryClock } from '../../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../../support/memory-server.ts';
import { failureOf } from '../../support/refusal.ts';
import { faultyWay, uploadFaults } from './faults.ts';

let clock: MemoryClock;
let server: MemoryServer;
let way: ReturnType<typeof faultyWay>;
let owner: Actor;

beforeEach(() => {
  clock = memoryClock();
  server = memoryServer({ clock });
  way = faultyWay(server);
  owner = actor(way, clock);
});

const reader = () => actor(server, clock);
const storedKeys = async (role: string) => (await owner.cryptoService.list(role)).map(({ keyId }) => keyId);

async function publishedKey(role: string): Promise<string> {
  const { root } = await update(reader());
  const [key] = baseRole(root.content, role).keys.values();
  if (key === undefined) throw new Error(`${role} has no key`);
  return canonicalKeyId(key);
}

const rotations = [
  { role: 'targets', serverManaged: false },
  { role: 'snapshot', serverManaged: false },
  { role: 'snapshot', serverManaged: true },
  { role: 'timestamp', serverManaged: true },
  { role: 'root', serverManaged: false },
] as const;

const named = ['status 400 without a body', 'status 404', 'status 503', 'status 413', 'status 301'];
const faults = uploadFaults.filter(
  ({ name, taken }) => taken || named.includes(name) || name.includes('connection'),
);

describe.each(rotations)(
  'G18 a rotation of $role, key on the server: $serverManaged,',
  ({ role, serverManaged }) => {
    it.each(faults)('a rotation that meets $name keeps every key, and comes about once', async (fault) => {
      await team.publishTarget(owner, 'v1');
      const former = await publishedKey(role);
      const rootVersion = (await team.served(reader(), 'root')).version as number;
      way.fault = fault;
      const rotating = team.rotate(owner, role, { serverManaged });
      if (fault.taken) {
        await rotating;
      } else {
        await expect(rotating).rejects.toBeInstanceOf(NotaryError);
        expect(await publishedKey(role)).toBe(former);
        if (role !== 'timestamp') expect(await storedKeys(role)).toContain(former);
        await team.publishTarget(owner, 'in between');
        await team.rotate(owner, role, { serverManaged });
      }
      const present = await publishedKey(role);
      expect(present).not.toBe(former);
      expect((await team.served(reader(), 'root')).version).toBe(rootVersion + 1);
      expect(owner.journal.records.size).toBe(0);
      const left = role === 'root' ? [former, present].sort() : serverManaged ? [] : [present];
      expect(await storedKeys(role)).toEqual(left);
      await team.publishTarget(owner, 'v2');
      expect(await team.listing(reader())).toContain('v2: targets');
    });
  },
);

/** The server takes the rotation and goes away before it can say so or be asked. */
async function takenAndGone(role: string, serverManaged = false): Promise<void> {
  way.fault = {
    name: 'gone',
    taken: true,
    meet: async (upload) => {
      await upload();
      server.offline = true;
      throw new NotaryError('NETWORK', 'POST: connection reset by peer');
    },
  };
  await expect(team.rotate(owner, role, { serverManaged })).rejects.toMatchObject({
    code: 'NETWORK',
    details: { role, published: 'unknown' },
  });
  server.offline = false;
}

describe('G18 a rotation that the server took without our knowing', () => {
  it.each(['targets', 'snapshot'])(
    'a rotation of %s that the server took without an answer keeps both keys, and the next run finishes it',
    async (role) => {
      await publish(owner);
      const former = await publishedKey(role);
      await takenAndGone(role);
      expect((await storedKeys(role)).sort()).toEqual([former, await publishedKey(role)].sort());
      const version = (await team.served(reader(), 'root')).version;
      await team.rotate(team.restarted(owner), role);
      expect((await team.served(reader(), 'root')).version).toBe(version);
      expect(await storedKeys(role)).toEqual([await publishedKey(role)]);
      expect(owner.log.records.at(-1)).toMatchObject({ code: 'ROTATION_RESUMED' });
      expect(owner.journal.records.size).toBe(0);
    },
  );

  it('a rotation of the snapshot key to the server that was taken without an answer removes the former key here with the next run', async () => {
    await publish(owner);
    await takenAndGone('snapshot', true);
    expect(await storedKeys('snapshot')).toHaveLength(1);
    await team.rotate(team.restarted(owner), 'snapshot', { serverManaged: true });
    expect(await storedKeys('snapshot')).toEqual([]);
  });

  it('a rotation that the server took without an answer is finished before another one of the same role that is not the same', async () => {
    await publish(owner);
    await takenAndGone('targets');
    const between = await publishedKey('targets');
    const brought = generateEcdsaKey();
    await owner.cryptoService.add(brought, 'targets', owner.gun);
    await team.rotate(team.restarted(owner), 'targets', { newKeyIds: [brought.keyId] });
    expect(await publishedKey('targets')).toBe(brought.keyId);
    expect(await storedKeys('targets')).toEqual([brought.keyId]);
    expect(between).not.toBe(brought.keyId);
  });

  it('a rotation that the server took without an answer does not hinder publishing in between', async () => {
    await publish(owner);
    await takenAndGone('targets');
    await team.publishTarget(team.restarted(owner), 'v1');
    await team.rotate(team.restarted(owner), 'targets');
    await team.publishTarget(team.restarted(owner), 'v2');
    expect(await team.listing(reader())).toEqual(['v1: targets', 'v2: targets']);
    expect(await storedKeys('targets')).toHaveLength(1);
  });
});

describe('G18 the record of a rotation', () => {
  it('the record of a rotation names keys by their IDs only, and is there before anything is sent', async () => {
    await publish(owner);
    const seen: string[] = [];
    way.fault = {
      name: 'looking',
      taken: false,
      meet: async () => {
        seen.push(Buffer.from(owner.journal.records.get('targets') ?? []).toString());
        throw new NotaryError('NETWORK', 'reset');
      },
    };
    const former = await publishedKey('targets');
    await expect(team.rotate(owner, 'targets')).rejects.toBeInstanceOf(NotaryError);
    const made = (await storedKeys('targets')).filter((id) => id !== former);
    expect(seen).toEqual([
      `{"role":"targets","origin":"made","newKeys":["${made[0] ?? ''}"],"oldKeys":["${former}"],"rootVersion":1,"at":"2026-03-01T12:00:00Z"}`,
    ]);
  });

  it.each(['', '{', 'null', '{"role":"targets"}', '{"origin":"x","newKeys":[],"oldKeys":[]}'])(
    'the record of a rotation that reads %j is an error that names the file, and touches no key',
    async (text) => {
      await publish(owner);
      const before = await storedKeys('targets');
      owner.journal.records.set('targets', Buffer.from(text));
      const failure = await failureOf(team.rotate(owner, 'targets'));
      expect(isNotaryError(failure) && failure.message).toContain('memory:journal/targets');
      expect(await storedKeys('targets')).toEqual(before);
    },
  );

  it('the record of a rotation that cannot be written stops the rotation before anything is sent, and the new key goes', async () => {
    await publish(owner);
    const before = await storedKeys('targets');
    const full: Actor = {
      ...owner,
      journal: {
        ...owner.journal,
        write: async () => Promise.reject(new NotaryError('FILE_UNWRITABLE', 'no space left on device')),
      },
    };
    const { uploads } = way;
    await expect(team.rotate(full, 'targets')).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
    expect(way.uploads).toBe(uploads);
    expect(await storedKeys('targets')).toEqual(before);
  });

  it('the record of a rotation stays when the former key cannot be removed, and says that the server has the new one', async () => {
    await publish(owner);
    let full = true;
    const stuck: Actor = {
      ...owner,
      cryptoService: {
        ...owner.cryptoService,
        remove: async (id, only) => {
          if (full) throw new NotaryError('FILE_UNWRITABLE', `remove ${id}: read-only file system`);
          return owner.cryptoService.remove(id, only);
        },
      },
    };
    await expect(team.rotate(stuck, 'targets')).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
      details: { published: 'yes' },
    });
    full = false;
    await team.rotate(stuck, 'targets');
    expect(await storedKeys('targets')).toEqual([await publishedKey('targets')]);
  });
});
