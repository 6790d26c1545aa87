/** The rules for targets. */

import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import type { JsonValue } from '../../src/encoding/json-value.ts';
import { edited, past, type Signer, sealed, targetsContent } from '../support/metadata-author.ts';
import { Collection } from '../support/server-collection.ts';
import type { Scenario } from './scenarios-requests.ts';

type Files = Readonly<Record<string, Uint8Array>>;

/** What a published collection answers to an upload. */
function answer(name: string, ends: string, files: (collection: Collection) => Files): Scenario {
  return {
    name,
    ends,
    run: async (session) => {
      const collection = await Collection.published(session);
      await collection.publish(files(collection));
    },
  };
}

/** Targets of version 2 with one member of their content changed, soundly signed. */
function editedTargets(name: string, msg: string, path: readonly string[], value: JsonValue): Scenario {
  return answer(name, `400 ErrBadTargets: ${msg}`, (collection) => ({
    targets: collection.file('edited', () => edited(targetsContent({ version: 2 }), path, value)),
  }));
}

function delegationEntry(members: Readonly<Record<string, JsonValue>>): JsonValue {
  const usual = { keyids: [], name: 'targets/a', paths: [''], threshold: 1 };
  return [new Map<string, JsonValue>(Object.entries({ ...usual, ...members }))];
}

const belowThreshold = '400 ErrBadTargets: valid signatures did not meet threshold for targets';
export const targetsScenarios: readonly Scenario[] = [
  answer('targets of the next version', '200', (collection) => ({
    targets: collection.targets('next', { version: 2 }),
  })),
  answer('targets four versions ahead', '200', (collection) => ({
    targets: collection.targets('ahead', { version: 5 }),
  })),
  answer('targets of the same version', '400 VERSION', (collection) => ({
    targets: collection.targets('same'),
  })),
  answer('targets signed by another key under its own ID', belowThreshold, (collection) => ({
    targets: collection.targets('foreign', { version: 2 }, [collection.signer('stranger')]),
  })),
  answer('targets signed by another key under the right ID', belowThreshold, (collection) => ({
    targets: collection.targets('forged', { version: 2 }, [
      { ...collection.targetsKey, key: collection.signer('stranger').key },
    ]),
  })),
  answer('targets that the same key has signed twice', '200', (collection) => ({
    targets: collection.targets('twice', { version: 2 }, [collection.targetsKey, collection.targetsKey]),
  })),
  answer('targets without signatures', '400 ErrBadTargets: tuf: data has no signatures', (collection) => ({
    targets: collection.targets('bare', { version: 2 }, []),
  })),
  answer(
    'targets that have expired',
    '400 ErrBadTargets: targets expired at Wed Jan 1 00:00:00 UTC 2020',
    (collection) => ({ targets: collection.targets('expired', { version: 2, expires: past }) }),
  ),
  editedTargets(
    'targets of the wrong type',
    'targets type metadata invalid: expected type Targets, not targets',
    ['_type'],
    'targets',
  ),
  editedTargets(
    'targets of version 0',
    'targets type metadata invalid: version cannot be less than one',
    ['version'],
    0,
  ),
  editedTargets(
    'targets with a delegation that is not their child',
    'targets type metadata invalid: delegation role targets/a/b invalid',
    ['delegations', 'roles'],
    delegationEntry({ name: 'targets/a/b' }),
  ),
  editedTargets(
    'targets with a delegation of no legal name',
    'targets type metadata invalid: delegation role targets/A invalid',
    ['delegations', 'roles'],
    delegationEntry({ name: 'targets/A' }),
  ),
  editedTargets(
    'targets with a delegation to a key that they do not have',
    'targets type metadata invalid: key ID none specified in targets/a without corresponding key',
    ['delegations', 'roles'],
    delegationEntry({ keyids: ['none'] }),
  ),
  editedTargets(
    'targets with a delegation with a threshold of nothing',
    'targets type metadata invalid: invalid threshold specified for targets/a: 0 ',
    ['delegations', 'roles'],
    delegationEntry({ threshold: 0 }),
  ),
  {
    name: 'two targets in one upload: the last one counts',
    ends: '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"200 <hash>"}',
    run: async (session) => {
      const collection = await Collection.published(session);
      await session.post([
        { filename: 'targets', bytes: collection.targets('bad', { version: 2 }, []) },
        { filename: 'targets.json', bytes: collection.targets('good', { version: 2 }) },
      ]);
      await session.look();
    },
  },
  {
    name: 'bad targets keep good files of the same upload out',
    ends: '{"timestamp":1,"snapshot":1,"snapshotHash":true,"root":"200","targets":"200 <hash>"}',
    run: async (session) => {
      const collection = await Collection.published(session);
      await collection.publish({
        root: collection.root({ version: 2 }),
        targets: collection.targets('bad', { version: 2 }, []),
      });
      await session.look();
      await session.ask('GET', '2.root.json');
      await session.look();
    },
  },
  {
    name: 'targets for a root whose targets key has changed',
    ends: belowThreshold,
    run: async (session) => {
      const collection = await Collection.published(session);
      const next = collection.signer('next');
      await collection.publish({
        root: collection.root({ version: 2, targets: [next] }),
        targets: collection.targets('renewed', { version: 2 }, [next]),
      });
      await session.look();
      await collection.publish({ targets: collection.targets('outdated', { version: 3 }) });
    },
  },
  ...([1, 2] as const).map(
    (count): Scenario => ({
      name: `targets with a threshold of 2 and ${count} of their signatures`,
      ends: count === 2 ? '200' : belowThreshold,
      run: async (session) => {
        const collection = await Collection.of(session);
        const keys = [collection.targetsKey, collection.signer('second')];
        await collection.publish({
          root: collection.root({ targets: keys, thresholds: { targets: 2 } }),
          targets: collection.targets('first', {}, keys.slice(0, count)),
        });
      },
    }),
  ),
  {
    name: 'targets whose key has another ID than it should',
    ends: '400 ErrBadTargets: key ID is not valid for key content',
    run: async (session) => {
      const collection = await Collection.of(session);
      const id = asListedKeyId('b'.repeat(64));
      const misnamed: Signer = { ...collection.targetsKey, id };
      const keys = collection.rootContent().get('keys');
      const entry = keys instanceof Map ? (keys.get(collection.targetsKey.id) as JsonValue) : null;
      const content = edited(
        edited(collection.rootContent(), ['keys', id], entry),
        ['roles', 'targets', 'keyids'],
        [id],
      );
      await collection.publish({
        root: sealed(content, collection.rootKey),
        targets: collection.targets('first', {}, [misnamed]),
      });
    },
  },
];
