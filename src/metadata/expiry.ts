/** Decides how long metadata lives, and whether it has expired. Lifetimes are those of Notary 0.7.0. */

import { formatInstant, formatUnixDate, parseInstant } from '../encoding/rfc3339.ts';
import { NotaryError } from '../errors.ts';

const day = 24 * 60 * 60 * 1000;

/** Days from signing to expiry. */
const lifetimes: Readonly<Record<string, number>> = { root: 3650, snapshot: 1095, timestamp: 14 };
const targetsLifetime = 1095;

/** Milliseconds from signing to expiry. */
export function lifetimeOf(role: string): number {
  return (lifetimes[role] ?? targetsLifetime) * day;
}

/** Tells when metadata of a role that is signed at a time expires: RFC 3339. */
export type ExpiryOf = (role: string, now: Date) => string;

/** The expiry of metadata signed now. */
export function expiryFor(role: string, now: Date): string {
  return formatInstant(new Date(now.getTime() + lifetimeOf(role)));
}

/** True when the time of metadata has passed. @param expires RFC 3339 */
export function hasExpired(expires: string, now: Date): boolean {
  return parseInstant(expires) < now.getTime();
}

/** @throws NotaryError EXPIRED `targets expired at Mon Jan 2 15:04:05 UTC 2006` */
export function checkExpiry(role: string, expires: string, now: Date): void {
  if (!hasExpired(expires, now)) return;
  throw new NotaryError('EXPIRED', `${role} expired at ${formatUnixDate(parseInstant(expires))}`, {
    details: { role, expires, now: formatInstant(now) },
    hint: renewalHint(role, now),
  });
}

/**
 * What mends an expired file.
 *
 * @param gun the argument of the command; a placeholder where it is not known
 */
export function renewalHint(role: string, now: Date | string, gun = 'GUN'): string {
  const clock = typeof now === 'string' ? now : formatInstant(now);
  const check = clockHint(clock);
  if (role === 'timestamp')
    return `${check} If it is right, the server no longer signs timestamps: ask who runs it.`;
  return `${check} If it is right, a holder of a key of ${role} renews it: tsnotary renew ${gun} -r ${role}`;
}

/** What may be wrong where a time was. @param clock RFC 3339 */
export function clockHint(clock: string): string {
  return `The clock of this machine says ${clock}; check it.`;
}

/** Notary 0.7.0 warns, and signs a root anew, when less than that is left. */
const nearMonths = 6;

/** True when less than so many months are left. */
export function isNearExpiry(expires: string, now: Date, months: number = nearMonths): boolean {
  return endsSoon(parseInstant(expires), now, months);
}

/** As `isNearExpiry`. @param end milliseconds since the epoch */
export function endsSoon(end: number, now: Date, months: number = nearMonths): boolean {
  return end < addMonths(now, months).getTime();
}

/** Go's AddDate(0, n, 0): a day that the month lacks rolls over into the next. */
function addMonths(date: Date, months: number): Date {
  const moved = new Date(date);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  return moved;
}
