/** Builds the state of a repository, for comparing and judging it, out of what an update has loaded. */

import type { NotaryError } from '../../errors.ts';
import { baseRoles } from '../../metadata/role-name.ts';
import { baseRole, type Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import type { Snapshot, Timestamp } from '../../metadata/snapshot.ts';
import type { Targets } from '../../metadata/targets.ts';
import type { RepositoryState, RoleFile, RoleState } from '../../review/state.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import type { Unusable } from '../../tuf/repo-builder.ts';

/** What has been loaded and verified of a repository. */
export interface Loaded {
  readonly root: Signed<Root>;
  readonly snapshot: Signed<Snapshot> | undefined;
  readonly timestamp?: Signed<Timestamp> | undefined;
  readonly targets: ReadonlyMap<string, Signed<Targets>>;
  readonly unusable: ReadonlyMap<string, Signed<Targets> & Partial<Pick<Unusable, 'reason'>>>;
  readonly unreadable?: ReadonlyMap<string, NotaryError>;
}

/** The state that readers see. */
export function stateOf(loaded: Loaded, gun: string): RepositoryState {
  const { root, snapshot, timestamp } = loaded;
  const ends = new Map<string, { readonly version: number; readonly expires: string }>();
  for (const [role, file] of [
    ['root', root],
    ['snapshot', snapshot],
    ['timestamp', timestamp],
  ] as const)
    if (file !== undefined) ends.set(role, file.content);
  return { gun, ends, roles: rolesOf(root.content, (role) => fileOf(role, loaded)) };
}

/** The state of a repository that the server does not have. */
export function emptyState(gun: string): RepositoryState {
  return { gun, ends: new Map(), roles: new Map() };
}

/**
 * The base roles of a root, and every delegation that a file lists, parents first.
 *
 * @param fileOf the file of `targets` or a delegation; undefined when it has none
 */
export function rolesOf(
  root: Root,
  fileOf: (role: string) => RoleFile | undefined,
): ReadonlyMap<string, RoleState> {
  const roles = new Map<string, RoleState>();
  for (const name of baseRoles) {
    const file = name === 'targets' ? fileOf(name) : undefined;
    roles.set(name, { name, ...baseRole(root, name), paths: [], ...(file && { file }) });
  }
  const queue = ['targets'];
  // The loop reaches what it adds itself; a role is below its parent, so that none comes twice.
  for (const parent of queue) {
    const { content, standing } = roles.get(parent)?.file ?? {};
    for (const entry of content?.delegations.roles ?? []) {
      if (content === undefined || roles.has(entry.name)) continue;
      const { name, paths } = entry;
      // Readers load nothing below a file that they do not believe.
      const file = standing === 'trusted' ? fileOf(name) : undefined;
      roles.set(name, { name, ...delegationSigners(content, entry), paths, ...(file && { file }) });
      queue.push(name);
    }
  }
  return roles;
}

const nothing: Targets = {
  ...{ version: 0, expires: '1970-01-01T00:00:00Z', targets: new Map() },
  delegations: { keys: new Map(), roles: [] },
};

function fileOf(role: string, { targets, unusable, unreadable }: Loaded): RoleFile | undefined {
  const signed = targets.get(role);
  // A copy stands in for a file that cannot be read or is not signed: readers go on with it.
  if (signed !== undefined) return { ...signed, standing: 'trusted' };
  const broken = unusable.get(role);
  if (broken !== undefined)
    return { ...broken, standing: broken.reason === 'expired' ? 'expired' : 'untrusted' };
  if (unreadable?.has(role) !== true) return undefined;
  return { content: nothing, envelope: undefined, standing: 'unreadable' };
}
