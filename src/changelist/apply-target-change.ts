/** Adds targets to a draft and removes them (Notary 0.7.0's rules and wording). */

import { isNotaryError, NotaryError } from '../errors.ts';
import { type FileMeta, sameFileMeta } from '../metadata/file-meta.ts';
import { isWildcard } from '../metadata/role-name.ts';
import type { Log } from '../ports/log.ts';
import { noSuchRole } from '../tuf/delegation-signers.ts';
import { pathsAllow } from '../tuf/path-prefixes.ts';
import { editTargets, type Repo } from '../tuf/repo.ts';
import { type ApplyContext, signingProblem, unsupported } from './apply-context.ts';
import { type Change, parseTargetContent } from './change.ts';

/**
 * An identical target needs no key, and neither does the removal of one that is not there.
 *
 * @throws NotaryError NO_SUCH_ROLE, NO_KEYS, INVALID_PATH, INVALID_CHANGE, MALFORMED_JSON
 */
export async function applyTargetChange(repo: Repo, change: Change, work: ApplyContext): Promise<void> {
  const { scope, path } = change;
  switch (change.action) {
    case 'create': {
      const meta = parseTargetContent(change);
      return logged(work.log, `couldn't add target to ${scope}`, () =>
        addTarget(repo, scope, path, meta, work),
      );
    }
    case 'delete':
      return logged(work.log, `couldn't remove target from ${scope}`, () =>
        removeTarget(repo, scope, path, work),
      );
    default:
      throw unsupported(`action not yet supported: ${change.action}`);
  }
}

async function logged(log: Log, what: string, edit: () => Promise<void>): Promise<void> {
  try {
    await edit();
  } catch (error) {
    if (isNotaryError(error)) log.error(`${what}: ${error.message}`, undefined, 'thrown');
    throw error;
  }
}

async function addTarget(
  repo: Repo,
  role: string,
  name: string,
  meta: FileMeta,
  work: ApplyContext,
): Promise<void> {
  if (isWildcard(role)) throw noSuchRole(role, 'does not exist');
  const refusal = await cachedSigningProblem(repo, role, work);
  const unresolved = repo.unresolved(role);
  if (unresolved !== undefined) throw refusal ?? unresolved;
  const draft = repo.draft(role);
  const allowed = pathsAllow(repo.effectivePaths(role), name);
  const existing = draft.content.targets.get(name);
  if (allowed && existing !== undefined && sameFileMeta(existing, meta)) return;
  if (allowed && refusal !== undefined) throw refusal;
  if (!allowed) {
    throw new NotaryError('INVALID_PATH', 'Could not add all targets', {
      details: { role, target: name },
      hint: `${role} may not sign ${JSON.stringify(name)}; its paths are: ${
        repo
          .effectivePaths(role)
          .map((path) => JSON.stringify(path))
          .join(', ') || 'none'
      }`,
    });
  }
  editTargets(draft).set(name, meta);
}

async function removeTarget(repo: Repo, role: string, name: string, work: ApplyContext): Promise<void> {
  if (isWildcard(role)) throw noSuchRole(role, 'does not exist');
  const refusal = await cachedSigningProblem(repo, role, work);
  const unresolved = repo.unresolved(role);
  if (unresolved !== undefined) throw refusal ?? unresolved;
  const draft = repo.targets.get(role);
  if (draft?.content.targets.has(name) !== true) {
    const absent = `${role} has no target ${JSON.stringify(name)}${otherRoles(repo, name)}`;
    work.caution(
      'TARGET_NOT_THERE',
      `${absent}, so none was removed from it`,
      { role, target: name },
      `${absent}; nothing was published`,
    );
    return;
  }
  if (refusal !== undefined) throw refusal;
  editTargets(draft).delete(name);
}

/** Which roles have a target that was looked for in another one. */
function otherRoles(repo: Repo, name: string): string {
  const roles = [...repo.targets]
    .filter(([, { content }]) => content.targets.has(name))
    .map(([role]) => role);
  if (roles.length === 0) return '';
  return `, which is in ${roles.slice(0, 3).join(', ')} (give ${roles
    .slice(0, 3)
    .map((role) => `-r ${role}`)
    .join(' ')})`;
}

function cachedSigningProblem(
  repo: Repo,
  role: string,
  { signabilityCache: refusals, keys }: ApplyContext,
): Promise<NotaryError | undefined> {
  let refusal = refusals.get(role);
  if (refusal === undefined) {
    refusal = signingProblem(repo, role, keys);
    refusals.set(role, refusal);
  }
  return refusal;
}
