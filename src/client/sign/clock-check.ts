/**
 * Checks for clock skew: refuses to sign when the published timestamp shows that the two clocks disagree. A clock that is
 * behind gives new metadata an expiry that has passed or will soon, and a wrong clock decides wrongly what has
 * expired. Notary 0.7.0 signs.
 */

import { formatInstant, parseInstant } from '../../encoding/rfc3339.ts';
import { NotaryError } from '../../errors.ts';
import { lifetimeOf } from '../../metadata/expiry.ts';
import type { Timestamp } from '../../metadata/snapshot.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { SignedFile } from './sign.ts';

/** Milliseconds of clock skew between honest clocks: a day, since some machines keep local time. */
const tolerance = 24 * 60 * 60 * 1000;

/**
 * The server signs timestamps for a fixed time, so one tells when it was signed.
 *
 * @throws NotaryError CLOCK_BEHIND when that is still to come by the clock of this machine
 */
export function checkClock(
  { expires }: Pick<Timestamp, 'expires'>,
  { gun, clock }: Pick<RepositoryPorts, 'gun' | 'clock'>,
): void {
  const now = clock.now();
  const signed = parseInstant(expires) - lifetimeOf('timestamp');
  if (now.getTime() + tolerance >= signed) return;
  const at = formatInstant(new Date(signed));
  throw new NotaryError(
    'CLOCK_BEHIND',
    `the clock of this machine says ${formatInstant(now)}, but the server signed the timestamp of ${gun} at ${at} by its own`,
    {
      details: { gun, now: formatInstant(now), signed: at },
      hint: 'Which of the two clocks is wrong is not known here. Set the clock of this machine if it is behind, and run this command again; if it is right, ask who runs the server. Nothing was signed.',
    },
  );
}

/**
 * Metadata that was signed by a clock far ahead ends later than what is signed now. The client only warns: a
 * refusal would lock every signer out until their clocks reach that time.
 */
export function warnShorterExpiry(
  files: ReadonlyMap<string, SignedFile>,
  before: LoadedRepo,
  { log }: Pick<RepositoryPorts, 'log'>,
): void {
  for (const [role, { envelope }] of files) {
    const last = expiryBefore(before, role);
    const next = envelope.signed.get('expires');
    if (last === undefined || typeof next !== 'string') continue;
    if (parseInstant(next) + tolerance >= parseInstant(last)) continue;
    log.warn(
      `${role} now expires at ${next}, before ${last}, when it would have expired so far: a clock, here or where it was signed last, is wrong`,
      'EXPIRY_SHORTENED',
    );
  }
}

function expiryBefore({ root, snapshot, targets }: LoadedRepo, role: string): string | undefined {
  if (role === 'root') return root.content.expires;
  return (role === 'snapshot' ? snapshot : targets.get(role))?.content.expires;
}
