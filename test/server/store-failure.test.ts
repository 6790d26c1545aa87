import { beforeEach, describe, expect, it } from 'vitest';
import { NotaryError } from '../../src/errors.ts';
import type { NotaryServer } from '../../src/server/server.ts';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import { isStoreFailure, type ServerStore } from '../../src/server/store/store.ts';
import { memoryClock, seededRandom } from '../support/memory-ports.ts';
import { refusal } from '../support/refusal.ts';
import { Collection } from '../support/server-collection.ts';
import { ourSubject, Session } from '../support/server-session.ts';

describe('a store that cannot do its work', () => {
  let store: ServerStore;
  let session: Session;
  let collection: Collection;
  beforeEach(async () => {
    store = { ...memoryServerStore() };
    const server: NotaryServer = { store, clock: memoryClock(new Date()), random: seededRandom() };
    session = new Session(ourSubject(server), 'example.com/a', new Map());
    collection = await Collection.published(session);
  });

  const full = () => Promise.reject(new NotaryError('FILE_UNWRITABLE', 'write x: no space left on device'));
  const lost = () => Promise.reject(new NotaryError('SANDBOX_DAMAGED', 'the sandbox has lost data'));

  it.each([
    [
      'an update',
      'update',
      full,
      () => collection.publish({ targets: collection.targets('2', { version: 2 }) }),
    ],
    [
      'a key while it signs',
      'key',
      lost,
      () => collection.publish({ targets: collection.targets('2', { version: 2 }) }),
    ],
    ['a file that an upload is judged by', 'current', lost, () => collection.publish({})],
    ['a file', 'byVersion', lost, () => session.ask('GET', '1.root.json')],
    ['a deletion', 'remove', full, () => session.ask('DELETE', '')],
    ['a new key', 'addKey', full, () => session.ask('POST', 'timestamp.key')],
  ] as const)(
    'a store that cannot do its work fails the server, and is no verdict on the request: %s',
    async (_, method, failure, ask) => {
      Object.assign(store, { [method]: failure });
      const error: unknown = await ask().catch((reason: unknown) => reason);
      expect(error).toEqual(
        refusal(method === 'update' || failure === full ? 'FILE_UNWRITABLE' : 'SANDBOX_DAMAGED'),
      );
      expect(isStoreFailure(error)).toBe(true);
    },
  );

  it('a failure of the store is distinguished from a wrong request', () => {
    expect(isStoreFailure(new NotaryError('BAD_ROOT', 'x'))).toBe(false);
    expect(isStoreFailure(new Error('x'))).toBe(false);
  });
});
