/** Reads and writes instants as Go does (RFC 3339 with up to nine fractional digits). */

import { NotaryError } from '../errors.ts';
import { trimEndOf } from './trim.ts';

const shape = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|([+-])(\d{2}):(\d{2}))$/;

/**
 * Milliseconds since the epoch, fraction cut to milliseconds. Read by hand, since Date accepts dates
 * that do not exist and times without a zone, and compares an invalid date as "not expired".
 *
 * @throws NotaryError MALFORMED_TIME
 */
export function parseInstant(text: string): number {
  const match = shape.exec(text);
  if (match === null) throw malformed(text);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, Number((match[7] ?? '.0').slice(1, 4).padEnd(3, '0')));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) throw malformed(text);
  const offsetHours = Number(match[10] ?? 0);
  const offsetMinutes = Number(match[11] ?? 0);
  if (offsetHours > 23 || offsetMinutes > 59) throw malformed(text);
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000;
  return date.getTime() - (match[9] === '-' ? -offset : offset);
}

function malformed(text: string): NotaryError {
  return new NotaryError(
    'MALFORMED_TIME',
    `parsing time ${JSON.stringify(text.slice(0, 64))}: not an RFC 3339 time`,
  );
}

/** UTC without trailing zeros in the fraction: the only form that survives a round trip through Go. */
export function formatInstant(date: Date): string {
  return `${trimEndOf(trimEndOf(date.toISOString().slice(0, -1), '0'), '.')}Z`;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Mon Jan 2 15:04:05 UTC 2006`, as Notary shows an expiry. */
export function formatUnixDate(milliseconds: number): string {
  const date = new Date(milliseconds);
  const time = date.toISOString().slice(11, 19);
  return `${weekdays[date.getUTCDay()] ?? ''} ${months[date.getUTCMonth()] ?? ''} ${date.getUTCDate()} ${time} UTC ${date.getUTCFullYear()}`;
}
