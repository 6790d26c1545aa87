import { describe, expect, it } from 'vitest';
import { checkExpiry, expiryFor, isNearExpiry } from '../../src/metadata/expiry.ts';
import { refusal } from '../support/refusal.ts';

const now = new Date('2026-11-22T16:05:07.120Z');

describe('G26 the expiry of metadata', () => {
  it.each([
    ['root', '2036-11-19T16:05:07.12Z'],
    ['targets', '2029-11-21T16:05:07.12Z'],
    ['targets/releases', '2029-11-21T16:05:07.12Z'],
    ['snapshot', '2029-11-21T16:05:07.12Z'],
    ['timestamp', '2026-12-06T16:05:07.12Z'],
  ])('the expiry of %s signed now is %s', (role, expires) => {
    expect(expiryFor(role, now)).toBe(expires);
  });

  it.each([
    '2026-11-22T16:05:07.12Z',
    '2026-11-22T16:05:07.120999999Z',
    '2026-11-22T21:35:08+05:30',
    '9999-12-31T23:59:59Z',
  ])('a file that expires at %s has not expired', (expires) => {
    expect(() => checkExpiry('targets', expires, now)).not.toThrow();
  });

  it.each([
    ['2026-11-22T16:05:07.119Z', 'Sun Nov 22 16:05:07 UTC 2026'],
    ['2021-01-01T00:00:00Z', 'Fri Jan 1 00:00:00 UTC 2021'],
    ['2026-11-22T18:05:07+02:00', 'Sun Nov 22 16:05:07 UTC 2026'],
  ])('a file that expires at %s has expired', (expires, shown) => {
    expect(() => checkExpiry('targets', expires, now)).toThrow(
      refusal('EXPIRED', `targets expired at ${shown}`),
    );
  });

  it('the error of an expired file names both times', () => {
    expect(() => checkExpiry('root', '2021-01-01T00:00:00Z', now)).toThrow(
      expect.objectContaining({
        details: { role: 'root', expires: '2021-01-01T00:00:00Z', now: '2026-11-22T16:05:07.12Z' },
        hint: expect.stringContaining('The clock of this machine says 2026-11-22T16:05:07.12Z') as string,
      }),
    );
  });

  it('an expiry that is no time never counts as in the future', () => {
    for (const expires of ['tomorrow', '', '2026-02-30T00:00:00Z', '2999-01-01']) {
      expect(() => checkExpiry('root', expires, now)).toThrow(refusal('MALFORMED_TIME'));
      expect(() => isNearExpiry(expires, now)).toThrow(refusal('MALFORMED_TIME'));
    }
  });

  it.each([
    ['2026-11-22T16:05:07Z', '2027-05-22T16:05:06Z', true],
    ['2026-11-22T16:05:07Z', '2027-05-22T16:05:07Z', false],
    ['2026-08-31T00:00:00Z', '2027-03-02T23:59:59Z', true],
    ['2026-08-31T00:00:00Z', '2027-03-03T00:00:00Z', false],
    ['2026-11-22T16:05:07Z', '2020-01-01T00:00:00Z', true],
  ])('an expiry is near when less than six months of Go are left: at %s, %s', (at, expires, near) => {
    expect(isNearExpiry(expires, new Date(at))).toBe(near);
  });
});
