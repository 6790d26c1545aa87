/** The targets that readers lose by a revocation, and those of them that `targets` can keep. */

import { describe, expect, it } from 'vitest';
import { keptTargets, type LostTargets, lostOf } from '../../../src/client/revoke/lost-targets.ts';
import { fileMetaOf } from '../../../src/tuf/checksums.ts';
import { forgedGun as gun } from '../../support/forged-repository.ts';
import { plainSigner } from '../../support/metadata-author.ts';
import { refusal } from '../../support/refusal.ts';
import { stateWith } from '../../support/repository-states.ts';

const signer = plainSigner();
const holding = (targets: Readonly<Record<string, string>>) => ({
  keys: [signer],
  signedBy: [signer],
  targets,
});
const untrusted = (targets: Readonly<Record<string, string>>) =>
  ({ ...holding(targets), standing: 'untrusted' }) as const;
const metaOf = (payload: string) => fileMetaOf(Buffer.from(payload));
const lost = (
  role: string,
  targets: Readonly<Record<string, string>>,
  only?: readonly string[],
): LostTargets => ({
  role,
  targets: new Map(Object.entries(targets).map(([name, payload]) => [name, metaOf(payload)])),
  only: only ?? Object.keys(targets),
});

describe('what readers lose', () => {
  const delegated = { v1: '1', v2: '2', v3: '3' };
  const others = { targets: holding({ v1: '1' }), 'targets/b': holding({ v2: '2', v3: 'other' }) };

  it('what readers lose is all of a role that is not believed any more, and nothing of the others', () => {
    const before = stateWith({ ...others, 'targets/a': holding(delegated) });
    const after = stateWith({ ...others, 'targets/a': untrusted(delegated) });
    expect(lostOf(before, after)).toEqual([lost('targets/a', delegated, ['v3'])]);
    expect(lostOf(before, before)).toEqual([]);
  });

  it('what readers lose of targets/releases is found by docker in targets only', () => {
    const before = stateWith({ ...others, 'targets/releases': holding(delegated) });
    const after = stateWith({ ...others, 'targets/releases': untrusted(delegated) });
    expect(lostOf(before, after)).toEqual([lost('targets/releases', delegated, ['v2', 'v3'])]);
  });
});

describe('what targets keep', () => {
  const kept = (own: Readonly<Record<string, string>>, ...from: readonly LostTargets[]) =>
    keptTargets(gun, stateWith({ targets: holding(own) }), from).map(({ scope, action, path }) => [
      ...[scope, action, path],
    ]);

  it('what targets keep is each lost target once, but those that they have', () => {
    const found = kept(
      { v1: '1' },
      lost('targets/a', { v1: '1', v2: '2' }),
      lost('targets/b', { v2: '2', v4: '4' }),
    );
    expect(found).toEqual([
      ['targets', 'create', 'v2'],
      ['targets', 'create', 'v4'],
    ]);
  });

  it('what targets keep is not what readers find elsewhere', () => {
    expect(kept({}, lost('targets/a', { v1: '1', v2: '2' }, ['v2']))).toEqual([['targets', 'create', 'v2']]);
  });

  it('what targets keep has one content, which each lost target of that name must have', () => {
    expect(() => kept({ v1: '1', v2: '2' }, lost('targets/a', { v1: 'x', v2: 'y' }))).toThrow(
      refusal('TARGETS_CONFLICT', /cannot keep 2 tags .*: v1, v2$/, { gun, targets: ['v1', 'v2'] }),
    );
    expect(() => kept({}, lost('targets/a', { v1: '1' }), lost('targets/b', { v1: 'x' }))).toThrow(
      refusal('TARGETS_CONFLICT', /cannot keep a tag .*: v1$/, { gun, targets: ['v1'] }),
    );
  });

  it('what targets keep does not ask for a file of targets', () => {
    const state = stateWith({ targets: { keys: [signer] } });
    expect(keptTargets(gun, state, [lost('targets/a', { v1: '1' })])).toHaveLength(1);
  });
});
