/** Revokes the signatures of tags: removes them from every role that the keys here may sign, so that they are not released. */

import { type Change, targetDeletion } from '../../changelist/change.ts';
import { plainNames } from '../../changelist/name-list.ts';
import { NotaryError } from '../../errors.ts';
import { hasExpired } from '../../metadata/expiry.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { publishChanges } from '../publish/publish.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { releasedRoles, releasesRole } from './signatures.ts';
import { canSignTargets, contentOf, delegationsHere } from './signing-roles.ts';

export interface RevokedTags {
  readonly tags: readonly string[];
  /** The roles from which they were removed. */
  readonly roles: readonly string[];
}

/**
 * Revokes one tag, or all that are released, and publishes that. Staged changes stay as they are.
 *
 * A tag that would stay released, because a key is not here, is an error and nothing is removed. (Docker says success.) An
 * expired `targets/releases` counts: the next signature of a holder of its key releases again what is in it.
 *
 * @param tag undefined for all
 * @throws NotaryError NO_SUCH_TARGET; NO_SIGNING_ROLE; the code of `targets/releases` where it cannot be read; every code of
 * `publishChanges`; TARGET_STILL_THERE when strict
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
  const held = heldTags(ports, loaded);
  const tags = only === undefined ? releasedTags(held) : [only];
  if (tags.length === 0) throw noTags(ports.gun);
  const mayTargets = await canSignTargets(ports, loaded);
  const changes: Change[] = [];
  const left = new Map<string, readonly string[]>();
  for (const tag of tags) {
    const signable = await rolesFor(ports, loaded, tag, mayTargets);
    const holding = [...held].flatMap(([role, names]) => (names.has(tag) ? [role] : []));
    const released = holding.filter((role) => role === 'targets' || role === 'targets/releases');
    const stuck = released.filter((role) => !signable.includes(role));
    if (stuck.length > 0) left.set(tag, stuck);
    const own = holding.filter((role) => signable.includes(role));
    if (own.length === 0 && released.length === 0) throw noSuchTag(ports.gun, tag, holding);
    for (const role of own) changes.push(targetDeletion(role, tag));
  }
  if (left.size > 0) throw stayReleased(ports.gun, left);
  cautionOfUnbelieved(ports, loaded, tags);
  return changes;
}

/** The tags of each role that readers believe, and of `targets/releases` also where it has expired. */
function heldTags(
  { clock }: Pick<RepositoryPorts, 'clock'>,
  { targets, unusable, unreadable }: LoadedRepo,
): ReadonlyMap<string, ReadonlySet<string>> {
  const failure = unreadable?.get(releasesRole);
  if (failure !== undefined) throw failure;
  const held = new Map([...targets].map(([role, { content }]) => [role, new Set(content.targets.keys())]));
  const file = unusable.get(releasesRole)?.content;
  if (file !== undefined && hasExpired(file.expires, clock.now()))
    held.set(releasesRole, new Set([...(held.get(releasesRole) ?? []), ...file.targets.keys()]));
  return held;
}

/** A file that no reader believes, since a removed signer has signed it, is left to those who may witness it. */
function cautionOfUnbelieved(
  { gun, clock, caution }: Pick<RepositoryPorts, 'gun' | 'clock' | 'caution'>,
  { unusable }: LoadedRepo,
  tags: readonly string[],
): void {
  const file = unusable.get(releasesRole)?.content;
  if (file === undefined || hasExpired(file.expires, clock.now())) return;
  const still = tags.filter((tag) => file.targets.has(tag));
  if (still.length === 0) return;
  const there = `${releasesRole} of ${gun} still has ${plainNames(still)}: readers do not believe it at present, and would again if a holder of one of its keys witnessed it`;
  caution(
    'TARGET_STILL_THERE',
    there,
    { gun, role: releasesRole, targets: still },
    `${there}; nothing was removed`,
  );
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

function releasedTags(held: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  return [...new Set(releasedRoles.flatMap((role) => [...(held.get(role) ?? [])]))];
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
