/** Opens a repository for reading as of another time. */

import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import type { CommandContext } from '../../spec/command-context.ts';

/** The flag `--at` of the commands that read. */
export const atFlag = {
  type: 'string',
  extension: true,
  usage: 'Read as of then: a date, a time, or +30d from now; nothing of it is remembered',
} as const;

/**
 * The repository with the clock of that time, for a look that leaves the cache as it is. What the server signs counts as
 * signed anew until then: the question is whether a reader would succeed.
 *
 * @param at the value of the flag; empty for now
 * @throws NotaryError INVALID_FLAG; as `openRepository`
 */
export async function openAsOf(context: CommandContext, gun: string, at: string): Promise<RepositoryPorts> {
  if (at === '') return context.openRepository(gun, 'pull');
  const { parsePointInTime } = await import('../../args/time-values.ts');
  const now = context.clock.now();
  const then = parsePointInTime(at, '--at', now);
  const collection = await context.openRepository(gun, 'pull', 'read-only');
  const own = await collection.cryptoService.list('snapshot');
  const ownsSnapshot = own.some((key) => key.gun === collection.gun);
  const heldByServer = (role: string) => role === 'timestamp' || (role === 'snapshot' && !ownsSnapshot);
  return {
    ...collection,
    clock: { ...collection.clock, now: () => then },
    asOf: { now, heldByServer },
  };
}
