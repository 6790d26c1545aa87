/** Parses names of roles: the four base roles and delegations below `targets`. */

export type BaseRole = 'root' | 'targets' | 'snapshot' | 'timestamp';

export const baseRoles: readonly BaseRole[] = ['root', 'targets', 'snapshot', 'timestamp'];

export function isBaseRole(name: string): name is BaseRole {
  return (baseRoles as readonly string[]).includes(name);
}

/** `targets/` followed by a clean path of lower-case letters, digits, `-`, `_`; under 256 bytes (Notary 0.7.0). */
export function isDelegation(name: string): boolean {
  return (
    name.startsWith('targets/') &&
    name.length < 256 &&
    /^[-a-z0-9_/]+$/.test(name) &&
    name.split('/').every((segment) => segment !== '')
  );
}

/** The delegation that a name without `targets/`, or with `target/`, may stand for; undefined when there is none of that name. */
export function meantDelegation(name: string): string | undefined {
  const meant = `targets/${name.replace(/^targets?\//, '')}`;
  return !isBaseRole(name) && !isDelegation(name) && isDelegation(meant) ? meant : undefined;
}

/** `<role>/*`: every role below another; only a purge may use it. */
export function isWildcard(name: string): boolean {
  return name.endsWith('/*') && (name === 'targets/*' || isDelegation(name.slice(0, -2)));
}

/** A role that holds targets. */
export function isTargetsRole(name: string): boolean {
  return name === 'targets' || isDelegation(name);
}

/** The delegation that docker asks for tags; it asks `targets` for those that are not there, and no other role. */
export const dockersRole = 'targets/releases';

/** The role in whose metadata a delegation is listed. */
export function parentRole(delegation: string): string {
  return delegation.slice(0, delegation.lastIndexOf('/'));
}

/** True for a role and for every role nested in it. */
export function isSameOrBelow(role: string, ancestor: string): boolean {
  return role === ancestor || role.startsWith(`${ancestor}/`);
}

/** From `targets` down to the role's parent. */
export function ancestorsOf(role: string): readonly string[] {
  const names = role.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}
