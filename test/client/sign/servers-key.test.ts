/** Which snapshot key is taken for one of the server: one that is not here at all. */

import { expect, it } from 'vitest';
import { isServersKey } from '../../../src/client/sign/sign.ts';
import { type ErrorOf, isNotaryError, NotaryError } from '../../../src/errors.ts';

type Details = Partial<ErrorOf<'INSUFFICIENT_SIGNATURES'>['details']>;

function isServers(details: Details): boolean {
  const all = { role: 'snapshot', needed: 1, found: 0, ...details };
  const error = new NotaryError('INSUFFICIENT_SIGNATURES', 'not signed', { details: all });
  return isNotaryError(error, 'INSUFFICIENT_SIGNATURES') && isServersKey(error);
}

it('a key is one of the server when none of its kind is here, or when one of several is not', () => {
  expect(isServers({ keys: [] })).toBe(true);
  expect(isServers({ keys: ['k1'] })).toBe(true);
  expect(isServers({ keys: ['k1', 'k2', 'k3'], unfit: 1, unreadable: 1 })).toBe(true);
});

it('a key is none of the server when all that are listed are here and cannot sign, or when one has signed', () => {
  expect(isServers({ keys: ['k1'], unfit: 1 })).toBe(false);
  expect(isServers({ keys: ['k1', 'k2'], unfit: 1, unreadable: 1 })).toBe(false);
  expect(isServers({ keys: ['k1', 'k2'], found: 1 })).toBe(false);
});
