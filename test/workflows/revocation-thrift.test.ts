/** Counts the requests of a revocation in a collection of 10,000 tags and 300 delegations. */

import { beforeAll, describe, expect, it } from 'vitest';
import { loadForPreview } from '../../src/client/preview/preview.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { listDelegations } from '../../src/client/read/list-delegations.ts';
import { planRevocation } from '../../src/client/revoke/plan.ts';
import { proveRevocation } from '../../src/client/revoke/proof.ts';
import { revoke } from '../../src/client/revoke/revoke.ts';
import { addTarget } from '../../src/client/stage/add-target.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';

const delegations = 300;
const tags = 10_000;
const patience = 120_000;

let server: MemoryServer;
let clock: ReturnType<typeof memoryClock>;
let owner: Actor;
let keyOfBob: PublicKey;

/** Alice and bob may sign all delegations, which alice has signed last. */
beforeAll(async () => {
  clock = memoryClock();
  server = memoryServer({ clock });
  owner = actor(server, clock);
  const bob = actor(server, clock);
  const keyOfAlice = await team.delegationKey(owner);
  keyOfBob = await team.delegationKey(bob);
  await publish(owner);
  await team.shareSnapshot(owner);
  const meta = fileMetaOf(Buffer.from('content'));
  for (let number = 0; number < delegations; number++)
    await team.delegate(owner, `targets/d${number}`, [keyOfAlice, keyOfBob]);
  for (let number = 0; number < tags; number++)
    await addTarget(owner, { name: `t${number}`, meta, roles: [`targets/d${number % delegations}`] });
  await publish(owner);
}, patience);

/** The requests of some work. */
async function requestsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  server.forget();
  await work();
  return server.lines();
}

const cold = (): Actor => ({ ...actor(server, clock), cryptoService: owner.cryptoService });
const revocation = () => ({ keyIds: [canonicalKeyId(keyOfBob)], signWith: [] });
const plan = async (who: Actor) => planRevocation(who, await loadForPreview(who, false), revocation());

describe('the requests of a revocation', () => {
  it(
    'a plan in a collection of 10,000 tags and 300 delegations costs the requests of a list of delegations with an empty cache',
    async () => {
      const listing = await requestsOf(() => listDelegations(cold()));
      const planning = await requestsOf(() => plan(cold()));
      expect([...planning].sort()).toEqual([...listing].sort());
      expect(planning.length).toBeGreaterThan(delegations);
    },
    patience,
  );

  it(
    'a plan in a collection of 10,000 tags and 300 delegations costs the requests of a list of delegations with a warm cache, and that for the root, as every publish',
    async () => {
      const listing = await requestsOf(() => listDelegations(owner));
      const planning = await requestsOf(() => plan(owner));
      expect(planning.filter((line) => !line.endsWith('/root.json'))).toEqual(listing);
      expect([listing.length, planning.length]).toEqual([1, 2]);
    },
    patience,
  );

  it(
    'a proof in a collection of 10,000 tags and 300 delegations is one read with an empty cache',
    async () => {
      const reader = cold();
      const reading = await requestsOf(() => listDelegations(reader));
      const root = reader.cache.files.get('root');
      if (root === undefined) throw new Error('there is no root');
      const nothing = {
        kept: new Map(),
        dropped: new Map(),
        versions: new Map(),
        believed: new Set<string>(),
      };
      const proving = await requestsOf(() => proveRevocation(owner, { root, keyIds: [], ...nothing }));
      expect([proving.length, new Set(proving).size]).toEqual([proving.length, proving.length]);
      expect(proving.length).toBeLessThanOrEqual(reading.length);
      expect(proving.length).toBeGreaterThan(delegations);
    },
    patience,
  );

  it(
    'a revocation in a collection of 10,000 tags and 300 delegations uploads once and asks for each delegation once, for its proof',
    async () => {
      const accepted = await plan(owner);
      const requests = await requestsOf(() =>
        revoke(owner, revocation(), accepted, async () => Promise.resolve(false)),
      );
      expect(requests.filter((line) => line.startsWith('POST '))).toHaveLength(1);
      const files = requests.filter((line) => /\/targets%2Fd\d+\.|\/targets\/d\d+\./.test(line));
      expect(files).toHaveLength(delegations);
    },
    patience,
  );
});
