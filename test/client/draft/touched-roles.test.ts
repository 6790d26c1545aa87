import { describe, expect, it } from 'vitest';
import {
  type Change,
  delegationChange,
  delegationDeletion,
  targetCreation,
  targetDeletion,
  witnessChange,
} from '../../../src/changelist/change.ts';
import { touchedRoles } from '../../../src/client/draft/touched-roles.ts';
import { asCanonicalKeyId } from '../../../src/crypto/keys/key-id.ts';
import { digest } from '../../../src/crypto/signatures/digest.ts';
import { toHex } from '../../../src/encoding/bytes.ts';
import { fileMetaOf } from '../../../src/tuf/checksums.ts';

const bytes = Buffer.from('a file');
const meta = fileMetaOf(bytes);

/** `role` of an ancestor, `role!` of a role that is signed again; `w` witnessed, `r` removed. */
function touched(...changes: readonly Change[]): readonly string[] {
  return touchedRoles(changes).map(
    ({ role, direct, witnessed, removed }) =>
      `${role}${direct ? '!' : ''}${witnessed ? ' w' : ''}${removed ? ' r' : ''}`,
  );
}

describe('the roles that staged changes touch', () => {
  it('the roles that staged changes touch are those of targets, with their ancestors, ancestors first', () => {
    expect(touched()).toEqual([]);
    expect(touched(targetDeletion('targets', 'v1'))).toEqual(['targets!']);
    expect(touched(targetCreation('targets/b/c', 'v1', meta), targetDeletion('targets/a', 'v1'))).toEqual([
      'targets',
      'targets/a!',
      'targets/b',
      'targets/b/c!',
    ]);
  });

  it('the roles that staged changes touch are the parents of delegations that change', () => {
    expect(touched(delegationChange('update', 'targets/a', { clearPaths: true }))).toEqual(['targets!']);
    expect(touched(delegationChange('create', 'targets/a/b', { threshold: 1 }))).toEqual([
      'targets',
      'targets/a!',
    ]);
  });

  it('the roles that staged changes touch are none for a purge or for a name that is no role of targets', () => {
    expect(touched(delegationChange('update', 'targets/*', { removeKeys: [asCanonicalKeyId('a')] }))).toEqual(
      [],
    );
    expect(touched(witnessChange('root'), targetDeletion('snapshot', 'v1'))).toEqual([]);
  });

  it('the roles that staged changes touch no longer include a delegation that is removed with them or with an ancestor', () => {
    const below = targetDeletion('targets/a/b', 'v1');
    expect(touched(delegationDeletion('targets/a'), below)).toEqual([
      'targets!',
      'targets/a r',
      'targets/a/b! r',
    ]);
    expect(touched(delegationDeletion('targets/a/b'), below)).toEqual([
      'targets',
      'targets/a!',
      'targets/a/b! r',
    ]);
    expect(touched(targetDeletion('targets/a', 'v1'), below)).toEqual([
      'targets',
      'targets/a!',
      'targets/a/b!',
    ]);
  });

  it('the roles that staged changes touch include the witnessed roles by name', () => {
    expect(touched(witnessChange('targets/a'))).toEqual(['targets', 'targets/a! w']);
  });
});

describe('the digests that staged witnesses name', () => {
  const named = toHex(digest('sha256', bytes));
  const accepted = (...changes: readonly Change[]) =>
    touchedRoles(changes).map((one) => [one.role, one.accepts(bytes)]);

  it('the digests that staged witnesses name are accepted for their role alone', () => {
    expect(accepted(witnessChange('targets/a', [named]), witnessChange('targets/b'))).toEqual([
      ['targets', false],
      ['targets/a', true],
      ['targets/b', false],
    ]);
  });

  it('the digests that staged witnesses name are those of all witnesses of the role', () => {
    const other = 'f'.repeat(64);
    for (const changes of [
      [witnessChange('targets/a', [named]), witnessChange('targets/a', [other])],
      [witnessChange('targets/a', [other]), witnessChange('targets/a', [named])],
    ]) {
      expect(accepted(...changes)).toContainEqual(['targets/a', true]);
    }
    expect(accepted(witnessChange('targets/a', [other]))).toContainEqual(['targets/a', false]);
  });
});
