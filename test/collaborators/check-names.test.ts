/** What is found in the names of a collection: keys without names, one person for a threshold, days that have passed. */

import { describe, expect, it } from 'vitest';
import { type CheckedRole, checkFile, checkRoles } from '../../src/collaborators/check-names.ts';
import { checkedFile } from '../../src/collaborators/collaborators-file.ts';
import { keyNames } from '../../src/collaborators/names.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';

const at = { line: 1, column: 1 };
const [one, two, three] = ['1', '2', '3'].map((digit) => asCanonicalKeyId(digit.repeat(64))) as [
  ReturnType<typeof asCanonicalKeyId>,
  ReturnType<typeof asCanonicalKeyId>,
  ReturnType<typeof asCanonicalKeyId>,
];
const fileWith = (until?: string) =>
  checkedFile(
    'names.yaml',
    [
      {
        name: 'bob',
        robot: false,
        at,
        keys: [one, two].map((text) => ({ text, at })),
        ...(until !== undefined && { until }),
      },
    ],
    ({ text }) => asCanonicalKeyId(text),
  );

function codes(roles: readonly CheckedRole[], until?: string, now = '2026-11-01T12:00:00Z') {
  const names = keyNames({ file: fileWith(until), collections: [] });
  return checkRoles('g', roles, names, new Date(now)).map(({ code, keyId }) => [code, keyId ?? '']);
}

describe('what is found in the names of a collection', () => {
  it.each([
    [
      'has two keys and two must sign',
      [one, two, three],
      2,
      [
        ['THRESHOLD_BY_ONE', ''],
        ['KEY_WITHOUT_NAME', three],
      ],
    ],
    ['has two keys and three must sign', [one, two, three], 3, [['KEY_WITHOUT_NAME', three]]],
    ['has one of two keys and two must sign', [one, three], 2, [['KEY_WITHOUT_NAME', three]]],
    ['may sign alone, as anyone who is listed', [one, two], 1, []],
  ])('a person who %s is found where the threshold means nothing', (_, keyIds, threshold, expected) => {
    expect(codes([{ name: 'targets/a', keyIds, threshold }])).toEqual(expected);
  });

  it.each([
    ['2026-12-31', '2026-12-31T23:59:59Z', []],
    ['2026-12-31', '2027-01-01T00:00:00Z', [['COLLABORATOR_ENDED', one]]],
  ])('a collaborator until %s is one at %s or not', (until, now, expected) => {
    expect(codes([{ name: 'targets/a', keyIds: [one], threshold: 1 }], until, now)).toEqual(expected);
  });

  it('a collaborator whose day has passed and who is in no role is found in the file alone', () => {
    expect(codes([], '2020-01-01')).toEqual([]);
    const found = checkFile(fileWith('2020-01-01'), new Date('2026-01-01T00:00:00Z'));
    expect(found.map(({ code, collaborator }) => [code, collaborator])).toEqual([
      ['COLLABORATOR_ENDED', 'bob'],
    ]);
  });

  it('each finding has a command that can be run', () => {
    const names = keyNames({ file: fileWith('2020-01-01'), collections: [] });
    const roles = [{ name: 'targets/a', keyIds: [one, two, three], threshold: 2 }];
    const findings = checkRoles('g', roles, names, new Date('2026-01-01T00:00:00Z'));
    expect(findings.map(({ hint }) => hint.command.slice(0, 3).join(' '))).toEqual([
      'tsnotary delegation revoke',
      'tsnotary delegation revoke',
      'tsnotary delegation list',
      'tsnotary collaborator add',
    ]);
  });
});
