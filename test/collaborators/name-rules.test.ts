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
    ['bob\ufe0f', 'invisible'],
    ['bo\u034fb', 'invisible'],
    ['bob\u3164', 'invisible'],
    ['bob\u00a0smith', 'blank'],
    ['bob\u3000smith', 'blank'],
    ['bo\u0335b', 'mark'],
    ['bo\u20ddb', 'mark'],
    ['ｂｏｂ', '"bob"'],
    ['ﬁona', '"fiona"'],
  ])('the name %j is none', (name, reason) => {
    expect(nameDefect(name)).toContain(reason);
  });
});
