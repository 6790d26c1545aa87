import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant, formatUnixDate, parseInstant } from '../../src/encoding/rfc3339.ts';

const milliseconds = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 11, 31) });

describe('reading an instant', () => {
  it.each([
    ['2029-11-21T13:48:41.65814015Z', '2029-11-21T13:48:41.658Z'],
    ['2029-11-21T19:47:50.757698253+05:30', '2029-11-21T14:17:50.757Z'],
    ['2026-11-22T16:05:07Z', '2026-11-22T16:05:07.000Z'],
    ['2026-11-22T16:05:07.1-08:00', '2026-11-23T00:05:07.100Z'],
    ['2024-02-29T00:00:00+02:00', '2024-02-28T22:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['2029-11-21T13:48:41.9999999999999Z', '2029-11-21T13:48:41.999Z'],
  ])('reading an instant understands %s', (text, same) => {
    expect(new Date(parseInstant(text)).toISOString()).toBe(same);
  });

  it('reading an instant agrees with Date on every instant that Date writes', () => {
    fc.assert(fc.property(milliseconds, (at) => parseInstant(new Date(at).toISOString()) === at));
  });

  it('reading an instant counts an offset the way round that a clock on the wall does', () => {
    fc.assert(
      fc.property(milliseconds, fc.integer({ min: -1439, max: 1439 }), (at, offset) => {
        const wall = new Date(at + offset * 60_000).toISOString().slice(0, -1);
        const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
        const zone = `${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
        fc.pre(/^\d{4}-/.test(wall));
        expect(parseInstant(wall + zone)).toBe(at);
      }),
    );
  });

  it.each([
    ['no zone', '2026-11-22T16:05:07'],
    ['a day that does not exist', '2026-02-30T00:00:00Z'],
    ['a leap day in a common year', '2025-02-29T00:00:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['month 0', '2026-00-10T00:00:00Z'],
    ['day 0', '2026-01-00T00:00:00Z'],
    ['hour 24', '2026-01-01T24:00:00Z'],
    ['minute 60', '2026-01-01T00:60:00Z'],
    ['a leap second', '2026-12-31T23:59:60Z'],
    ['second 60 on an ordinary day', '2026-06-15T12:00:60Z'],
    ['an offset of 24 hours', '2026-01-01T00:00:00+24:00'],
    ['an offset of 60 minutes', '2026-01-01T00:00:00+00:60'],
    ['a blank for the T', '2026-01-01 00:00:00Z'],
    ['lower case', '2026-01-01t00:00:00z'],
    ['an empty fraction', '2026-01-01T00:00:00.Z'],
    ['a date alone', '2026-01-01'],
    ['words', 'tomorrow'],
    ['nothing', ''],
    ['a number', '1795355321'],
    ['a newline behind', '2026-01-01T00:00:00Z\n'],
    ['a year of five digits', '12026-01-01T00:00:00Z'],
    ['digits of another script', '２026-01-01T00:00:00Z'],
  ])('reading an instant refuses %s', (_, text) => {
    expect(() => parseInstant(text)).toThrow(expect.objectContaining({ code: 'MALFORMED_TIME' }));
  });
});

describe('writing an instant', () => {
  it.each([
    ['2026-11-22T16:05:07.000Z', '2026-11-22T16:05:07Z'],
    ['2026-11-22T16:05:07.120Z', '2026-11-22T16:05:07.12Z'],
    ['2026-11-22T16:05:07.100Z', '2026-11-22T16:05:07.1Z'],
    ['2026-11-22T16:05:07.007Z', '2026-11-22T16:05:07.007Z'],
    ['2026-11-20T10:00:00.000Z', '2026-11-20T10:00:00Z'],
    ['2026-11-20T10:00:10.000Z', '2026-11-20T10:00:10Z'],
  ])('writing an instant drops the zeros of a fraction that Go would drop: %s', (at, text) => {
    expect(formatInstant(new Date(at))).toBe(text);
  });

  it('writing an instant loses no digit', () => {
    fc.assert(fc.property(milliseconds, (at) => parseInstant(formatInstant(new Date(at))) === at));
  });

  it('writing an instant writes no fraction that ends in zero', () => {
    fc.assert(fc.property(milliseconds, (at) => !/\.\d*0Z$|\.Z$/.test(formatInstant(new Date(at)))));
  });
});

describe('an expiry for people', () => {
  it.each([
    ['2021-01-01T00:00:00Z', 'Fri Jan 1 00:00:00 UTC 2021'],
    ['2029-11-21T13:48:41.658Z', 'Wed Nov 21 13:48:41 UTC 2029'],
    ['2026-11-22T06:05:07Z', 'Sun Nov 22 06:05:07 UTC 2026'],
  ])('an expiry for people shows %s as %s', (at, text) => {
    expect(formatUnixDate(Date.parse(at))).toBe(text);
  });
});
