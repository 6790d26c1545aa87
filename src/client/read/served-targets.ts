/** Leaves out the copies that stand in on this machine for what the server serves: another reader has none. */

import { ancestorsOf } from '../../metadata/role-name.ts';
import type { Updated } from '../update/update.ts';

/** The files of `targets` and of delegations that the server serves, and that any reader believes. */
export function servedTargets({
  targets,
  unusable,
  unreadable,
}: Pick<Updated, 'targets' | 'unusable' | 'unreadable'>): Updated['targets'] {
  const isCopy = (role: string) => unusable.has(role) || unreadable.has(role);
  return new Map([...targets].filter(([role]) => ![role, ...ancestorsOf(role)].some(isCopy)));
}
