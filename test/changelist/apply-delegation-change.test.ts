import { beforeEach, describe, expect, it } from 'vitest';
import { delegationChange, delegationDeletion, targetCreation } from '../../src/changelist/change.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { delegationsOf, keysOf, listedKeys, someKeys } from '../support/draft-repo.ts';
import type { Signer } from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';
import { Applying, everyKey, meta, noKeys, noRole, own } from './applying.ts';

const [one, two] = someKeys(2) as [Signer, Signer];

let at: Applying;

beforeEach(() => {
  at = new Applying();
});

describe('making a delegation', () => {
  it('making a delegation takes keys first and then paths, as "delegation add" stages them', async () => {
    await at.apply([
      delegationChange('create', 'targets/new', { threshold: 1, addKeys: [one.entry, two.entry] }),
      delegationChange('create', 'targets/new', { addPaths: ['x/', ''] }),
    ]);
    expect(delegationsOf(at.repo).at(-1)).toEqual({
      name: 'targets/new',
      keyIds: [one.id, two.id],
      paths: ['x/', ''],
      threshold: 1,
    });
    expect(at.dirty()).toEqual(['targets']);
    expect(at.cautions).toEqual([]);
  });

  it('making a delegation fails when the paths come first', async () => {
    const changes = [
      delegationChange('create', 'targets/new', { addPaths: [''] }),
      delegationChange('create', 'targets/new', { threshold: 1, addKeys: [one.entry] }),
    ];
    await expect(at.apply(changes)).rejects.toThrow(
      refusal('INVALID_ROLE', 'tuf: invalid role targets/new.'),
    );
  });

  it('making a delegation that exists adds to it and keeps its threshold', async () => {
    await at.apply([
      delegationChange('create', 'targets/a', { threshold: 3, addKeys: [one.entry], addPaths: ['q'] }),
    ]);
    expect(at.repo.findDelegation('targets/a')).toMatchObject({
      keyIds: [own('targets/a').id, one.id],
      paths: ['a/', 'q'],
      threshold: 1,
    });
  });

  it('a new delegation can be used by the changes behind it', async () => {
    await at.apply(
      [
        delegationChange('create', 'targets/new', { threshold: 1, addKeys: [one.entry], addPaths: ['n/'] }),
        targetCreation('targets/new', 'n/1', meta),
        delegationChange('create', 'targets/new/sub', {
          threshold: 1,
          addKeys: [two.entry],
          addPaths: ['n/s/'],
        }),
      ],
      keysOf(own('targets'), one),
    );
    expect(at.dirty()).toEqual(['targets', 'targets/new']);
    expect(delegationsOf(at.repo, 'targets/new').map(({ name }) => name)).toEqual(['targets/new/sub']);
  });

  it('making a delegation needs a key of the parent', async () => {
    const change = delegationChange('create', 'targets/a/new', { threshold: 1, addKeys: [one.entry] });
    await expect(at.apply([change], keysOf(own('targets')))).rejects.toThrow(noKeys(own('targets/a')));
    expect(at.log.records).toEqual([]);
    await at.apply([change], keysOf(own('targets/a')));
    expect(at.dirty()).toEqual(['targets/a']);
  });

  it('a new delegation must stay within the paths of the parent', async () => {
    await expect(at.apply([delegationChange('create', 'targets/a/b', { addPaths: ['x'] })])).rejects.toThrow(
      refusal('INVALID_PATH', 'tuf: invalid role targets/a/b. invalid paths to add to role'),
    );
  });

  it.each(['targets', 'targets/*'])('the role %s cannot be made a delegation', async (scope) => {
    for (const keys of [keysOf(...everyKey), keysOf()]) {
      await expect(
        at.apply([delegationChange('create', scope, { threshold: 1, addKeys: [one.entry] })], keys),
      ).rejects.toThrow(noRole(scope, 'not a valid delegated role'));
      await expect(at.apply([delegationDeletion(scope)], keys)).rejects.toThrow(
        noRole(scope, 'not a valid delegated role'),
      );
    }
  });

  it('a new delegation without paths draws a caution, unless they come later', async () => {
    await at.apply([delegationChange('create', 'targets/new', { threshold: 1, addKeys: [one.entry] })]);
    expect(at.cautions).toEqual(['DELEGATION_SIGNS_NOTHING']);
  });
});

describe('changing a delegation', () => {
  it('changing a delegation removes keys by canonical ID before it adds, and removes paths before it adds', async () => {
    await at.apply([
      delegationChange('update', 'targets/z', {
        ...{ removeKeys: [own('targets/z').key.keyId], addKeys: [one.entry] },
        ...{ removePaths: [''], addPaths: ['z/'] },
      }),
    ]);
    expect(at.repo.findDelegation('targets/z')).toEqual({
      name: 'targets/z',
      keyIds: [one.id],
      paths: ['z/'],
      threshold: 1,
    });
    expect(listedKeys(at.repo).has(own('targets/z').id)).toBe(false);
    // Its target does not begin with z/.
    expect(at.cautions).toEqual(['TARGETS_HIDDEN']);
  });

  it('changing a delegation can clear all its paths', async () => {
    await at.apply([delegationChange('update', 'targets/z', { clearPaths: true })]);
    expect(at.repo.findDelegation('targets/z')?.paths).toEqual([]);
  });

  it('changing a delegation leaves the role when its last key goes, and says so', async () => {
    await at.apply([delegationChange('update', 'targets/z', { removeKeys: [own('targets/z').key.keyId] })]);
    expect(at.repo.findDelegation('targets/z')).toMatchObject({ keyIds: [], threshold: 1 });
    const warning =
      'role targets/z has fewer keys than its threshold of 1; it will not be usable until keys are added to it';
    expect(new Set(at.log.messages('warn'))).toEqual(new Set([warning]));
  });

  it('changing a delegation passes over IDs that the role does not have, signs the parent again, and draws a caution', async () => {
    await at.apply([
      delegationChange('update', 'targets/z', { removeKeys: [asCanonicalKeyId('f'.repeat(64))] }),
    ]);
    expect(at.repo.findDelegation('targets/z')?.keyIds).toEqual([own('targets/z').id]);
    expect(at.dirty()).toEqual(['targets']);
    expect(at.cautions).toEqual(['KEY_NOT_IN_ROLE']);
  });

  it.each([
    ['targets/unknown', 'delegation does not exist'],
    ['targets', 'invalid delegation name'],
  ])('changing a delegation called %s is refused', async (scope, reason) => {
    await expect(
      at.apply([delegationChange('update', scope, { removePaths: ['x'] })], keysOf()),
    ).rejects.toThrow(noRole(scope, reason));
  });

  it('changing a delegation needs a key of the parent', async () => {
    await expect(
      at.apply([delegationChange('update', 'targets/z', { addPaths: ['x'] })], keysOf(own('targets/z'))),
    ).rejects.toThrow(noKeys(own('targets')));
  });
});

describe('deleting a delegation', () => {
  it('deleting a delegation takes it out of the list of its parent', async () => {
    await at.apply([delegationDeletion('targets/z')]);
    expect(delegationsOf(at.repo).map(({ name }) => name)).toEqual(['targets/a', 'targets/none']);
    expect(at.repo.targets.has('targets/z')).toBe(false);
  });

  it('deleting a delegation that does not exist is no error, but needs a key of the parent', async () => {
    await at.apply([delegationDeletion('targets/unknown')]);
    expect(at.dirty()).toEqual([]);
    await expect(at.apply([delegationDeletion('targets/unknown')], keysOf())).rejects.toThrow(
      noKeys(own('targets')),
    );
    await expect(at.apply([delegationDeletion('targets/unknown/deep')])).rejects.toThrow(
      noRole('targets/unknown', 'delegation does not exist'),
    );
  });
});

describe('purging keys', () => {
  const purge = delegationChange('update', 'targets/*', {
    removeKeys: [own('targets/z').key.keyId, own('targets/a/b').key.keyId],
  });

  it('purging keys takes them from every role', async () => {
    await at.apply([purge]);
    expect(at.repo.findDelegation('targets/z')?.keyIds).toEqual([]);
    expect(at.repo.findDelegation('targets/a/b')?.keyIds).toEqual([]);
    expect(at.dirty()).toEqual(['targets', 'targets/a']);
    expect(at.cautions).toEqual([]);
  });

  it('purging keys warns where the file that lists a key cannot be signed, and goes on', async () => {
    await at.apply([purge], keysOf(own('targets/a')));
    expect(at.log.messages('warn')).toEqual([
      'role targets contains keys being purged but you do not have the necessary keys present to sign it; keys will not be purged from targets or its immediate children',
      'role targets/a/b has fewer keys than its threshold of 1; it will not be usable until keys are added to it',
    ]);
    expect(at.dirty()).toEqual(['targets/a']);
  });

  it('purging keys can be limited to what is below a role', async () => {
    await at.apply([
      delegationChange('update', 'targets/a/*', {
        removeKeys: [own('targets/z').key.keyId, own('targets/a/b').key.keyId],
      }),
    ]);
    expect(at.dirty()).toEqual(['targets/a']);
  });
});
