import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { type MemoryClock, memoryClock } from '../../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../../support/memory-server.ts';
import { outcomeOf } from '../../support/refusal.ts';
import { faultyWay, type UploadFault, uploadFaults } from './faults.ts';

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

interface Situation {
  readonly what: string;
  /** Prepares the collection and stages something. */
  readonly stage: () => Promise<void>;
  readonly expected: readonly string[];
}

const situations: readonly Situation[] = [
  {
    what: 'of a new collection',
    stage: () => team.stageTarget(owner, 'v1'),
    expected: ['v1: targets'],
  },
  {
    what: 'of a target by the owner',
    stage: async () => {
      await team.publishTarget(owner, 'v1');
      await team.stageTarget(owner, 'v2');
    },
    expected: ['v1: targets', 'v2: targets'],
  },
  {
    what: 'into a delegation with the snapshot signed by the server',
    stage: async () => {
      await publish(owner);
      await team.shareSnapshot(owner);
      await team.delegate(owner, 'targets/a', [await team.delegationKey(owner)]);
      await publish(owner);
      await team.stageTarget(owner, 'v1', 'targets/a');
    },
    expected: ['v1: targets/a'],
  },
];

describe.each(situations)('G17 an upload $what', ({ stage, expected }) => {
  it.each(uploadFaults)(
    'an upload that meets $name loses nothing and is published exactly once',
    async (fault) => {
      await stage();
      const staged = owner.changelist.changes.size;
      await meet(fault, staged);
      await publish(owner);
      expect(await team.listing(reader())).toEqual(expected);
      expect(owner.changelist.changes.size).toBe(0);
      const keys = (await owner.cryptoService.list('targets')).length;
      expect(keys).toBe(1);
    },
  );
});

/** Success only where the server has everything; a failure says so and leaves the change staged. */
async function meet(fault: UploadFault, staged: number): Promise<void> {
  way.fault = fault;
  const failure = await outcomeOf(publish(owner));
  if (fault.taken) {
    expect(failure).toBeUndefined();
    expect(owner.changelist.changes.size).toBe(0);
    expect(owner.log.messages('info').some((message) => message.includes('although its answer was'))).toBe(
      true,
    );
    return;
  }
  expect(failure?.message).toMatch(/./);
  expect(failure?.message).not.toMatch(/\p{Cc}/u);
  expect(owner.changelist.changes.size).toBe(staged);
}

describe('G17 an upload whose fate is not known', () => {
  it('an upload whose fate is not known is reported so when the server cannot be asked, and is settled by the next publish', async () => {
    await team.publishTarget(owner, 'v1');
    await team.stageTarget(owner, 'v2');
    way.fault = {
      name: 'gone',
      taken: true,
      meet: async (upload) => {
        await upload();
        server.offline = true;
        return { status: 502, headers: {}, body: new Uint8Array() };
      },
    };
    const failure = await outcomeOf(publish(owner));
    expect(failure).toMatchObject({ code: 'SERVER_UNAVAILABLE', details: { published: 'unknown' } });
    expect(failure?.hint).toContain('not known');
    expect(owner.changelist.changes.size).toBe(1);
    server.offline = false;
    const version = (await team.served(reader(), 'targets')).version;
    await publish(owner);
    expect((await team.served(reader(), 'targets')).version).toBe(version);
    expect(await team.listing(reader())).toEqual(['v1: targets', 'v2: targets']);
  });

  it('an upload whose fate is not known is reported as not there when the server says so', async () => {
    await team.publishTarget(owner, 'v1');
    await team.stageTarget(owner, 'v2');
    way.fault = uploadFaults.find(({ name }) => name === 'status 502');
    expect(await outcomeOf(publish(owner))).toMatchObject({ details: { published: 'no' } });
  });

  it('the report of a failed upload shows the code and the message of the server, cleaned', async () => {
    await team.publishTarget(owner, 'v1');
    await team.stageTarget(owner, 'v2');
    const body = JSON.stringify({ errors: [{ code: 'A\u001b[31mB', message: 'line\r\nbreak \u202e!' }] });
    way.fault = {
      name: 'hostile',
      taken: false,
      meet: async () => ({ status: 400, headers: {}, body: Buffer.from(body) }),
    };
    const failure = await outcomeOf(publish(owner));
    expect(failure?.hint).toBe('The server said A [31mB: line break  !.');
    expect(failure?.details).toMatchObject({ serverCode: 'A [31mB', serverMessage: 'line break  !' });
  });
});

describe('G17 an upload that the server accepts', () => {
  const unserved: readonly { what: string; resource: RegExp; bytes: (honest: Uint8Array) => Uint8Array }[] = [
    { what: 'the targets cut short', resource: /^targets\./, bytes: (honest) => honest.subarray(0, -1) },
    { what: 'other targets', resource: /^targets\./, bytes: (honest) => changedAt(honest, 40) },
    { what: 'a timestamp of nobody', resource: /^timestamp$/, bytes: (honest) => changedAt(honest, 60) },
    { what: 'no JSON for a timestamp', resource: /^timestamp$/, bytes: () => Buffer.from('<html>') },
    { what: 'another snapshot', resource: /^snapshot\./, bytes: (honest) => changedAt(honest, 40) },
  ];

  it.each(unserved)(
    'an upload is no success when the server accepts it and serves $what',
    async ({ resource, bytes }) => {
      await team.publishTarget(owner, 'v1');
      await team.stageTarget(owner, 'v2');
      let taken = false;
      way.fault = {
        name: 'accepting',
        taken: true,
        meet: async (upload) => {
          taken = true;
          return upload();
        },
      };
      server.tamper = (name, honest) => (taken && resource.test(name) ? bytes(honest) : honest);
      const failure = await outcomeOf(publish(owner));
      expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED', details: { gun: 'docker.io/alice/demo' } });
      expect(owner.changelist.changes.size).toBe(1);
      server.tamper = undefined;
      await publish(owner);
      expect(await team.listing(reader())).toEqual(['v1: targets', 'v2: targets']);
    },
  );

  it('an upload is no success when the server accepts it and answers with the state before', async () => {
    await team.publishTarget(owner, 'v1');
    const old = new Uint8Array(await owner.remote.get('timestamp', 1e6));
    await team.stageTarget(owner, 'v2');
    way.fault = {
      name: 'accepting',
      taken: true,
      meet: async (upload) => {
        const reply = await upload();
        server.tamper = (name, honest) => (name === 'timestamp' ? old : honest);
        return reply;
      },
    };
    expect(await outcomeOf(publish(owner))).toMatchObject({ code: 'PUBLISH_UNVERIFIED' });
    expect(owner.changelist.changes.size).toBe(1);
  });
});

function changedAt(bytes: Uint8Array, place: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}
