/** Private keys that a failed command or a rotation leaves: which are deleted, which are kept, and what is said of these. */

import { beforeEach, describe, expect, it } from 'vitest';
import { retireKeys } from '../../../src/client/key-lifecycle/retire-keys.ts';
import { takeBack } from '../../../src/client/key-lifecycle/take-back-keys.ts';
import type { CanonicalKeyId } from '../../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { NotaryError } from '../../../src/errors.ts';
import { parseRoot } from '../../../src/metadata/root.ts';
import { parseEnvelope } from '../../../src/metadata/signed.ts';
import { parseTargets } from '../../../src/metadata/targets.ts';
import { type Actor, actor } from '../../support/actor.ts';
import { ForgedCollection } from '../../support/forged-repository.ts';
import { memoryClock, memoryMetadataStore } from '../../support/memory-ports.ts';
import { plainSigner } from '../../support/metadata-author.ts';

const other = 'docker.io/bob/app';
const defect = new TypeError('a defect');
let owner: Actor;
let id: CanonicalKeyId;
const key = generateEcdsaKey();

beforeEach(async () => {
  owner = actor(new ForgedCollection().server, memoryClock());
  await owner.cryptoService.add(key, 'targets', owner.gun);
  id = canonicalKeyId(key.publicKey);
});

const isHere = () => owner.keyStorage.files.has(id);
const said = () => owner.log.records.map(({ level, code, message }) => [level, code, message]);
const kept = (reason: string) => [
  [
    'warn',
    'KEY_KEPT',
    expect.stringContaining(`is kept: ${reason}; "key remove ${id}" deletes it`) as string,
  ],
];

/** Another repository of this machine, whose targets key is the one in question. */
function listElsewhere(): void {
  const collection = new ForgedCollection({ gun: other });
  collection.rotateBase('targets', [plainSigner(key)]);
  owner.machine.caches.set(other, memoryMetadataStore(collection.files));
}

describe('a key that a failed command has stored', () => {
  const back = (role = 'targets', by: 'init' | 'rotation' = 'init') => takeBack(owner, { id, role, by });

  it('a key that a failed command has stored is deleted, and nothing is said', async () => {
    await back();
    expect([isHere(), said()]).toEqual([false, []]);
  });

  it('a key that a failed command has stored is kept where it is a root key, with its next use', async () => {
    await back('root', 'init');
    await back('root', 'rotation');
    expect(isHere()).toBe(true);
    expect(said()).toEqual([
      ['warn', 'KEY_KEPT', expect.stringMatching(/^the root key .* the next "init" takes it /)],
      ['warn', 'KEY_KEPT', expect.stringMatching(/^the root key .* the same command uses it; /)],
    ]);
  });

  it('a key that a failed command has stored and that is gone is not spoken of', async () => {
    owner.keyStorage.files.delete(id);
    for (const role of ['root', 'targets']) await back(role);
    listElsewhere();
    await back();
    expect(said()).toEqual([]);
  });

  it('a key that a failed command has stored is kept where another repository lists it', async () => {
    listElsewhere();
    await back();
    expect(isHere()).toBe(true);
    expect(said()).toEqual(kept(`root of ${other} lists it`));
  });

  it('a key that a failed command has stored is kept where another command has written its file', async () => {
    owner = { ...owner, cryptoService: { ...owner.cryptoService, remove: async () => false } };
    await back();
    expect(said()).toEqual(kept('its file has been written again by another command'));
  });

  it('a key that a failed command has stored is kept where it cannot be removed; a defect stays one', async () => {
    const failing = (error: Error) => ({ ...owner.cryptoService, remove: () => Promise.reject(error) });
    owner = { ...owner, cryptoService: failing(new NotaryError('FILE_UNWRITABLE', 'read-only')) };
    await back();
    expect(said()).toEqual(kept('it cannot be removed (read-only)'));
    owner = { ...owner, cryptoService: failing(defect) };
    await expect(back()).rejects.toBe(defect);
  });
});

describe('a key that a rotation has replaced', () => {
  /** The published state; the key is in it where the test says so. */
  function retire(collection: ForgedCollection, role = 'targets'): Promise<void> {
    const envelope = (name: string) => parseEnvelope(collection.files.get(name) ?? new Uint8Array());
    const root = parseRoot(envelope('root')).content;
    const targets = collection.targetsRoles().map((name) => parseTargets(envelope(name), name).content);
    return retireKeys(owner, role, [id], { root, targets });
  }

  it('a key that a rotation has replaced is deleted, and nothing is said', async () => {
    await retire(new ForgedCollection());
    expect([isHere(), said()]).toEqual([false, []]);
  });

  it('a key that a rotation has replaced is left alone for root and timestamp, and where it is gone', async () => {
    for (const role of ['root', 'timestamp']) await retire(new ForgedCollection(), role);
    expect(isHere()).toBe(true);
    owner.keyStorage.files.delete(id);
    await retire(new ForgedCollection());
    expect(said()).toEqual([]);
  });

  it('a key that a rotation has replaced is kept where its file is for something else', async () => {
    await retire(new ForgedCollection(), 'snapshot');
    expect(isHere()).toBe(true);
    expect(said()).toEqual([
      ['warn', 'KEY_KEPT', expect.stringMatching(/is kept: its file says that it is for .*targets/)],
    ]);
  });

  it('a key that a rotation has replaced is kept where a role of the root or a delegation lists it', async () => {
    const rotated = new ForgedCollection();
    rotated.rotateBase('snapshot', [plainSigner(key)]);
    await retire(rotated);
    const delegated = new ForgedCollection({ delegations: ['targets/a'] });
    delegated.rotateDelegation('targets/a', [plainSigner(key)]);
    await retire(delegated);
    expect(isHere()).toBe(true);
    expect(said()).toEqual([
      ...kept('the root lists it for the role snapshot'),
      ...kept('a delegation of this repository lists it'),
    ]);
  });

  it('a key that a rotation has replaced is deleted although the cached root lists it still, but not another one', async () => {
    const former = new ForgedCollection();
    former.rotateBase('targets', [plainSigner(key)]);
    owner.cache.files.set('root', former.files.get('root') ?? new Uint8Array());
    listElsewhere();
    await retire(new ForgedCollection());
    expect(said()).toEqual(kept(`root of ${other} lists it`));
    owner.machine.caches.delete(other);
    await retire(new ForgedCollection());
    expect(isHere()).toBe(false);
  });

  it('a key that a rotation has replaced is kept where it is not known whether it is needed', async () => {
    owner.machine.caches.set(other, memoryMetadataStore([['root', Buffer.from('junk')]]));
    await retire(new ForgedCollection());
    const files = (error: Error) => ({ files: () => Promise.reject(error) });
    owner = { ...owner, heldMetadata: files(new NotaryError('FILE_UNREADABLE', 'open')) };
    await retire(new ForgedCollection());
    expect(isHere()).toBe(true);
    expect(said()).toEqual([
      ['warn', 'KEY_KEPT', expect.stringContaining(`it is not known whether ${other} needs it, since `)],
      ...kept('it is not known whether another repository needs it (open)'),
    ]);
    owner = { ...owner, heldMetadata: files(defect) };
    await expect(retire(new ForgedCollection())).rejects.toBe(defect);
  });

  it('a key that a rotation has replaced is kept where its file has got another use just now', async () => {
    owner = { ...owner, cryptoService: { ...owner.cryptoService, remove: async () => false } };
    await retire(new ForgedCollection());
    expect(said()).toEqual(kept('its file has been given to another use just now'));
  });
});
