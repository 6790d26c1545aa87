/** Which names a collaborator may have. */

import { describe, expect, it } from 'vitest';
import { nameDefect } from '../../src/collaborators/name-rules.ts';

describe('the name of a collaborator', () => {
  it.each([
    'bob',
    'Bob Smith',
    'ci-1',
    'o’neill',
    'Zoë',
    'Анна',
    '山田たろう',
    '김철수',
    'abcdef',
    'a'.repeat(65),
    'bob@acme.com',
    'deadbeef-ci',
  ])('the name %j is a name', (name) => {
    expect(nameDefect(name)).toBeUndefined();
  });

  it.each([
    ['', 'is empty'],
    ['  ', 'is empty'],
    [' bob', 'blank'],
    ['deadbee', 'key ID'],
    ['DEADBEEF01', 'key ID'],
    ['f'.repeat(64), 'key ID'],
    ['bo\nb', 'control'],
    ['bo\u0000b', 'control'],
    ['bo\u200bb', 'invisible'],
    ['bo\u202eb', 'invisible'],
    ['bo\u2028b', 'invisible'],
    ['bоb', 'scripts'],
    ['αlice', 'scripts'],
    ['山田bob', 'scripts'],
  ])('the name %j is none', (name, reason) => {
    expect(nameDefect(name)).toContain(reason);
  });
});
