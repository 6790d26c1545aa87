/** Warns owners of metadata that will expire within six months (log messages of Notary 0.7.0, and the dates). */

import { shellWord } from '../../encoding/shell-quote.ts';
import { isNearExpiry } from '../../metadata/expiry.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** As many roles as are named with their dates. */
const maxNames = 10;

export function warnNearExpiry(
  loaded: RepoBuilder,
  { gun, clock, log }: Pick<RepositoryPorts, 'gun' | 'clock' | 'log'>,
): void {
  const now = clock.now();
  const near: string[] = [];
  const warn = (role: string, what: string, expires: string | undefined) => {
    if (expires === undefined || !isNearExpiry(expires, now)) return;
    log.warn(`${what} is nearing expiry, you should re-sign the role metadata`);
    near.push(`${role} at ${expires}`);
  };
  warn('root', 'root', loaded.root?.content.expires);
  for (const [role, { content }] of loaded.targets) warn(role, `${role} metadata`, content.expires);
  warn('snapshot', 'snapshot', loaded.snapshot?.content.expires);
  if (near.length === 0) return;
  const more = near.length > maxNames ? ` and ${near.length - maxNames} more` : '';
  log.warn(
    `metadata of ${gun} expires: ${near.slice(0, maxNames).join(', ')}${more}; holders of the keys renew it: tsnotary renew ${shellWord(gun)} --within 185d`,
    'EXPIRES_SOON',
  );
}
