import { beforeEach, describe, expect, it } from 'vitest';
import {
  delegationChange,
  targetCreation,
  targetDeletion,
  witnessChange,
} from '../../src/changelist/change.ts';
import { NotaryError } from '../../src/errors.ts';
import { keysOf, someKeys } from '../support/draft-repo.ts';
import { edited, past, plainSigner, type Signer } from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';
import { changed, resealed } from '../support/sealed-collection.ts';
import { Applying, collection, foreign, meta, noKeys, noRole, own } from './applying.ts';

const [one, two] = someKeys(2) as [Signer, Signer];

let at: Applying;

beforeEach(() => {
  at = new Applying();
});

describe('a witness', () => {
  it('a witness marks a role for signing, without asking for keys', async () => {
    await at.apply([witnessChange('targets/a'), witnessChange('targets')], keysOf());
    expect(at.dirty()).toEqual(['targets', 'targets/a']);
  });

  const spoilt = (
    signers: readonly Signer[] | undefined,
    { expires, base = true }: { readonly expires?: string; readonly base?: boolean } = {},
  ) => {
    const content = (signed: Parameters<typeof edited>[0]) =>
      expires === undefined ? signed : edited(signed, ['expires'], expires);
    const changes = new Map([['targets/z', changed(collection, 'targets/z', content, signers)]]);
    at = new Applying(resealed(collection, changes), (unusable) =>
      base ? { bases: unusable } : { unresolved: new Map([['targets/z', unresolved]]) },
    );
  };
  const unresolved = new NotaryError('ROLE_NEEDS_WITNESS', 'its signers have been taken away');

  it.each([
    ['is below its threshold', [plainSigner()], undefined],
    ['has expired', undefined, past],
  ])(
    'a witness takes over a role that %s and may be signed again, with its targets',
    async (_, signers, expires) => {
      spoilt(signers, expires === undefined ? {} : { expires });
      await at.apply([witnessChange('targets/z')]);
      expect(at.repo.targets.get('targets/z')).toMatchObject({ dirty: true, content: { version: 5 } });
      expect([...at.targetsOf('targets/z').keys()]).toEqual(['target of targets/z']);
    },
  );

  it('a witness keeps the old targets, whether it comes before a target is added or after it', async () => {
    const changes = [witnessChange('targets/z'), targetCreation('targets/z', 'new', meta)];
    for (const order of [changes, changes.toReversed()]) {
      spoilt([plainSigner()]);
      await at.apply(order);
      expect([...at.targetsOf('targets/z').keys()]).toEqual(['target of targets/z', 'new']);
    }
  });

  it.each([
    ['a witness', [witnessChange('targets/z')]],
    ['a target', [targetCreation('targets/z', 'new', meta)]],
    ['the removal of a target', [targetDeletion('targets/z', 'target of targets/z')]],
    [
      'a delegation below it',
      [delegationChange('create', 'targets/z/y', { threshold: 1, addKeys: [one.entry] })],
    ],
    [
      'another key for a delegation below it',
      [delegationChange('update', 'targets/z/y', { addKeys: [one.entry] })],
    ],
    ['a target of a delegation below it', [targetCreation('targets/z/y', 'new', meta)]],
  ])('a change is refused where a role may not be signed again: %s', async (_, changes) => {
    spoilt([plainSigner()], { base: false });
    await expect(at.apply(changes)).rejects.toBe(unresolved);
    expect(at.dirty()).toEqual([]);
  });

  it('a witness cannot bring back a role that has too few keys', async () => {
    spoilt([plainSigner()]);
    await at.apply([delegationChange('update', 'targets/z', { removeKeys: [own('targets/z').key.keyId] })]);
    await expect(at.apply([witnessChange('targets/z')])).rejects.toThrow(
      noRole('targets/z', 'role does not specify enough valid signing keys to meet its required threshold'),
    );
    await at.apply([
      delegationChange('update', 'targets/z', { addKeys: [one.entry] }),
      witnessChange('targets/z'),
    ]);
    expect(at.repo.targets.has('targets/z')).toBe(true);
  });

  it.each(['targets/unknown', 'targets/unknown/deep', 'targets/*'])(
    'a witness of %s is refused',
    async (role) => {
      await expect(at.apply([witnessChange(role)])).rejects.toThrow(noRole(role, 'this role is not known'));
    },
  );

  it('a witness of a listed role without a file is refused', async () => {
    at.repo.targets.delete('targets/z');
    await expect(at.apply([witnessChange('targets/z')])).rejects.toThrow(
      noRole('targets/z', 'this role is not known'),
    );
  });
});

describe('changes one after the other', () => {
  it('changes ask anew who can sign once a delegation has changed', async () => {
    const changes = [
      targetCreation('targets/z', 'first', meta),
      delegationChange('update', 'targets/z', {
        addKeys: [one.entry],
        removeKeys: [own('targets/z').key.keyId],
      }),
      targetCreation('targets/z', 'second', meta),
    ];
    await expect(at.apply(changes)).rejects.toThrow(noKeys(one));
  });

  it('changes stop at the first that fails', async () => {
    const changes = [
      targetCreation('targets', 'first', meta),
      foreign({ type: 'nonsense' }),
      targetCreation('targets', 'second', meta),
    ];
    await expect(at.apply(changes)).rejects.toThrow(refusal('INVALID_CHANGE'));
    expect(at.targetsOf('targets').has('first')).toBe(true);
    expect(at.targetsOf('targets').has('second')).toBe(false);
  });
});

describe('a foreign change', () => {
  it.each([
    [{ scope: 'snapshot' }, 'scope not supported: snapshot'],
    [{ scope: 'timestamp', type: 'witness' }, 'scope not supported: timestamp'],
    [{ scope: '' }, 'scope not supported: '],
    [{ scope: 'targets/A' }, 'scope not supported: targets/A'],
    [{ scope: 'root/*' }, 'scope not supported: root/*'],
    [{ type: 'metadata' }, 'only target meta and delegations changes supported'],
    [{ type: 'role' }, 'only target meta and delegations changes supported'],
    [{ type: '' }, 'only target meta and delegations changes supported'],
    [{ action: 'update' }, 'action not yet supported: update'],
    [{ action: '' }, 'action not yet supported: '],
    [
      { type: 'delegation', scope: 'targets/a', action: 'rename' },
      'unsupported action against delegations: rename',
    ],
    [{ scope: 'root' }, 'type of root change not yet supported: target'],
    [{ scope: 'root', type: 'witness', action: 'update' }, 'type of root change not yet supported: witness'],
    [{ scope: 'root', type: 'role', action: 'delete' }, 'action not yet supported for root: delete'],
  ])('the foreign change %j is refused in the words of Notary', async (change, message) => {
    await expect(at.apply([foreign(change)])).rejects.toThrow(refusal('INVALID_CHANGE', message));
    expect(at.dirty()).toEqual([]);
    expect(at.repo.root.dirty).toBe(false);
  });
});

describe('a change of root keys', () => {
  const replacement = (role: string, ...signers: readonly Signer[]) => {
    const keys = signers.map(({ entry }) => ({
      keytype: entry.keyType,
      keyval: { public: entry.value, private: null },
    }));
    return foreign({ scope: 'root', type: 'role', content: Buffer.from(JSON.stringify({ keys, role })) });
  };

  it.each(['targets', 'snapshot', 'timestamp'])(
    'a change of root keys replaces all keys of %s and drops the old ones',
    async (role) => {
      await at.apply([replacement(role, one, two)]);
      expect(at.repo.root.content.roles.get(role)).toEqual({ keyIds: [one.id, two.id], threshold: 1 });
      expect(at.repo.root.content.keys.has(own(role).id)).toBe(false);
      expect(at.repo.root.dirty).toBe(true);
      expect(at.dirty()).toEqual(role === 'targets' ? ['targets'] : []);
    },
  );

  it('a change of root keys keeps the former certificates of the root', async () => {
    await at.apply([replacement('root', one)]);
    expect([...at.repo.root.content.keys.keys()]).toEqual(expect.arrayContaining([own('root').id, one.id]));
    expect(at.repo.publishedRoot.roles.get('root')?.keyIds).toEqual([own('root').id]);
  });

  it('a change of root keys keeps a key that another role still has', async () => {
    await at.apply([replacement('snapshot', own('targets'))]);
    await at.apply([replacement('targets', one)]);
    expect(at.repo.root.content.keys.has(own('targets').id)).toBe(true);
  });

  it.each([
    ['nonsense', 'invalid base role name'],
    ['targets/a', 'role not found in root file'],
  ])('a change of root keys cannot be one of %s', async (role, reason) => {
    await expect(at.apply([replacement(role, one)])).rejects.toThrow(noRole(role, reason));
  });
});
