/** Root after root: which chains of roots a reader follows, and which he does not (TUF specification 5.3). */

import { beforeEach, describe, expect, it } from 'vitest';
import { type Updated, update } from '../../src/client/update/update.ts';
import type { JsonObject } from '../../src/encoding/json-value.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { past, plainSigner, type Signer } from '../support/metadata-author.ts';

let collection: ForgedCollection;
let reader: Actor;
/** Root keys: the first is that of the first root. */
let k: readonly Signer[];

beforeEach(() => {
  collection = new ForgedCollection({ version: 1 });
  reader = actor(collection.server, memoryClock(), forgedGun);
  k = [...collection.signersOf('root'), ...Array.from({ length: 4 }, () => collection.rootSigner())];
});

/** The keys of these numbers. */
const keys = (...numbers: readonly number[]) => k.filter((_, index) => numbers.includes(index));

async function version(): Promise<number> {
  const loaded: Updated = await update(reader);
  return loaded.root.content.version;
}

async function expectRefused(code: string): Promise<void> {
  const trusted = reader.cache.files.get('root');
  await expect(update(reader)).rejects.toMatchObject({ code });
  expect(reader.cache.files.get('root')).toEqual(trusted);
}

describe('G13 a root with other keys', () => {
  beforeEach(async () => {
    await version();
  });

  it('a root with other keys is taken when the keys before and the new ones have signed it', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    expect(await version()).toBe(2);
  });

  it('a root with other keys is refused when only the new keys have signed it', async () => {
    collection.rotateRoot(keys(1), keys(1));
    await expectRefused('ROOT_ROTATION');
  });

  it('a root with other keys is refused when only the keys before have signed it', async () => {
    collection.rotateRoot(keys(1), keys(0));
    await expectRefused('ROOT_VALIDATION');
  });

  it('a root with other keys is taken when more keys than needed have signed it', async () => {
    collection.rotateRoot(keys(1), keys(0, 1, 2, 3));
    expect(await version()).toBe(2);
  });

  it('a root with other keys needs no signature of the keys before the last ones', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    await version();
    collection.rotateRoot(keys(2), keys(1, 2));
    expect(await version()).toBe(3);
  });

  it('a root with other keys needs as many of the keys before as their threshold says, whatever the new one is', async () => {
    collection.rotateRoot(keys(1, 2, 3), keys(0, 1, 2), { threshold: 2 });
    expect(await version()).toBe(2);
    collection.rotateRoot(keys(2, 3, 4), keys(2), { threshold: 1 });
    await expectRefused('ROOT_ROTATION');
    collection.seal('root', keys(2, 3));
    collection.settle();
    expect(await version()).toBe(3);
  });

  it('a root with other keys needs as many of its own keys as its own threshold says', async () => {
    collection.rotateRoot(keys(1, 2), keys(0, 1), { threshold: 2 });
    await expectRefused('ROOT_VALIDATION');
    collection.seal('root', keys(0, 1, 2));
    collection.settle();
    expect(await version()).toBe(2);
  });

  it('a root with other keys does not reach its threshold with two certificates of one key', async () => {
    const [first] = keys(1);
    const again = collection.rootSigner(first?.key);
    expect(again.id).not.toBe(first?.id);
    collection.rotateRoot([...keys(1), again], [...keys(0, 1), again], { threshold: 2 });
    await expectRefused('ROOT_VALIDATION');
  });

  it('a root with other keys may do without a role entry for the former keys, and with one', async () => {
    const roles = collection.content('root').get('roles') as JsonObject;
    collection.edit('root', ['roles', 'root.1'], roles.get('root'));
    collection.rotateRoot(keys(1), keys(0, 1));
    expect(await version()).toBe(2);
    collection.rotateRoot(keys(2), keys(1, 2));
    expect(await version()).toBe(3);
  });

  it('a root with other keys is not taken for a change of other keys that the present root key alone has signed', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    await version();
    collection.rotateRoot(keys(1), keys(1));
    expect(await version()).toBe(3);
  });

  it('a root with other keys is refused when it jumps back to a key that is no longer trusted', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    await version();
    collection.rotateRoot(keys(0), keys(0));
    await expectRefused('ROOT_ROTATION');
  });
});

describe('G13 a reader who is several roots behind', () => {
  beforeEach(async () => {
    await version();
  });

  const fetched = () => collection.server.asked.filter((resource) => resource.endsWith('.root'));

  it('a reader who is several roots behind takes the newest at once when the keys he trusts have signed it', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    collection.rotateRoot(keys(2), keys(1, 2));
    collection.rotateRoot(keys(3), keys(0, 2, 3));
    expect(await version()).toBe(4);
    expect(fetched()).toEqual([]);
  });

  it('a reader who is several roots behind otherwise fetches each root in between, and each must be signed by the one before', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    collection.rotateRoot(keys(2), keys(1, 2));
    collection.rotateRoot(keys(3), keys(2, 3));
    expect(await version()).toBe(4);
    expect(fetched()).toEqual(['2.root', '3.root']);
    expect(reader.cache.files.get('root')).toEqual(collection.files.get('root'));
  });

  it('a reader who is several roots behind refuses the chain when one in between is not signed by the one before', async () => {
    collection.rotateRoot(keys(1), keys(1));
    collection.rotateRoot(keys(0, 1, 2), keys(1));
    await expectRefused('ROOT_ROTATION');
  });

  it('a reader who is several roots behind refuses the chain when one in between has not signed itself', async () => {
    collection.rotateRoot(keys(1), keys(0));
    collection.rotateRoot(keys(2), keys(1, 2));
    await expectRefused('ROOT_VALIDATION');
  });

  it('a reader who is several roots behind refuses the chain when the newest is not signed by the one before it', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    collection.rotateRoot(keys(2), keys(1, 2));
    collection.rotateRoot(keys(3), keys(3));
    await expectRefused('ROOT_ROTATION');
  });

  it('a reader who is several roots behind does not mind that one in between has expired', async () => {
    collection.rotateRoot(keys(1), keys(0, 1), { expires: past });
    collection.rotateRoot(keys(2), keys(1, 2));
    expect(await version()).toBe(3);
  });

  it('a reader who is several roots behind refuses the chain when the newest has expired', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    collection.rotateRoot(keys(2), keys(1, 2), { expires: past });
    await expectRefused('EXPIRED');
  });

  it('a reader who is several roots behind refuses the chain when the server leaves one out', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    collection.rotateRoot(keys(2), keys(1, 2));
    collection.files.delete('2.root');
    await expectRefused('REPOSITORY_NOT_EXIST');
  });

  it('a reader who is several roots behind refuses the chain when the server gives one twice in place of the next', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    collection.rotateRoot(keys(2), keys(1, 2));
    collection.rotateRoot(keys(3), keys(2, 3));
    collection.files.set('3.root', collection.files.get('2.root') ?? new Uint8Array());
    await expectRefused('LOW_VERSION');
  });

  it('a reader who is several roots behind refuses the chain when the server gives a later one in place of the next', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    collection.rotateRoot(keys(2), keys(1, 2));
    collection.rotateRoot(keys(1), keys(1, 2));
    collection.rotateRoot(keys(3), keys(1, 3));
    collection.files.set('3.root', collection.files.get('4.root') ?? new Uint8Array());
    await expectRefused('ROOT_ROTATION');
  });

  it('a reader who is several roots behind refuses a chain of more than a thousand roots without fetching it', async () => {
    collection.edit('root', ['version'], 5000);
    collection.rotateRoot(keys(1), keys(1));
    await expectRefused('ROOT_ROTATION');
    expect(fetched()).toEqual([]);
  });

  it('a reader who is several roots behind refuses a root with a version before the one he trusts, whichever key signed it', async () => {
    collection.rotateRoot(keys(1), keys(0, 1));
    await version();
    collection.edit('root', ['version'], 1);
    collection.seal('root', keys(0, 1));
    collection.settle();
    collection.raise(0);
    await expectRefused('LOW_VERSION');
  });
});

describe('G13 other keys for the roles below', () => {
  beforeEach(async () => {
    await version();
  });

  for (const role of ['targets', 'snapshot', 'timestamp']) {
    it(`the new keys make the ${role} file that the former keys signed worthless`, async () => {
      collection.rotateBase(role, [collection.rootSigner()]);
      const former = collection.files.get(role);
      collection.settle();
      if (role === 'targets') collection.files.set(role, former ?? new Uint8Array());
      else resign(role);
      await expect(update(reader)).rejects.toMatchObject({ code: 'ROLE_THRESHOLD' });
    });

    it(`the new keys are taken with a ${role} file that they signed`, async () => {
      collection.rotateBase(role, [collection.rootSigner()]);
      if (role === 'targets') collection.seal(role);
      collection.settle();
      expect(await version()).toBe(2);
    });
  }

  /** Signs the settled snapshot or timestamp with the keys of the first root again. */
  function resign(role: string): void {
    const other = new ForgedCollection({ version: 1 });
    collection.seal(role, other.signersOf(role));
    if (role === 'snapshot') collection.settleTimestamp();
  }

  it('the new keys make a delegation worthless whose parent has replaced its keys', async () => {
    collection = new ForgedCollection({ version: 1, delegations: ['targets/a', 'targets/a/b'] });
    reader = actor(collection.server, memoryClock(), forgedGun);
    await update(reader);
    collection.rotateDelegation('targets/a', [plainSigner()]);
    collection.next('targets');
    collection.settle();
    const { targets } = await update(reader);
    expect([...targets.keys()]).toEqual(['targets']);
    expect(reader.log.messages('warn')).toEqual([
      'Error getting targets/a: valid signatures did not meet threshold for targets/a',
    ]);
  });
});
