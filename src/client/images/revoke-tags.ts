/** Revokes the signatures of tags: removes them from every role that the keys here may sign, so that they are not released. */

import { type Change, targetDeletion } from '../../changelist/change.ts';
import { NotaryError } from '../../errors.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { publishChanges } from '../publish/publish.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { releasedRoles } from './signatures.ts';
import { canSignTargets, contentOf, delegationsHere } from './signing-roles.ts';

export interface RevokedTags {
  readonly tags: readonly string[];
  /** The roles from which they were removed. */
  readonly roles: readonly string[];
}

/**
 * Revokes one tag, or all that are released, and publishes that. Staged changes stay as they are.
 *
 * A tag that would stay released, because a key is not here, is an error and nothing is removed. (Docker says success.)
 *
 * @param tag undefined for all
 * @throws NotaryError NO_SUCH_TARGET; NO_SIGNING_ROLE; every code of `publishChanges`
 */
export async function revokeTags(ports: RepositoryPorts, tag: string | undefined): Promise<RevokedTags> {
  let revoked: RevokedTags = { tags: [], roles: [] };
  const { unseen } = await ports.lock.hold(() =>
    publishChanges(ports, {
      changes: async (loaded) => {
        const changes = await deletions(ports, loaded, tag);
        revoked = {
          tags: [...new Set(changes.map(({ path }) => path))],
          roles: [...new Set(changes.map(({ scope }) => scope))],
        };
        return changes;
      },
      beforeUpload: () => Promise.resolve(),
      makesNone: true,
    }),
  );
  for (const { code, message, details } of unseen) ports.caution(code, message, details);
  return revoked;
}

async function deletions(
  ports: RepositoryPorts,
  loaded: LoadedRepo,
  only: string | undefined,
): Promise<readonly Change[]> {
  const tags = only === undefined ? tagsOf(loaded, releasedRoles) : [only];
  if (tags.length === 0) throw noTags(ports.gun);
  const mayTargets = await canSignTargets(ports, loaded);
  const changes: Change[] = [];
  const left = new Map<string, readonly string[]>();
  for (const tag of tags) {
    const signable = await rolesFor(ports, loaded, tag, mayTargets);
    const holding = [...loaded.targets].flatMap(([role, { content }]) =>
      content.targets.has(tag) ? [role] : [],
    );
    const released = holding.filter((role) => role === 'targets' || role === 'targets/releases');
    const stuck = released.filter((role) => !signable.includes(role));
    if (stuck.length > 0) left.set(tag, stuck);
    const own = holding.filter((role) => signable.includes(role));
    if (own.length === 0 && released.length === 0) throw noSuchTag(ports.gun, tag, holding);
    for (const role of own) changes.push(targetDeletion(role, tag));
  }
  if (left.size > 0) throw stayReleased(ports.gun, left);
  return changes;
}

async function rolesFor(
  ports: RepositoryPorts,
  loaded: LoadedRepo,
  tag: string,
  mayTargets: boolean,
): Promise<readonly string[]> {
  const own =
    contentOf(loaded, 'targets').delegations.roles.length === 0
      ? []
      : await delegationsHere(ports, loaded, tag);
  return mayTargets ? [...own, 'targets'] : own;
}

function tagsOf(loaded: LoadedRepo, roles: readonly string[]): readonly string[] {
  return [...new Set(roles.flatMap((role) => [...(loaded.targets.get(role)?.content.targets.keys() ?? [])]))];
}

function noTags(gun: string): NotaryError {
  return new NotaryError('NO_SUCH_TARGET', 'no signed tags to remove', { details: { gun } });
}

function noSuchTag(gun: string, tag: string, holding: readonly string[]): NotaryError {
  return new NotaryError('NO_SUCH_TARGET', `No valid trust data for ${tag}`, {
    details: { gun, target: tag, ...(holding.length > 0 && { roles: holding }) },
    hint:
      holding.length === 0
        ? undefined
        : `${holding.join(', ')} has it still: it is not released, and the key of that role is not here.`,
  });
}

function stayReleased(gun: string, left: ReadonlyMap<string, readonly string[]>): NotaryError {
  const roles = [...new Set([...left.values()].flat())];
  const tags = [...left.keys()];
  const shown = `${tags.slice(0, 5).join(', ')}${tags.length > 5 ? ` and ${tags.length - 5} more` : ''}`;
  const wholly = roles.length === 1 && roles[0] === 'targets/releases';
  return new NotaryError(
    'NO_SIGNING_ROLE',
    wholly
      ? 'no valid signing keys for delegation roles'
      : `${shown} would stay in ${roles.join(' and ')}, whose key is not here`,
    {
      details: { gun, targets: tags, roles },
      hint: `Nothing was removed. A holder of a key of ${roles.join(' and ')} can revoke ${shown}.`,
    },
  );
}
