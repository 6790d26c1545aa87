/** The roles that this machine cannot sign any more when a private key is removed from it. */

import { beforeEach, describe, expect, it } from 'vitest';
import { consequence, rolesLostWith } from '../../../src/client/key-lifecycle/removal-consequences.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { NotaryError } from '../../../src/errors.ts';
import { ForgedCollection, forgedGun as gun } from '../../support/forged-repository.ts';
import { memoryHeldMetadata, memoryMetadataStore } from '../../support/memory-ports.ts';
import { plainSigner, type Signer } from '../../support/metadata-author.ts';

const idOf = ({ entry }: Signer) => canonicalKeyId(entry);
const other = 'docker.io/bob/app';
let collection: ForgedCollection;

beforeEach(() => {
  collection = new ForgedCollection({ delegations: ['targets/a'], bare: ['targets/a/b'] });
});

/** The roles that are lost with the key of a role while the keys of all these roles are stored. */
async function lostWith(role: string, ...stored: readonly string[]): Promise<readonly string[]> {
  const files = [...collection.files].filter(([name]) => /^(root|targets.*)$/.test(name));
  const held = memoryHeldMetadata(new Map([[gun, memoryMetadataStore(files)]]));
  const here = stored.flatMap((name) => collection.signersOf(name).map(idOf));
  const lost = await rolesLostWith(held, idOf(collection.oneSigner(role)), new Set<string>(here));
  return lost.map((one) => `${one.role} of ${one.gun}`);
}

describe('the roles that are lost with a key', () => {
  it.each(['root', 'targets', 'snapshot', 'targets/a', 'targets/a/b'])(
    'the role that is lost with its only key is named: %s',
    async (role) => {
      expect(await lostWith(role, role)).toEqual([`${role} of ${gun}`]);
    },
  );

  it('no role is lost with a key that is not stored here, or while another one of the role is', async () => {
    expect(await lostWith('targets/a', 'targets')).toEqual([]);
    collection.rotateDelegation('targets/a', [collection.oneSigner('targets/a'), plainSigner()]);
    expect(await lostWith('targets/a', 'targets/a')).toEqual([]);
    expect(await lostWith('targets', 'targets', 'targets/a')).toEqual([`targets of ${gun}`]);
  });

  it('no role is lost by what cannot be read, and a defect stays one', async () => {
    const key = idOf(collection.oneSigner('targets'));
    const junk = memoryHeldMetadata(new Map([[gun, memoryMetadataStore([['root', Buffer.from('junk')]])]]));
    expect(await rolesLostWith(junk, key, new Set([key]))).toEqual([]);
    const unread = (error: Error) => ({ files: () => Promise.reject(error) });
    const closed = unread(new NotaryError('FILE_UNREADABLE', 'open'));
    expect(await rolesLostWith(closed, key, new Set([key]))).toEqual([]);
    const defect = new TypeError('a defect');
    await expect(rolesLostWith(unread(defect), key, new Set([key]))).rejects.toBe(defect);
    const [file] = await junk.files();
    const broken = { files: async () => [{ ...file, read: () => Promise.reject(defect) } as never] };
    await expect(rolesLostWith(broken, key, new Set([key]))).rejects.toBe(defect);
  });
});

describe('the consequence of a lost role', () => {
  it.each([
    ['root', 'no key of the repository can be replaced ever again'],
    ['targets', `the holder of the root key runs "tsnotary key rotate ${other} targets"`],
    ['snapshot', `the holder of the root key runs "tsnotary key rotate ${other} snapshot"`],
    ['targets/a', 'nothing can be signed into that role from here'],
  ])('the consequence of a lost role says what cannot be done any more: %s', (role, words) => {
    const said = consequence({ gun: other, role });
    expect(said).toContain(words);
    expect(said).toContain(other);
    if (role.startsWith('targets/')) expect(said).toContain(`key here of ${role}`);
    else expect(said).toContain(`the only ${role} key`);
  });
});
