/**
 * Empties returning roles: delegations that are created again under a name that was used before.
 *
 * A removed role starts from nothing. But a snapshot that the server signs goes on naming its old file, and where
 * the same key is listed again, readers trust that file, with everything in it and below it.
 */

import type { Change } from '../../changelist/change.ts';
import { counted } from '../../changelist/name-list.ts';
import { isNotaryError } from '../../errors.ts';
import { isSameOrBelow } from '../../metadata/role-name.ts';
import { parseEnvelope, type Signed } from '../../metadata/signed.ts';
import { parseTargets, type Targets } from '../../metadata/targets.ts';
import type { LoadedRepo, Repo } from '../../tuf/repo.ts';
import { canSign, type KeyFinder } from '../../tuf/sign-metadata.ts';
import { isSignedBy } from '../../tuf/verify-signatures.ts';
import { fetchFile } from '../fetch/fetch-metadata.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

type ReturningPorts = Pick<RepositoryPorts, 'gun' | 'cache' | 'remote' | 'caution'> & {
  readonly keys: KeyFinder;
};

/**
 * Has every role that the draft lists and the published state does not start from nothing: its entries and
 * those of roles below it go from the snapshot, and an empty file takes the place of the old one where a key of
 * the role is here. Where the server signs the snapshot and no key is here, the caller reads what returns.
 *
 * @returns by role, the versions of old files above which new ones have to begin
 * @throws NotaryError ROLE_COMES_BACK when strict
 */
export async function startReturningRoles(
  ports: ReturningPorts,
  repo: Repo,
  loaded: LoadedRepo,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, number>> {
  const { keys } = ports;
  const floors = new Map<string, number>();
  for (const role of madeRoles(repo, loaded, changes)) {
    const old = await oldFile(ports, role, loaded);
    dropFromSnapshot(repo, role);
    if (old === undefined) continue;
    const counts = isSignedBy(old.envelope, repo.signers(role), role);
    // The number of a file that nothing vouches for chooses no version.
    if (counts || loaded.targets.has(role)) floors.set(role, old.content.version);
    if (repo.targets.get(role)?.dirty === true) continue;
    if (await canSign(role, repo.signers(role), keys)) repo.draft(role).dirty = true;
    else if (await canSign('snapshot', repo.signers('snapshot'), keys)) continue;
    else if (counts) warn(ports, role, old);
    else if (loaded.targets.has(role)) warnReplaced(ports, role, old);
  }
  return floors;
}

/** Roles that the draft lists and the published state does not, or not for the whole time. */
function madeRoles(repo: Repo, loaded: LoadedRepo, changes: readonly Change[]): readonly string[] {
  const removed = changes
    .filter(({ type, action }) => type === 'delegation' && action === 'delete')
    .map(({ scope }) => scope);
  const wasRemoved = (role: string) => removed.some((ancestor) => isSameOrBelow(role, ancestor));
  return [...repo.targets].flatMap(([parent, { content, dirty }]) => {
    if (!dirty) return [];
    const before = loaded.targets.get(parent) ?? loaded.bases?.get(parent);
    const known = new Set(before?.content.delegations.roles.map(({ name }) => name));
    const listed = content.delegations.roles.map(({ name }) => name);
    return listed.filter((name) => !known.has(name) || wasRemoved(name));
  });
}

async function oldFile(
  ports: ReturningPorts,
  role: string,
  loaded: LoadedRepo,
): Promise<Signed<Targets> | undefined> {
  const present = loaded.targets.get(role) ?? loaded.unusable.get(role);
  if (present !== undefined) return present;
  const meta = loaded.snapshot?.content.meta.get(role);
  if (meta === undefined) return undefined;
  try {
    return parseTargets(parseEnvelope((await fetchFile(ports, role, meta)).bytes), role);
  } catch (error) {
    // What no reader can read does not return.
    if (isNotaryError(error, 'INVALID_METADATA', 'MALFORMED_JSON', 'METADATA_NOT_FOUND')) return undefined;
    throw error;
  }
}

function dropFromSnapshot(repo: Repo, role: string): void {
  const { meta } = repo.snapshot.content;
  const left = new Map([...meta].filter(([name]) => !isSameOrBelow(name, role)));
  if (left.size < meta.size) repo.snapshot.content = { ...repo.snapshot.content, meta: left };
}

/** Removed and made again in one publish: no version of the parent shows that the role was gone. */
function warnReplaced({ gun, caution }: ReturningPorts, role: string, { content }: Signed<Targets>): void {
  caution(
    'ROLE_COMES_BACK',
    `${role} of ${gun} is removed and made again in one publish, which looks the same as new keys for it: a witness by its new holder asserts the ${counted(content.targets.size, 'target')} that it held. To have it start from nothing, publish the removal first`,
    { gun, role, version: content.version, count: content.targets.size },
  );
}

function warn({ gun, caution }: ReturningPorts, role: string, { content }: Signed<Targets>): void {
  const nested = content.delegations.roles.map(({ name }) => name);
  const below =
    nested.length === 0 ? '' : ` and the delegation${nested.length === 1 ? '' : 's'} ${nested.join(', ')}`;
  const held = `${counted(content.targets.size, 'target')}${below}`;
  caution(
    'ROLE_COMES_BACK',
    `${role} of ${gun} was removed before; with this key its old file counts again: ${held}`,
    { gun, role, version: content.version, count: content.targets.size, delegations: nested },
    `${role} of ${gun} was removed before; with this key its old file would count again: ${held}`,
  );
}
