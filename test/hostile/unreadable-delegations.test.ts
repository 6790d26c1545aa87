/**
 * A delegate signs what this reader refuses, and the server takes it: nobody else loses the collection by it, and its
 * owner can remove the role.
 */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { removeDelegation } from '../../src/client/stage/delegations.ts';
import { update } from '../../src/client/update/update.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import type { JsonValue } from '../../src/encoding/json-value.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { NotaryError } from '../../src/errors.ts';
import { type Actor, actor } from '../support/actor.ts';
import { delegate, listing, publishTarget, shareSnapshot } from '../support/collaborators.ts';
import { ForgedCollection } from '../support/forged-repository.ts';
import { serveFile } from '../support/forging-server.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';
import { edited, plainSigner, type Signer, sealed, targetsContent } from '../support/metadata-author.ts';

const [role, child, other] = ['targets/dev', 'targets/dev/sub', 'targets/ops'] as const;
const gun = 'docker.io/alice/demo';

const strictly = (who: Actor): Actor => ({
  ...who,
  caution: (code: ErrorCode, message: string, details = {}) => {
    throw new NotaryError(code, message, { details });
  },
});
const cautions = (who: Actor) =>
  who.log.records.filter(({ code }) => code === 'ROLE_UNREADABLE').map(({ message }) => message);

const signed = (...changes: readonly (readonly [readonly string[], JsonValue])[]) =>
  changes.reduce(
    (content, [path, value]) => edited(content, path, value),
    targetsContent({ version: 7, targets: {} }),
  );
const nested = (depth: number): JsonValue => (depth === 0 ? 1 : [nested(depth - 1)]);

/** What a delegate signs, and the words for it. */
const files: Readonly<Record<string, readonly [(by: Signer) => Uint8Array, RegExp]>> = {
  'a version of 2^60': [
    (by) => sealed(signed([['version'], 2 ** 60]), by),
    /version of .* is not an integer/,
  ],
  'a target of 2^60 bytes': [
    (by) =>
      sealed(
        signed([
          ['targets', 't'],
          new Map<string, JsonValue>([
            ['length', 2 ** 60],
            ['hashes', new Map()],
          ]),
        ]),
        by,
      ),
    /length of "t" is not an integer/,
  ],
  'deep nesting': [(by) => sealed(signed([['x'], nested(70)]), by), /nested deeper than/],
  'a member twice': [
    (by) =>
      Buffer.from(
        Buffer.from(sealed(signed(), by)).toString().replace('"version":7', '"version":7,"version":7'),
      ),
    /repeated member name/,
  ],
  'no JSON': [() => Buffer.from('junk'), /invalid character/],
  'no file of targets': [(by) => sealed(signed([['_type'], 'Snapshot']), by), /expected type Targets/],
};
const kinds = Object.keys(files);

function made(kind: string, by: Signer): Uint8Array {
  const [make] = files[kind] ?? [];
  if (make === undefined) throw new Error(kind);
  return make(by);
}

let server: MemoryServer;
let owner: Actor;
let bob: Actor;
let signer: Signer;

beforeEach(async () => {
  const clock = memoryClock();
  server = memoryServer({ clock });
  owner = actor(server, clock);
  bob = actor(server, clock);
  await publish(owner);
  await shareSnapshot(owner);
  const key = generateEcdsaKey();
  signer = plainSigner(key);
  await bob.cryptoService.add(key, 'delegation', '');
  const opsKey = generateEcdsaKey();
  await owner.cryptoService.add(opsKey, 'delegation', '');
  await delegate(owner, role, [key.publicKey]);
  await delegate(owner, other, [opsKey.publicKey]);
  await publish(owner);
  await publishTarget(owner, 'by-owner');
  await publishTarget(owner, 'by-ops', other);
});

const serve = (kind: string) => serveFile(server, gun, role, { bytes: made(kind, signer), version: 7 });

describe('G33 a delegation whose file cannot be read', () => {
  it.each(kinds)(
    'a delegation whose file cannot be read leaves everything else to a newcomer, with a caution: %s',
    async (kind) => {
      await serve(kind);
      expect(await listing(owner)).toEqual(['by-ops: targets/ops', 'by-owner: targets']);
      expect(cautions(owner)).toEqual([expect.stringMatching(files[kind]?.[1] ?? /^$/)]);
      expect(cautions(owner)[0]).toContain(`${role} of ${gun}`);
      expect(owner.cache.files.has(role)).toBe(false);
      await expect(update(strictly(owner))).rejects.toMatchObject({
        code: 'ROLE_UNREADABLE',
        details: { role, gun },
      });
    },
  );

  it.each(kinds)(
    'a delegation whose file cannot be read does not keep its owner from publishing, nor from removing it: %s',
    async (kind) => {
      await serve(kind);
      await publishTarget(owner, 'more');
      await removeDelegation(owner, { role, keyIds: [], paths: [], allPaths: false, whole: true });
      await publish(owner);
      const said = cautions(owner).length;
      expect(await listing(owner)).toEqual(['by-ops: targets/ops', 'by-owner: targets', 'more: targets']);
      expect(cautions(owner).length).toBe(said);
      await update(strictly(owner));
    },
  );

  it.each(kinds)(
    'a delegation whose file cannot be read is read from the copy that was seen before, as long as that is good: %s',
    async (kind) => {
      await publishTarget(bob, 'by-bob', role);
      await update(owner);
      await serve(kind);
      for (let turn = 1; turn < 3; turn++) {
        expect(await listing(owner)).toContain('by-bob: targets/dev');
        expect(cautions(owner).length).toBe(turn);
      }
      await expect(update(strictly(owner))).rejects.toMatchObject({ code: 'ROLE_UNREADABLE' });
    },
  );

  it.each(kinds)(
    'a delegation whose file cannot be read is not published into, nor what is below it, and the error says why: %s',
    async (kind) => {
      await publishTarget(bob, 'by-bob', role);
      await delegate(bob, child, [signer.entry], ['']);
      await publish(bob);
      await update(bob);
      await serve(kind);
      for (const name of [role, child]) {
        await expect(publishTarget(bob, 'more', name)).rejects.toMatchObject({
          code: 'ROLE_UNREADABLE',
          message: expect.stringMatching(files[kind]?.[1] ?? /^$/) as string,
          details: { role, gun },
          hint: expect.stringContaining(`delegation remove ${gun} ${role}`) as string,
        });
        bob.changelist.changes.clear();
      }
    },
  );

  it('a delegation whose file cannot be read does not hide a file that the server lacks, or another one than the snapshot names', async () => {
    await serve('no JSON');
    server.override({ method: 'GET', path: /dev/, status: 404 });
    await expect(update(actor(server, memoryClock()))).rejects.toMatchObject({ code: 'METADATA_NOT_FOUND' });
  });
});

describe('G34 delegates who fill the room', () => {
  const mebi = 2 ** 20;
  const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `targets/${name}`);
  const announced = (lengths: Readonly<Record<string, number>>) => {
    const collection = new ForgedCollection({ delegations: [...names, 'targets/z'] });
    for (const [name, length] of Object.entries(lengths)) {
      collection.edit('snapshot', ['meta', name, 'length'], length);
    }
    collection.settleTimestamp();
    return collection;
  };

  it('delegations that fill the room lose a file of more than 100 MiB, and no other role', async () => {
    const collection = announced({ 'targets/a': 100 * mebi + 1 });
    const reader = actor(collection.server, memoryClock());
    expect([...(await update(reader)).targets.keys()]).toEqual(['targets', ...names.slice(1), 'targets/z']);
    expect(cautions(reader)).toEqual([expect.stringContaining('too large to be read')]);
    expect(collection.server.asked).not.toContain('targets/a');
  });

  it('delegations that fill the room lose their largest files when all together are more than 256 MiB, and no other role', async () => {
    const collection = announced({
      ...Object.fromEntries(names.map((name) => [name, 60 * mebi])),
      'targets/c': 61 * mebi,
    });
    const reader = actor(collection.server, memoryClock());
    expect((await update(reader)).targets.has('targets/z')).toBe(true);
    expect(cautions(reader)).toEqual([expect.stringContaining('targets/c of docker.io/alice/demo')]);
    expect(collection.server.asked).not.toContain('targets/c');
  });
});

describe('G34 a version that nothing can follow', () => {
  it('a version that nothing can follow makes publish name role, GUN and the way out', async () => {
    const content = edited(targetsContent({ version: 1 }), ['version'], 2 ** 53 - 1);
    await serveFile(server, gun, role, { bytes: sealed(content, signer), version: 2 ** 53 - 1 });
    await expect(publishTarget(bob, 'more', role)).rejects.toMatchObject({
      code: 'INVALID_METADATA',
      message: `${role} of ${gun} has version ${2 ** 53 - 1}, which is the last there is`,
      details: { role, gun, version: 2 ** 53 - 1 },
      hint: expect.stringContaining(`delegation remove ${gun} ${role}`) as string,
    });
  });
});
