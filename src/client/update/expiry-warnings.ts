/** Warns owners of metadata that will expire within six months (log messages of Notary 0.7.0). */

import { isNearExpiry } from '../../metadata/expiry.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

export function warnNearExpiry(
  loaded: RepoBuilder,
  { clock, log }: Pick<RepositoryPorts, 'clock' | 'log'>,
): void {
  const now = clock.now();
  const warn = (what: string, expires: string | undefined) => {
    if (expires !== undefined && isNearExpiry(expires, now)) {
      log.warn(`${what} is nearing expiry, you should re-sign the role metadata`);
    }
  };
  warn('root', loaded.root?.content.expires);
  for (const [role, { content }] of loaded.targets) warn(`${role} metadata`, content.expires);
  warn('snapshot', loaded.snapshot?.content.expires);
}
