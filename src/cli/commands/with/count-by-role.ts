/** Counts keys by role, in words. */

/** `3 keys (1 root, 2 targets)`; a key whose file names no role counts as one of no role. */
export function countByRole(keys: readonly { readonly role: string }[]): string {
  const counts = new Map<string, number>();
  for (const { role } of keys) counts.set(role, (counts.get(role) ?? 0) + 1);
  const roles = [...counts].map(([role, count]) => `${count} ${role === '' ? 'of no role' : role}`);
  return `${keys.length} ${keys.length === 1 ? 'key' : 'keys'} (${roles.join(', ')})`;
}
