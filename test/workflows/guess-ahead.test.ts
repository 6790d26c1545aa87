import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { offlineStore } from '../../src/adapters/http/notary/offline-store.ts';
import { prefetchRoles } from '../../src/client/fetch/prefetch.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { update } from '../../src/client/update/update.ts';
import { NotaryError } from '../../src/errors.ts';
import type { RemoteStore } from '../../src/ports/notary-server.ts';
import { actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';

const bytes = Buffer.from('the snapshot');
const hash = createHash('sha256').update(bytes).digest('hex');

/** A store that has the file under its hash, and something under the plain name. */
function storeWith(plain: () => Promise<Uint8Array>): { remote: RemoteStore; asked: string[] } {
  const asked: string[] = [];
  const remote: RemoteStore = {
    ...offlineStore,
    get: async (resource) => {
      asked.push(resource);
      return resource === 'snapshot' ? plain() : bytes;
    },
  };
  return { remote, asked };
}

describe('a file that is asked for ahead', () => {
  it('a file that is asked for ahead is taken when it is the one that is wanted', async () => {
    const { remote, asked } = storeWith(async () => Buffer.from(bytes));
    const guessing = prefetchRoles(remote, ['snapshot']);
    expect(asked).toEqual(['snapshot']);
    expect(await guessing.get(`snapshot.${hash}`, bytes.length)).toEqual(bytes);
    expect(asked).toEqual(['snapshot']);
  });

  const wrong: readonly { what: string; plain: () => Promise<Uint8Array>; limit?: number }[] = [
    { what: 'is another file', plain: async () => Buffer.from('The snapshot') },
    { what: 'is empty', plain: async () => new Uint8Array() },
    { what: 'is longer than announced', plain: async () => Buffer.from(bytes), limit: bytes.length - 1 },
    {
      what: 'is not there',
      plain: async () => Promise.reject(new NotaryError('METADATA_NOT_FOUND', 'no snapshot')),
    },
    {
      what: 'does not arrive',
      plain: async () => Promise.reject(new NotaryError('NETWORK', 'reset')),
    },
  ];

  it.each(wrong)(
    'a file that is asked for ahead counts for nothing when it $what',
    async ({ plain, limit = bytes.length }) => {
      const { remote, asked } = storeWith(plain);
      const guessing = prefetchRoles(remote, ['snapshot']);
      expect(await guessing.get(`snapshot.${hash}`, limit)).toEqual(bytes);
      expect(asked).toEqual(['snapshot', `snapshot.${hash}`]);
    },
  );

  it('a file that is asked for ahead is used once, and only for its own role', async () => {
    const { remote, asked } = storeWith(async () => Buffer.from(bytes));
    const guessing = prefetchRoles(remote, ['snapshot']);
    await guessing.get(`targets.${hash}`, 100);
    await guessing.get(`snapshot.${hash}`, 100);
    await guessing.get(`snapshot.${hash}`, 100);
    await guessing.get('timestamp', 100);
    expect(asked).toEqual(['snapshot', `targets.${hash}`, `snapshot.${hash}`, 'timestamp']);
  });
});

describe('a reader who knows nothing yet', () => {
  it('a reader who knows nothing yet asks for all base files at once, and for each of them once', async () => {
    const { clock, server, owner } = freshServer();
    await team.publishTarget(owner, 'v1');
    server.forget();
    await update(actor(server, clock));
    expect(
      server
        .lines()
        .map((line) => line.replace(/.*tuf\//, ''))
        .sort(),
    ).toEqual(['root.json', 'snapshot.json', 'targets.json', 'timestamp.json']);
  });

  it('a reader who knows nothing yet is not misled by current files that are newer than the timestamp', async () => {
    const { clock, server, owner } = freshServer();
    await team.publishTarget(owner, 'v1');
    const timestamp = new Uint8Array(await owner.remote.get('timestamp', 1e6));
    await team.stageTarget(owner, 'v2');
    await publish(owner);
    server.tamper = (resource, honest) => (resource === 'timestamp' ? timestamp : honest);
    expect(await team.listing(actor(server, clock))).toEqual(['v1: targets']);
  });
});
