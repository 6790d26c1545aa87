/** Looks at the expiry of a repository as the server serves it now: the cache never stands in for the server. */

import type { Finding } from '../../review/finding.ts';
import { judge } from '../../review/judge.ts';
import { canonicalIds } from '../../tuf/verify-signatures.ts';
import { keysHere } from '../key-lifecycle/keys-here.ts';
import { stateOf } from '../preview/published-state.ts';
import { servedTargets } from '../read/served-targets.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { checkClock } from '../sign/clock-check.ts';
import { type Updated, update } from '../update/update.ts';
import { type ExpiryQuestion, type ExpiryRow, expiryRows } from './rows.ts';

/** What a look has found. */
export interface ExpiryReport {
  readonly rows: readonly ExpiryRow[];
  readonly findings: readonly Finding[];
  readonly loaded: Updated;
}

/**
 * Accepts what has expired, and verifies everything else as a reader would.
 *
 * @throws NotaryError CLOCK_BEHIND; the codes of `update`; those of a server that cannot be reached, too
 */
export async function lookAtExpiry(
  ports: RepositoryPorts,
  question: Pick<ExpiryQuestion, 'at' | 'warn' | 'critical'>,
): Promise<ExpiryReport> {
  const { gun, clock } = ports;
  const loaded = await update(ports, { acceptsExpired: () => true, rotations: 'leave' });
  // By a clock that is behind nothing ends soon.
  if (loaded.timestamp !== undefined) checkClock(loaded.timestamp.content, ports);
  const now = clock.now();
  const targets = servedTargets(loaded);
  const { root, snapshot, timestamp, unusable, unreadable } = loaded;
  const state = stateOf({ root, snapshot, timestamp, unusable, unreadable, targets }, gun);
  const listed = new Set([...state.roles.values()].flatMap(({ keys }) => canonicalIds(keys)));
  const here = new Set<string>(await keysHere(ports, listed));
  const rows = expiryRows(loaded, targets, { ...question, gun, now, keysHere: here });
  const standing = judge(state, question.at).filter(({ code }) => !ends.includes(code));
  const server = loaded.timestamp === undefined ? [noTimestamp(gun)] : [];
  return { rows, findings: [...server, ...standing, ...rows.flatMap((row) => findingOf(gun, row))], loaded };
}

/** What the rows say. */
const ends: readonly string[] = ['EXPIRED', 'EXPIRES_SOON'];

function noTimestamp(gun: string): Finding {
  return {
    code: 'SERVER_UNAVAILABLE',
    severity: 'error',
    role: 'timestamp',
    message: `the server cannot sign a timestamp for ${gun}, since the root or the snapshot has expired: no reader gets anything`,
  };
}

function findingOf(gun: string, row: ExpiryRow): readonly Finding[] {
  const { role, keyId, status, expires, what, heldByServer, mayBeServers } = row;
  if (status === 'ok') return [];
  const subject = what === 'metadata' ? role : `the certificate of the key ${keyId} in ${role}`;
  const isOver = status === 'expired';
  const command = remedy(gun, row);
  const server = heldByServer
    ? '; the server signs it, and gives one that has expired'
    : mayBeServers
      ? '; if the server has its key, it signs it again by itself, else its owner has to'
      : '';
  return [
    {
      code: isOver ? 'EXPIRED' : 'EXPIRES_SOON',
      severity: status === 'warning' ? 'warning' : 'error',
      role,
      ...(keyId !== undefined && { keyId }),
      message: `${subject} ${isOver ? 'expired' : 'expires'} at ${expires}${server}`,
      ...(!heldByServer && command !== undefined && { hint: { command } }),
    },
  ];
}

function remedy(gun: string, { what, role, status }: ExpiryRow): readonly string[] | undefined {
  if (what === 'metadata') return ['tsnotary', 'renew', gun, '-r', role];
  // Notary's server takes no new root once the certificate of the present one has expired.
  if (role === 'root') return status === 'expired' ? undefined : ['tsnotary', 'key', 'rotate', gun, 'root'];
  return ['tsnotary', 'delegation', 'add', gun, role, 'NEW.crt'];
}
