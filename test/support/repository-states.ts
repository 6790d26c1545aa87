/** States of a repository as they are compared, judged and planned on, made without a server. */

import { parentRole } from '../../src/metadata/role-name.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { parseTargets } from '../../src/metadata/targets.ts';
import type { RepositoryState, RoleState, Standing } from '../../src/review/state.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { forgedGun } from './forged-repository.ts';
import { type Signer, sealed, targetsContent } from './metadata-author.ts';

export interface StatedRole {
  /** The keys that are listed for the role. */
  readonly keys: readonly Signer[];
  readonly threshold?: number;
  readonly paths?: readonly string[];
  /** Names to payloads. Without `signedBy` the role has no file. */
  readonly targets?: Readonly<Record<string, string>>;
  readonly signedBy?: readonly Signer[];
  readonly version?: number;
  readonly standing?: Standing;
}

/** The state with these roles; the file of a role lists those directly below it. */
export function stateWith(roles: Readonly<Record<string, StatedRole>>): RepositoryState {
  const entries = Object.entries(roles);
  const stated = entries.map(([name, role]): readonly [string, RoleState] => {
    const { keys, threshold = 1, paths = [''], signedBy, version = 1, standing = 'trusted' } = role;
    const delegates = entries
      .filter(([child]) => child.includes('/') && parentRole(child) === name)
      .map(([child, below]) => ({ ...below, name: child, signers: below.keys }));
    const targets = Object.fromEntries(
      Object.entries(role.targets ?? {}).map(([target, payload]) => [
        target,
        fileMetaOf(Buffer.from(payload)),
      ]),
    );
    const listed = new Map(keys.map(({ id, entry }) => [id, entry]));
    const base = { name, keys: listed, threshold, paths: name.includes('/') ? paths : [] };
    if (signedBy === undefined) return [name, base];
    const bytes = sealed(targetsContent({ version, targets, delegates }), ...signedBy);
    return [name, { ...base, file: { ...parseTargets(parseEnvelope(bytes), name), standing } }];
  });
  return { gun: forgedGun, ends: new Map(), roles: new Map(stated) };
}

/** A role of a state; it must be there. */
export function roleOf({ roles }: RepositoryState, name: string): RoleState {
  const role = roles.get(name);
  if (role === undefined) throw new Error(`${name} is not in the state`);
  return role;
}
