/** Reads lengths of time and dates, as flags and settings give them. */

import { parseInstant } from '../../encoding/rfc3339.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';

const second = 1000;
const day = 24 * 60 * 60 * second;
const units: Readonly<Record<string, number>> = {
  ...{ s: second, m: 60 * second, h: 60 * 60 * second, d: day, w: 7 * day, y: 365 * day },
};
const duration = /^(\d{1,9})([smhdwy])$/;
const date = /^\d{4}-\d{2}-\d{2}$/;
/** Go writes years of four digits only. */
const lastInstant = Date.UTC(9999, 11, 31);

/**
 * A length of time: a number with `s`, `m` (minutes), `h`, `d`, `w` or `y` (365 days) behind it.
 *
 * @param source the flag or the setting, for messages
 * @returns milliseconds
 * @throws NotaryError INVALID_FLAG
 */
export function parseDuration(text: string, source: string): number {
  const [, count, unit = ''] = duration.exec(text) ?? [];
  const size = units[unit];
  if (count === undefined || size === undefined)
    throw invalid(text, source, 'it must be a number with s, m, h, d, w or y behind it, such as 90d');
  return Number(count) * size;
}

/**
 * A point in time: a date (`2027-01-31`, its first moment in UTC), an RFC 3339 time, or `+30d` from now.
 *
 * @throws NotaryError INVALID_FLAG
 */
export function parsePointInTime(text: string, source: string, now: Date): Date {
  const time = text.startsWith('+')
    ? now.getTime() + parseDuration(text.slice(1), source)
    : instant(text, source);
  if (time > lastInstant) throw invalid(text, source, 'it must be before the year 10000');
  return new Date(time);
}

function instant(text: string, source: string): number {
  try {
    return parseInstant(date.test(text) ? `${text}T00:00:00Z` : text);
  } catch (error) {
    if (!isNotaryError(error, 'MALFORMED_TIME')) throw error;
    throw invalid(text, source, 'it must be a date (2027-01-31), a time (2027-01-31T12:00:00Z) or +30d');
  }
}

/** The error for a value that cannot be used. */
export function invalid(text: string, source: string, reason: string): NotaryError {
  return new NotaryError('INVALID_FLAG', `invalid value ${JSON.stringify(text)} for ${source}: ${reason}`, {
    details: { value: text },
  });
}
