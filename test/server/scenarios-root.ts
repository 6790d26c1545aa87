/** The rules for roots, first publications and keys of the server. */

import { createPrivateKey } from 'node:crypto';
import { privateKeyOf } from '../../src/crypto/keys/private-key.ts';
import { fromHex } from '../../src/encoding/bytes.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import {
  certifiedSigner,
  edited,
  past,
  plainSigner,
  type Signer,
  sealed,
  signerWith,
} from '../support/metadata-author.ts';
import { Collection } from '../support/server-collection.ts';
import type { Session } from '../support/server-session.ts';
import type { Scenario } from './scenarios-requests.ts';

const longAgo = new Date('2010-01-01T00:00:00Z');

/** A first publication with another root key than usual. */
async function publishWith(session: Session, root: Signer): Promise<void> {
  const collection = await Collection.of(session);
  await collection.publish({
    root: collection.root({ root: [root] }, [root]),
    targets: collection.targets('first'),
  });
}

/** A second root made of the first by editing its content. */
function editedRoot(
  name: string,
  msg: string,
  path: readonly string[],
  value: JsonValue | undefined,
): Scenario {
  return {
    name,
    ends: `400 ErrBadRoot: ${msg}`,
    run: async (session) => {
      const collection = await Collection.published(session);
      const content = edited(collection.rootContent({ version: 2 }), path, value);
      await collection.publish({ root: sealed(content, collection.rootKey) });
    },
  };
}

/** Made by `openssl req -x509`: a certificate authority for `example.com/*`, and its throw-away key. */
const authorityKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZ+deA5rGbnD0+FGF
OVb0KJs2x8J92YEmo9DT+ho8S2KhRANCAAQ7U+E81+QsypTutWxbiXJn43NLyRdc
dbpmIJvIj4mwl5tGnY8MvMJTGOambkgX2gAFZOsCQ8tX7gi6yAK0yoro
-----END PRIVATE KEY-----
`;
const authority = `-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIUcGDfasLWoRvXEC0yalp/Zcau+aIwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNZXhhbXBsZS5jb20vKjAgFw0yNjExMjIxNjAwMzNaGA8yMTI2
MTAyOTE2MDAzM1owGDEWMBQGA1UEAwwNZXhhbXBsZS5jb20vKjBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABDtT4TzX5CzKlO61bFuJcmfjc0vJF1x1umYgm8iPibCX
m0adjwy8wlMY5qZuSBfaAAVk6wJDy1fuCLrIArTKiuijUzBRMB0GA1UdDgQWBBRJ
qgyDOhnU2po/Fz/DxayhPJRowjAfBgNVHSMEGDAWgBRJqgyDOhnU2po/Fz/Dxayh
PJRowjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDWs6dLH0xX
hKjYlE41V2ArGJT3q9JxWX+sUTuJWlqiXgIgderdN245tL3otgtwU6kAiCllFKH0
b7aJpYgEDM/gzz8=
-----END CERTIFICATE-----
`;

const notLeaf =
  '400 ErrBadRoot: could not validate the path to a trusted root: unable to retrieve valid leaf certificates';
const notWhole =
  '400 ErrBadRoot: could not validate the path to a trusted root: failed to validate integrity of roots';
const notFollowing =
  '400 ErrBadRoot: could not rotate trust to a new trusted root: failed to validate data with current trusted certificates';

const first: readonly Scenario[] = [
  {
    name: 'a first publication with a snapshot by the server',
    ends: '{"timestamp":1,"snapshot":1,"snapshotHash":true,"root":"200","targets":"200 <hash>"}',
    run: async (session) => {
      await Collection.published(session);
      await session.look();
    },
  },
  {
    name: 'a first publication with a snapshot by the client',
    ends: '{"timestamp":1,"snapshot":1,"snapshotHash":true,"root":"200","targets":"200 <hash>"}',
    run: async (session) => {
      await Collection.published(session, 'client');
      await session.look();
    },
  },
  {
    name: 'a first publication without targets',
    ends: '400 ErrValidation: targets must be loaded first',
    run: async (session) => {
      const collection = await Collection.of(session);
      await collection.publish({ root: collection.root() });
    },
  },
  {
    name: 'a first publication of targets alone',
    ends: '400 ErrValidation: no pre-existing root and no root provided in update.',
    run: async (session) => {
      const collection = await Collection.of(session);
      await collection.publish({ targets: collection.targets('first') });
    },
  },
  ...([0, 2, 3] as const).map(
    (version): Scenario => ({
      name: `a first root of version ${version}`,
      ends:
        version === 2
          ? '200'
          : `400 ErrBadRoot: Root modifications must increment the version. Current 1, new ${version}`,
      run: async (session) => {
        const collection = await Collection.of(session);
        const root = collection.root({ version });
        await collection.publish({ root, targets: collection.targets('first') });
      },
    }),
  ),
  {
    name: 'an upload without parts makes the next snapshot and timestamp',
    ends: '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"200 <hash>"}',
    run: async (session) => {
      await Collection.published(session);
      await session.post([]);
      await session.look();
    },
  },
  {
    name: 'a timestamp in an upload is not used',
    ends: '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"200 <hash>"}',
    run: async (session) => {
      const collection = await Collection.published(session);
      await collection.publish({ timestamp: collection.root() });
      await session.look();
    },
  },
];

const certificates: readonly Scenario[] = [
  {
    name: 'a root certificate for another GUN',
    ends: notLeaf,
    run: (session) =>
      publishWith(
        session,
        session.once('other', () => certifiedSigner('example.com/other', new Date())),
      ),
  },
  {
    name: 'a root certificate for a prefix of the GUN',
    ends: '200',
    run: (session) =>
      publishWith(
        session,
        session.once('prefix', () => certifiedSigner('example.com/*', new Date())),
      ),
  },
  {
    name: 'a root certificate for another prefix',
    ends: notLeaf,
    run: (session) =>
      publishWith(
        session,
        session.once('prefix', () => certifiedSigner('example.org/*', new Date())),
      ),
  },
  {
    name: 'a root certificate that has expired',
    ends: notLeaf,
    run: (session) =>
      publishWith(
        session,
        session.once('old', () => certifiedSigner(session.gun, longAgo)),
      ),
  },
  {
    name: 'a root key without a certificate',
    ends: notLeaf,
    run: (session) =>
      publishWith(
        session,
        session.once('plain', () => plainSigner()),
      ),
  },
  {
    name: 'a root certificate of a certificate authority, as openssl makes them',
    ends: notLeaf,
    run: (session) =>
      publishWith(session, signerWith(authority, privateKeyOf(createPrivateKey(authorityKey)))),
  },
  {
    name: 'a root certificate with text before it',
    ends: notWhole,
    run: (session) =>
      publishWith(
        session,
        session.once('comment', () => {
          const { entry, key } = certifiedSigner(session.gun, new Date());
          return signerWith(`# ours\n${Buffer.from(entry.value, 'base64').toString()}`, key);
        }),
      ),
  },
  {
    name: 'a root certificate whose lines end in CR LF',
    ends: notWhole,
    run: (session) =>
      publishWith(
        session,
        session.once('crlf', () => {
          const { entry, key } = certifiedSigner(session.gun, new Date());
          return signerWith(Buffer.from(entry.value, 'base64').toString().replaceAll('\n', '\r\n'), key);
        }),
      ),
  },
];

const signatures: readonly Scenario[] = [
  {
    name: 'a first root signed by another key',
    ends: notWhole,
    run: async (session) => {
      const collection = await Collection.of(session);
      const stranger = { ...collection.rootKey, key: collection.signer('stranger').key };
      await collection.publish({
        root: collection.root({}, [stranger]),
        targets: collection.targets('first'),
      });
    },
  },
  {
    name: 'a root without signatures',
    ends: notFollowing,
    run: async (session) => {
      const collection = await Collection.published(session);
      await collection.publish({ root: collection.root({ version: 2 }, []) });
    },
  },
  {
    name: 'a new root key that the old one has not signed for',
    ends: notFollowing,
    run: async (session) => {
      const collection = await Collection.published(session);
      const next = session.once('next', () => certifiedSigner(session.gun, new Date()));
      await collection.publish({ root: collection.root({ version: 2, root: [next] }, [next]) });
    },
  },
  {
    name: 'a new root key that only the old one has signed for',
    ends: notWhole,
    run: async (session) => {
      const collection = await Collection.published(session);
      const next = session.once('next', () => certifiedSigner(session.gun, new Date()));
      await collection.publish({ root: collection.root({ version: 2, root: [next] }) });
    },
  },
  {
    name: 'a new root key that both have signed for',
    ends: '200',
    run: async (session) => {
      const collection = await Collection.published(session);
      const next = session.once('next', () => certifiedSigner(session.gun, new Date()));
      const signers = [collection.rootKey, next];
      await collection.publish({ root: collection.root({ version: 2, root: [next] }, signers) });
      await session.look();
      for (const name of [
        '1.root',
        '2.root',
        '3.root',
        '01.root',
        '1.targets',
        '1.snapshot',
        '2.timestamp',
      ]) {
        await session.ask('GET', `${name}.json`);
      }
    },
  },
  ...([1, 2] as const).map(
    (count): Scenario => ({
      name: `a root with a threshold of 2 and ${count} of its signatures`,
      ends: count === 2 ? '200' : notWhole,
      run: async (session) => {
        const collection = await Collection.of(session);
        const second = session.once('second', () => certifiedSigner(session.gun, new Date()));
        const root = [collection.rootKey, second];
        await collection.publish({
          root: collection.root({ root, thresholds: { root: 2 } }, root.slice(0, count)),
          targets: collection.targets('first'),
        });
      },
    }),
  ),
];

const contents: readonly Scenario[] = [
  {
    name: 'a root two versions ahead',
    ends: '400 ErrBadRoot: Root modifications must increment the version. Current 1, new 3',
    run: async (session) => {
      const collection = await Collection.published(session);
      await collection.publish({ root: collection.root({ version: 3 }) });
    },
  },
  {
    name: 'a root of the same version',
    ends: '400 VERSION',
    run: async (session) => {
      const collection = await Collection.published(session);
      await collection.publish({ root: collection.root() });
    },
  },
  {
    name: 'a root that has expired',
    ends: '400 ErrBadRoot: root expired at Wed Jan 1 00:00:00 UTC 2020',
    run: async (session) => {
      const collection = await Collection.published(session);
      await collection.publish({ root: collection.root({ version: 2, expires: past }) });
    },
  },
  editedRoot(
    'a root of the wrong type',
    'root type metadata invalid: expected type Root, not root',
    ['_type'],
    'root',
  ),
  editedRoot(
    'a root without a snapshot role',
    'root type metadata invalid: missing snapshot role specification',
    ['roles', 'snapshot'],
    undefined,
  ),
  editedRoot(
    'a root with a threshold of nothing',
    'root type metadata invalid: invalid threshold specified for targets: 0 ',
    ['roles', 'targets', 'threshold'],
    0,
  ),
  editedRoot(
    'a root that names a key it does not have',
    `root type metadata invalid: key ID ${'a'.repeat(8)} specified in timestamp without corresponding key`,
    ['roles', 'timestamp', 'keyids'],
    ['a'.repeat(8)],
  ),
  {
    name: 'a root with one more role',
    ends: '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"200 <hash>"}',
    run: async (session) => {
      const collection = await Collection.published(session);
      const mirror: JsonObject = new Map<string, JsonValue>([
        ['keyids', [collection.rootKey.id]],
        ['threshold', 1],
      ]);
      const content = edited(collection.rootContent({ version: 2 }), ['roles', 'mirror'], mirror);
      await collection.publish({ root: sealed(content, collection.rootKey) });
      await session.look();
    },
  },
  {
    name: 'a root with one more member is kept and cannot be found by its hash',
    ends: '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"404","targets":"200 <hash>"}',
    run: async (session) => {
      const collection = await Collection.published(session);
      const content = edited(collection.rootContent({ version: 2 }), ['spec_version'], '1.0.0');
      await collection.publish({ root: sealed(content, collection.rootKey) });
      await session.look();
    },
  },
];

const serverKeys: readonly Scenario[] = [
  {
    name: 'a root whose timestamp key is not the server’s',
    ends: '400 ErrBadRoot: no  timestamp keys exist on the server',
    run: async (session) => {
      const collection = await Collection.of(session);
      const timestamp = collection.signer('stranger').entry;
      await collection.publish({
        root: collection.root({ timestamp }),
        targets: collection.targets('first'),
      });
    },
  },
  {
    name: 'a root whose timestamp key is a made-up one of the server’s kind',
    ends: '400 ErrBadRoot: no  timestamp keys exist on the server',
    run: async (session) => {
      const collection = await Collection.of(session);
      const timestamp = {
        keyType: 'ed25519',
        value: Buffer.from(fromHex('d7'.repeat(32))).toString('base64'),
      };
      await collection.publish({
        root: collection.root({ timestamp }),
        targets: collection.targets('first'),
      });
    },
  },
  {
    name: 'a root with a timestamp threshold that the server cannot reach',
    ends: '400 ErrBadRoot: no  timestamp keys exist on the server',
    run: async (session) => {
      const collection = await Collection.of(session);
      await collection.publish({
        root: collection.root({ thresholds: { timestamp: 2 } }),
        targets: collection.targets('first'),
      });
    },
  },
  {
    name: 'no snapshot where the client has the snapshot key',
    ends: '400 ErrBadHierarchy: no snapshot was included in update and server does not hold current snapshot key for repository',
    run: async (session) => {
      const collection = await Collection.of(session, 'client');
      await collection.publish({ root: collection.root(), targets: collection.targets('first') });
    },
  },
  {
    name: 'the snapshot key goes over to the server',
    ends: '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"200 <hash>"}',
    run: async (session) => {
      const collection = await Collection.published(session, 'client');
      const snapshot = await session.serverKey('snapshot', 'POST');
      await collection.publish({ root: collection.root({ version: 2, snapshot }) });
      await session.look();
    },
  },
  {
    name: 'the timestamp key is changed for a new one',
    ends: '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"200 <hash>"}',
    run: async (session) => {
      const collection = await Collection.published(session);
      const timestamp = await session.serverKey('timestamp', 'POST');
      if (timestamp.value === collection.timestamp.value) throw new Error('the key is not new');
      await collection.publish({ root: collection.root({ version: 2, timestamp }) });
      await session.look();
    },
  },
  {
    name: 'once there is a root, asking for a key gives the one in it',
    ends: '200',
    run: async (session) => {
      const collection = await Collection.published(session);
      const timestamp = await session.serverKey('timestamp');
      const snapshot = await session.serverKey('snapshot');
      if (timestamp.value !== collection.timestamp.value || snapshot.value !== collection.snapshot.value) {
        throw new Error('the keys are other ones');
      }
    },
  },
  {
    name: 'where the client has the snapshot key, asking for it gives a new one',
    ends: '200',
    run: async (session) => {
      const collection = await Collection.published(session, 'client');
      const snapshot = await session.serverKey('snapshot');
      if (snapshot.value === collection.snapshot.value) throw new Error('the server has the client’s key');
    },
  },
];

export const rootScenarios: readonly Scenario[] = [
  ...first,
  ...certificates,
  ...signatures,
  ...contents,
  ...serverKeys,
];
