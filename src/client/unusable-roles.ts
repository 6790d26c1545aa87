/** What a publish has taken out of trust without anybody having said so. */

import { isNotaryError } from '../errors.ts';
import { type LoadedRepo, Repo } from '../tuf/repo.ts';
import { verifySignatures } from '../tuf/verify-signatures.ts';
import type { RepositoryPorts } from './repository-ports.ts';
import type { SignedFile } from './sign-repo.ts';

/**
 * Warns of delegations that this publish has left without enough keys, and of those whose file is
 * signed by no remaining key: their targets are gone from every listing until somebody signs again.
 */
export function warnUnusableRoles(
  repo: Repo,
  files: ReadonlyMap<string, SignedFile>,
  before: LoadedRepo,
  { gun, log }: Pick<RepositoryPorts, 'gun' | 'log'>,
): void {
  const published = new Repo(before);
  for (const parent of files.keys()) {
    for (const { name, keyIds, threshold } of repo.targets.get(parent)?.content.delegations.roles ?? []) {
      if (keyIds.length < threshold) {
        if ((published.findDelegation(name)?.keyIds.length ?? 0) < threshold) continue;
        log.warn(
          `${name} has no key left that may sign it: nothing in it is trusted any more. To remove the role itself: tsnotary delegation remove ${gun} ${name}`,
          'ROLE_WITHOUT_KEYS',
        );
      } else if (!files.has(name) && before.targets.has(name) && !stillSigned(repo, before, name)) {
        log.warn(
          `${name} is signed by a key that was removed: nothing in it is trusted until a holder of a remaining key runs: tsnotary witness ${gun} ${name} -p`,
          'ROLE_NEEDS_WITNESS',
        );
      }
    }
  }
}

function stillSigned(repo: Repo, before: LoadedRepo, role: string): boolean {
  const signed = before.targets.get(role);
  if (signed === undefined) return true;
  try {
    verifySignatures(signed.envelope, repo.signers(role), role);
    return true;
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}
