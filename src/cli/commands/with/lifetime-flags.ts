/** Declares and reads the flags of lifetimes: how long what is signed is valid. */

import type { ExpiryOf } from '../../../metadata/expiry.ts';

export const lifetimeFlags = {
  for: {
    type: 'string',
    extension: true,
    usage:
      'How long what is signed now is good for: 90d, 12w, 1y; default: the configuration, else as Notary',
  },
  until: {
    type: 'string',
    extension: true,
    usage: 'Until when what is signed now is good: 2027-01-31, or a time',
  },
} as const;

export interface LifetimeValues {
  readonly for: string;
  readonly until: string;
}

/**
 * When files that are signed now expire.
 *
 * @returns undefined when neither flag is given
 * @throws NotaryError INVALID_FLAG for both, for what is no time, and for a time that has passed: the server refuses
 * expired files
 */
export async function chosenExpiry(flags: LifetimeValues, now: Date): Promise<ExpiryOf | undefined> {
  if (flags.for === '' && flags.until === '') return undefined;
  const { invalid, parseDuration, parsePointInTime } = await import('../../args/time-values.ts');
  const { formatInstant } = await import('../../../encoding/rfc3339.ts');
  if (flags.for !== '' && flags.until !== '')
    throw invalid(flags.until, '--until', 'it and --for contradict each other');
  if (flags.until !== '') {
    const end = parsePointInTime(flags.until, '--until', now);
    if (end.getTime() <= now.getTime()) throw invalid(flags.until, '--until', 'it has passed');
    return () => formatInstant(end);
  }
  const length = parseDuration(flags.for, '--for');
  if (length === 0) throw invalid(flags.for, '--for', 'it must be longer');
  // Checks that the end is one that can be written.
  parsePointInTime(`+${flags.for}`, '--for', now);
  return (_role, signed) => formatInstant(new Date(signed.getTime() + length));
}
