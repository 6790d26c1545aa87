import { expect, it } from 'vitest';
import { type DelegationRole, findDelegation, type Targets } from '../../src/metadata/targets.ts';

const listOf = (names: readonly string[]): Targets => {
  const roles = names.map((name): DelegationRole => ({ name, keyIds: [], threshold: 1, paths: [name] }));
  return {
    version: 1,
    expires: '2030-01-01T00:00:00Z',
    targets: new Map(),
    delegations: { keys: new Map(), roles },
  };
};

it.each([1, 16, 17, 300])(
  'a role in a list of %i is found at every question, and another one never',
  (count) => {
    const content = listOf(Array.from({ length: count }, (_, index) => `targets/d${index}`));
    for (let question = 0; question < 12; question++) {
      for (const index of [0, count >> 1, count - 1])
        expect(findDelegation(content, `targets/d${index}`)?.paths).toEqual([`targets/d${index}`]);
      expect(findDelegation(content, `targets/d${count}`)).toBeUndefined();
    }
  },
);
