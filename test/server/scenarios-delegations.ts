/** The rules for delegations, for snapshots of the client's, for deleting, and for the record of changes. */

import {
  certifiedSigner,
  type Delegate,
  edited,
  past,
  sealed,
  snapshotContent,
  targetsContent,
} from '../support/metadata-author.ts';
import { Collection } from '../support/server-collection.ts';
import type { Session } from '../support/server-session.ts';
import type { Scenario } from './scenarios-requests.ts';

type Files = Readonly<Record<string, Uint8Array>>;

const belowThreshold = (role: string): string =>
  `400 ErrBadTargets: valid signatures did not meet threshold for ${role}`;
const unlisted = (role: string): string =>
  `400 ErrBadTargets: tuf: invalid role ${role}. delegation does not exist`;

/** What is answered to an upload, where targets/alice is delegated to the key `alice`. */
function answer(
  name: string,
  ends: string,
  files: (collection: Collection) => Files,
  more: Partial<Delegate> = {},
): Scenario {
  return {
    name,
    ends,
    run: async (session) => {
      const collection = await published(session, more);
      await collection.publish(files(collection));
    },
  };
}

async function published(session: Session, more: Partial<Delegate> = {}): Promise<Collection> {
  const collection = await Collection.of(session);
  const delegates = [{ name: 'targets/alice', signers: [collection.signer('alice')], ...more }];
  await collection.publish({ root: collection.root(), targets: collection.targets('first', { delegates }) });
  return collection;
}

/** A file of a delegation: by default targets/alice's first, signed by its key. */
function delegated(
  collection: Collection,
  name: string,
  options: Parameters<Collection['targets']>[1] = {},
  signers: readonly string[] = ['alice'],
): Uint8Array {
  return collection.targets(
    name,
    options,
    signers.map((signer) => collection.signer(signer)),
  );
}

const delegations: readonly Scenario[] = [
  {
    name: 'a delegation that the stored targets list',
    ends: '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"200 <hash>","targets/alice":"200 <hash>"}',
    run: async (session) => {
      const collection = await published(session);
      await collection.publish({ 'targets/alice': delegated(collection, 'alice') });
      for (const name of ['targets/alice', '1.targets/alice', '2.targets/alice']) {
        await session.ask('GET', `${name}.json`);
      }
      await session.look();
    },
  },
  {
    name: 'a delegation that targets of the same upload list, sent before them',
    ends: '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"200 <hash>","targets/bob":"200 <hash>"}',
    run: async (session) => {
      const collection = await Collection.published(session);
      const delegates = [{ name: 'targets/bob', signers: [collection.signer('bob')] }];
      await collection.publish({
        'targets/bob': delegated(collection, 'bob', {}, ['bob']),
        targets: collection.targets('second', { version: 2, delegates }),
      });
      await session.look();
    },
  },
  answer('a delegation that nobody lists', unlisted('targets/carol'), (collection) => ({
    'targets/carol': delegated(collection, 'carol'),
  })),
  answer(
    'a delegation that targets of the same upload list no more',
    unlisted('targets/alice'),
    (collection) => ({
      targets: collection.targets('second', { version: 2 }),
      'targets/alice': delegated(collection, 'alice'),
    }),
  ),
  answer('a delegation whose parent has no file', unlisted('targets/alice/deep'), (collection) => ({
    'targets/alice/deep': delegated(collection, 'deep'),
  })),
  answer('a delegation whose ancestors have no files', unlisted('targets/x/y/z'), (collection) => ({
    'targets/x/y/z': delegated(collection, 'deep'),
  })),
  {
    name: 'a delegation of a delegation, both new',
    ends: '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"200 <hash>","targets/alice":"200 <hash>","targets/alice/deep":"200 <hash>"}',
    run: async (session) => {
      const collection = await published(session);
      const delegates = [{ name: 'targets/alice/deep', signers: [collection.signer('deep')] }];
      await collection.publish({
        'targets/alice/deep': delegated(collection, 'deep', {}, ['deep']),
        'targets/alice': delegated(collection, 'alice', { delegates }),
      });
      await session.look();
    },
  },
  {
    name: 'a delegation of a stored delegation',
    ends: '200',
    run: async (session) => {
      const collection = await published(session);
      const delegates = [{ name: 'targets/alice/deep', signers: [collection.signer('deep')] }];
      await collection.publish({ 'targets/alice': delegated(collection, 'alice', { delegates }) });
      await collection.publish({ 'targets/alice/deep': delegated(collection, 'deep', {}, ['deep']) });
      await session.look();
      await collection.publish({
        'targets/alice/deep': delegated(collection, 'deeper', { version: 2 }, ['deep']),
      });
    },
  },
  answer('a delegation signed by another key', belowThreshold('targets/alice'), (collection) => ({
    'targets/alice': delegated(collection, 'foreign', {}, ['stranger']),
  })),
  answer('a delegation signed by the key of targets', belowThreshold('targets/alice'), (collection) => ({
    'targets/alice': collection.targets('owner'),
  })),
  answer(
    'a delegation without signatures',
    '400 ErrBadTargets: tuf: data has no signatures',
    (collection) => ({
      'targets/alice': delegated(collection, 'bare', {}, []),
    }),
  ),
  answer(
    'a delegation that has expired',
    '400 ErrBadTargets: targets/alice expired at Wed Jan 1 00:00:00 UTC 2020',
    (collection) => ({ 'targets/alice': delegated(collection, 'expired', { expires: past }) }),
  ),
  answer(
    'an expired delegation signed by another key is judged by its signature',
    belowThreshold('targets/alice'),
    (collection) => ({ 'targets/alice': delegated(collection, 'both', { expires: past }, ['stranger']) }),
  ),
  answer(
    'a delegation of the wrong type signed by another key is judged by its type',
    '400 ErrBadTargets: targets/alice type metadata invalid: expected type Targets, not Root',
    (collection) => ({
      'targets/alice': collection.file('typed', () => edited(targetsContent(), ['_type'], 'Root'), [
        collection.signer('stranger'),
      ]),
    }),
  ),
  answer(
    'a delegation that delegates to what is not its child',
    '400 ErrBadTargets: targets/alice type metadata invalid: delegation role targets/bob invalid',
    (collection) => ({
      'targets/alice': delegated(collection, 'aside', {
        delegates: [{ name: 'targets/bob', signers: [] }],
      }),
    }),
  ),
  answer(
    'targets that lie outside the paths of their delegation',
    '200',
    (collection) => ({
      'targets/alice': delegated(collection, 'outside', {
        targets: {
          'b/file': { length: 1, hashes: new Map([['sha256', Buffer.alloc(32).toString('base64')]]) },
        },
      }),
    }),
    { paths: ['a/'] },
  ),
  ...([1, 2] as const).map(
    (count): Scenario => ({
      name: `a delegation with a threshold of 2 and ${count} of its signatures`,
      ends: count === 2 ? '200' : belowThreshold('targets/alice'),
      run: async (session) => {
        const collection = await Collection.of(session);
        const signers = ['alice', 'bob'].map((name) => collection.signer(name));
        const delegates = [{ name: 'targets/alice', signers, threshold: 2 }];
        await collection.publish({
          root: collection.root(),
          targets: collection.targets('first', { delegates }),
          'targets/alice': delegated(collection, 'alice', {}, ['alice', 'bob'].slice(0, count)),
        });
      },
    }),
  ),
  {
    name: 'a delegation to a key with an expired certificate',
    ends: '200',
    run: async (session) => {
      const collection = await Collection.of(session);
      const old = session.once('old', () => certifiedSigner('somebody', new Date('2010-01-01T00:00:00Z')));
      const delegates = [{ name: 'targets/alice', signers: [old] }];
      await collection.publish({
        root: collection.root(),
        targets: collection.targets('first', { delegates }),
        'targets/alice': collection.targets('alice', {}, [old]),
      });
    },
  },
  {
    name: 'a delegation that has lost its last key',
    ends: belowThreshold('targets/alice'),
    run: async (session) => {
      const collection = await published(session);
      await collection.publish({ 'targets/alice': delegated(collection, 'alice') });
      const roles = [{ name: 'targets/alice', keyids: null, paths: [''], threshold: 1 }].map(
        (role) => new Map(Object.entries(role)),
      );
      await collection.publish({
        targets: collection.file('keyless', () =>
          edited(targetsContent({ version: 2 }), ['delegations', 'roles'], roles),
        ),
      });
      await session.look();
      await collection.publish({ 'targets/alice': delegated(collection, 'later', { version: 2 }) });
    },
  },
];

const snapshotRefused = (message: string): string => `400 ErrBadSnapshot: ${message}`;

/** What is answered to a snapshot of the client's beside the second targets. */
function snapshot(
  name: string,
  ends: string,
  make: (collection: Collection, files: Files) => Uint8Array,
): Scenario {
  return {
    name,
    ends,
    run: async (session) => {
      const collection = await Collection.of(session, 'client');
      const root = collection.root();
      const first = { root, targets: collection.targets('first') };
      await collection.publish({ ...first, snapshot: collection.snapshotOf({ files: first }) });
      const targets = collection.targets('second', { version: 2 });
      await collection.publish({ targets, snapshot: make(collection, { root, targets }) });
    },
  };
}

const snapshots: readonly Scenario[] = [
  snapshot('a snapshot of the client’s', '200', (collection, files) =>
    collection.snapshotOf({ version: 2, files }),
  ),
  snapshot('a snapshot of the same version', '400 VERSION', (collection, files) =>
    collection.snapshotOf({ files }),
  ),
  snapshot(
    'a snapshot that has expired',
    snapshotRefused('snapshot expired at Wed Jan 1 00:00:00 UTC 2020'),
    (collection, files) => collection.snapshotOf({ version: 2, files, expires: past }),
  ),
  snapshot(
    'a snapshot signed by another key',
    snapshotRefused('valid signatures did not meet threshold for snapshot'),
    (collection, files) => collection.snapshotOf({ version: 2, files }, [collection.targetsKey]),
  ),
  snapshot(
    'a snapshot without signatures',
    snapshotRefused('tuf: data has no signatures'),
    (collection, files) => collection.snapshotOf({ version: 2, files }, []),
  ),
  snapshot(
    'a snapshot of the wrong type',
    snapshotRefused('snapshot type metadata invalid: expected type Snapshot, not Timestamp'),
    (collection, files) =>
      sealed(edited(snapshotContent({ version: 2, files }), ['_type'], 'Timestamp'), collection.snapshotKey),
  ),
  snapshot(
    'a snapshot without targets',
    snapshotRefused('snapshot type metadata invalid: missing targets sha256 checksum information'),
    (collection, { root = Buffer.alloc(0) }) => collection.snapshotOf({ version: 2, files: { root } }),
  ),
  snapshot(
    'a snapshot of other targets',
    snapshotRefused('sha256 checksum for targets did not match: expected <id>'),
    (collection, { root = Buffer.alloc(0) }) => {
      const content = snapshotContent({ version: 2, files: { root, targets: Buffer.from('other') } });
      // Which of two hashes is compared first is chance in Notary.
      return sealed(
        edited(content, ['meta', 'targets', 'hashes', 'sha512'], undefined),
        collection.snapshotKey,
      );
    },
  ),
  snapshot('a snapshot with the wrong length of targets', '200', (collection, files) =>
    sealed(
      edited(snapshotContent({ version: 2, files }), ['meta', 'targets', 'length'], 1),
      collection.snapshotKey,
    ),
  ),
  {
    name: 'a delegation that the snapshot of the client’s leaves out',
    ends: snapshotRefused('no checksums for supported algorithms were provided for targets/alice'),
    run: async (session) => {
      const collection = await Collection.of(session, 'client');
      const delegates = [{ name: 'targets/alice', signers: [collection.signer('alice')] }];
      const files = { root: collection.root(), targets: collection.targets('first', { delegates }) };
      await collection.publish({
        ...files,
        'targets/alice': delegated(collection, 'alice'),
        snapshot: collection.snapshotOf({ files }),
      });
    },
  },
  {
    name: 'a snapshot of the client’s where the server has the snapshot key',
    ends: snapshotRefused('valid signatures did not meet threshold for snapshot'),
    run: async (session) => {
      const collection = await Collection.of(session);
      const files = { root: collection.root(), targets: collection.targets('first') };
      await collection.publish({ ...files, snapshot: collection.snapshotOf({ files }) });
    },
  },
];

const records: readonly Scenario[] = [
  {
    name: 'a deleted collection is gone and can be published anew',
    ends: '{"timestamp":1,"snapshot":1,"snapshotHash":true,"root":"200","targets":"200 <hash>"}',
    run: async (session) => {
      const collection = await Collection.published(session);
      await session.ask('DELETE', '');
      for (const name of ['root', 'timestamp', 'snapshot', '1.root'])
        await session.ask('GET', `${name}.json`);
      await session.ask('DELETE', '');
      await session.serverKey('timestamp');
      await collection.publish({ root: collection.root(), targets: collection.targets('first') });
      await session.look();
    },
  },
  {
    name: 'the record of changes of a GUN',
    ends: '200',
    run: async (session) => {
      const collection = await Collection.published(session);
      await collection.publish({ targets: collection.targets('second', { version: 2 }) });
      await collection.publish({ targets: collection.targets('refused', { version: 3 }, []) });
      await session.ask('DELETE', '');
      await session.ask('DELETE', '');
      const feed = (query: string) =>
        session.send({ method: 'GET', path: `/v2/${session.gun}/_trust/changefeed?${query}` });
      for (const query of [
        'records=0',
        'records=2',
        'records=+1',
        'records=2&records=1',
        'records=100&change_id=',
        'records=2&change_id=-1',
        'records=-2&change_id=1000000',
        'records=-1&change_id=1000000',
        'records=-1&change_id=1',
        'records=1&change_id=1000000',
      ]) {
        await feed(query);
      }
    },
  },
];

export const delegationScenarios: readonly Scenario[] = [...delegations, ...snapshots, ...records];
