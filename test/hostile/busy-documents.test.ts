/**
 * Collections whose size is allowed and that keep a careless reader busy for minutes: each is read or refused
 * in seconds.
 */

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { listTargets } from '../../src/client/read/list-targets.ts';
import { addTarget } from '../../src/client/stage/add-target.ts';
import { listChanges } from '../../src/client/stage/list-changes.ts';
import { resetChanges } from '../../src/client/stage/reset-changes.ts';
import { update } from '../../src/client/update/update.ts';
import { publicKeyToJson } from '../../src/crypto/keys/key-entry.ts';
import { keyId, type PublicKey } from '../../src/crypto/keys/public-key.ts';
import { certificateKey } from '../../src/crypto/keys/verification-key.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import { isNotaryError, type NotaryError } from '../../src/errors.ts';
import { buildEnvelope, parseEnvelope, type Signature } from '../../src/metadata/signed.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { actor } from '../support/actor.ts';
import { ForgedCollection } from '../support/forged-repository.ts';
import { handMade, utf8String } from '../support/hand-made-certificate.ts';
import { memoryClock, seededRandom } from '../support/memory-ports.ts';
import { edited } from '../support/metadata-author.ts';
import { somebody } from './world.ts';

/** Milliseconds. Generous: on a quiet machine none of these takes more than some seconds. */
const limit = 60_000;

const { privateKey: p256Key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

async function errorOf(work: Promise<unknown>): Promise<NotaryError> {
  try {
    await work;
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const reader = (collection: ForgedCollection) => actor(collection.server, memoryClock());
const meta: JsonObject = new Map<string, JsonValue>([
  ['hashes', new Map([['sha256', 'A'.repeat(43) + '=']])],
  ['length', 1],
]);

function certificatePem(commonName: string): string {
  const body = handMade({ key: p256Key, names: [utf8String(commonName)] }).toString('base64');
  const lines = body.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Lists a key so many times more among those of the root; the root is signed by its own key. */
function listRootKey(collection: ForgedCollection, entry: PublicKey, count: number): void {
  const id = keyId(entry);
  const own = collection.oneSigner('root').id;
  const ids = [...Array.from({ length: count }, () => id), own];
  const content = edited(collection.content('root'), ['keys', id], publicKeyToJson(entry));
  collection.contents.set('root', edited(content, ['roles', 'root', 'keyids'], ids));
  collection.seal('root');
  collection.settle();
}

function delegation(name: string, paths: readonly string[], keyIds: readonly string[] = []): JsonObject {
  return new Map<string, JsonValue>([
    ['keyids', keyIds],
    ['name', name],
    ['paths', paths],
    ['threshold', 1],
  ]);
}

/** Adds entries to the snapshot, and has the timestamp name it. */
function listInSnapshot(collection: ForgedCollection, roles: readonly string[]): void {
  const content = collection.content('snapshot');
  const metas = new Map(content.get('meta') as JsonObject);
  for (const role of roles) metas.set(role, meta);
  collection.contents.set('snapshot', new Map([...content, ['meta', metas]]));
  collection.seal('snapshot');
  collection.settleTimestamp();
}

describe('G34 a root that keeps a reader busy', () => {
  it(
    'a root that keeps a reader busy is believed within seconds though a certificate in it has a name of 900,000 asterisks',
    async () => {
      const collection = new ForgedCollection();
      const pem = certificatePem(`${'*'.repeat(900_000)}x*`);
      listRootKey(collection, certificateKey('ecdsa', pem), 1);
      expect((await update(reader(collection))).root.content.version).toBe(10);
    },
    limit,
  );

  it(
    'a root that keeps a reader busy is refused before anything is verified when it repeats a signature 20,000 times',
    async () => {
      const collection = new ForgedCollection();
      collection.edit('root', ['padding'], 'x'.repeat(4_000_000));
      const { signed, signatures } = parseEnvelope(collection.files.get('root') ?? Buffer.of());
      const repeated = Array.from({ length: 20_000 }, () => signatures).flat();
      collection.files.set('root', buildEnvelope(signed, repeated).bytes);
      collection.settle();
      const error = await errorOf(update(reader(collection)));
      expect(error.code).toBe('ROLE_THRESHOLD');
      expect(error.message).toContain('repeat the key ID');
    },
    limit,
  );

  it(
    'a root that keeps a reader busy is believed within seconds though it lists a bundle of a hundred certificates 50,000 times',
    async () => {
      const collection = new ForgedCollection();
      const bundle = Array.from({ length: 100 }, (_, number) => certificatePem(`ca ${number}`)).join('');
      listRootKey(collection, certificateKey('ecdsa', bundle), 50_000);
      expect((await update(reader(collection))).root.content.version).toBe(10);
    },
    limit,
  );
});

describe('G34 signatures that keep a reader busy', () => {
  it(
    'signatures that keep a reader busy leave their role out, and no other, when they are too many',
    async () => {
      const collection = new ForgedCollection({ delegations: ['targets/a', 'targets/b'] });
      const random = seededRandom('keys');
      const keys = Array.from({ length: 20_000 }, (): PublicKey => {
        return { keyType: 'ed25519', value: Buffer.from(random(32)).toString('base64') };
      });
      const content = collection.content('targets');
      const delegations = content.get('delegations') as JsonObject;
      const listed = new Map(delegations.get('keys') as JsonObject);
      for (const key of keys) listed.set(keyId(key), publicKeyToJson(key));
      const all = new Map([...delegations, ['keys', listed]]);
      collection.contents.set('targets', new Map([...content, ['delegations', all]]));
      collection.editDelegation('targets/a', (entry) => edited(entry, ['keyids'], keys.map(keyId)));
      collection.edit('targets/a', ['padding'], 'x'.repeat(4_000_000));
      const { signed } = parseEnvelope(collection.files.get('targets/a') ?? Buffer.of());
      const signature = Buffer.alloc(64, 1);
      const junk = keys.map((key): Signature => ({ keyId: keyId(key), method: 'eddsa', signature }));
      collection.files.set('targets/a', buildEnvelope(signed, junk).bytes);
      collection.settle();
      const who = reader(collection);
      expect([...(await update(who)).targets.keys()]).toEqual(['targets', 'targets/b']);
      expect(who.log.messages('warn')).toEqual([
        'Error getting targets/a: verifying the signatures of targets/a takes too long',
      ]);
    },
    limit,
  );
});

describe('G34 a tree that keeps a reader busy', () => {
  const names = (count: number) => Array.from({ length: count }, (_, number) => `targets/r${number}`);
  const withRoles = (roles: readonly string[]) => {
    const collection = new ForgedCollection();
    collection.edit(
      'targets',
      ['delegations', 'roles'],
      roles.map((role) => delegation(role, [''])),
    );
    collection.settle();
    return collection;
  };

  it(
    'a tree is listed within seconds when a role has 300,000 others below it',
    async () => {
      const listed = await listTargets(reader(withRoles(names(300_000))), { roles: [] });
      expect(listed.map(({ name }) => name)).toEqual(['of targets']);
    },
    limit,
  );

  it(
    'a tree is refused within seconds when 140,000 of its roles are in the snapshot and nowhere else',
    async () => {
      const roles = names(140_000);
      const collection = withRoles(roles);
      listInSnapshot(collection, roles);
      const error = await errorOf(listTargets(reader(collection), { roles: [] }));
      expect(error.code).toBe('METADATA_NOT_FOUND');
    },
    limit,
  );

  it(
    'a tree is read within seconds when the snapshot takes back 50,000 roles that no parent lists',
    async () => {
      const collection = new ForgedCollection();
      collection.edit('targets', ['padding'], 'x'.repeat(1_000_000));
      collection.settle();
      listInSnapshot(collection, names(50_000));
      const who = reader(collection);
      await update(who);
      collection.settle();
      expect([...(await update(who)).targets.keys()]).toEqual(['targets']);
    },
    limit,
  );

  it(
    'a tree is listed within seconds when two roles, one below the other, have 100,000 paths each',
    async () => {
      const collection = new ForgedCollection({ delegations: ['targets/a', 'targets/a/b'] });
      const paths = (letter: string) => Array.from({ length: 100_000 }, (_, number) => `${letter}${number}`);
      collection.editDelegation('targets/a', (entry) => edited(entry, ['paths'], [...paths('a'), 'of']));
      collection.editDelegation('targets/a/b', (entry) => edited(entry, ['paths'], [...paths('b'), 'of']));
      collection.settle();
      const listed = await listTargets(reader(collection), { roles: [] });
      expect(listed.map(({ role }) => role).sort()).toEqual(['targets', 'targets/a', 'targets/a/b']);
    },
    limit,
  );

  it(
    'a tree is listed within seconds when it is a hundred roles deep',
    async () => {
      const delegations = Array.from({ length: 100 }, (_, depth) => `targets${'/a'.repeat(depth + 1)}`);
      const listed = await listTargets(reader(new ForgedCollection({ delegations })), { roles: [] });
      expect(listed).toHaveLength(101);
    },
    limit,
  );
});

describe('G34 a changelist of 100,000 entries', () => {
  it(
    'a changelist of 100,000 entries is listed, prepared for an upload and reset within seconds',
    async () => {
      const { who, server } = somebody('a fresh cache');
      const meta = fileMetaOf(Buffer.from('content'));
      for (let number = 0; number < 100_000; number++) {
        await addTarget(who, { name: `n${number}`, meta, roles: [] });
      }
      expect(await listChanges(who)).toHaveLength(100_000);
      expect((await errorOf(publish(who))).code).toBe('SERVER_UNAVAILABLE');
      expect(server.uploads).toHaveLength(1);
      await resetChanges(who, { all: false, indexes: Array.from({ length: 99_999 }, (_, index) => index) });
      expect(await listChanges(who)).toHaveLength(1);
    },
    limit,
  );
});
