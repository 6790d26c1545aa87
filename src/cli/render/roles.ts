/** Renders the table of `delegation list`. */

import type { DelegationListing } from '../../client/read/list-delegations.ts';
import type { KeyNames } from '../../collaborators/names.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { compareUtf8 } from '../../encoding/bytes.ts';
import { shownName } from './shown-name.ts';
import { table } from './table.ts';
import type { View } from './view.ts';

export interface ListedDelegations {
  readonly gun: string;
  readonly roles: readonly DelegationListing[];
  /** Whose the keys are, where that is to be shown. */
  readonly names?: KeyNames;
}

/** Framed by empty lines; a role takes as many rows as it has paths or keys, and at least one. */
export const rolesView: View<ListedDelegations> = {
  json: ({ gun, roles, names }) => ({
    gun,
    delegations: roles.map(({ name, paths, keyIds, threshold }) => ({
      role: name,
      paths,
      keyIds,
      threshold,
      ...(names !== undefined && { keys: keyIds.map((keyId) => ({ keyId, ...names.of(keyId) })) }),
    })),
  }),
  text({ roles, names }, layout) {
    if (roles.length === 0) return '\n\nNo delegations present in this repository.\n\n\n';
    const rows = roles.flatMap((role) => rowsOf(role, names));
    const headers = ['ROLE', 'PATHS', 'KEY IDS', ...(names === undefined ? [] : ['NAMES']), 'THRESHOLD'];
    return `\n${table(headers, rows, { column: 2, layout })}\n`;
  },
};

function rowsOf(
  { name, paths, keyIds, threshold }: DelegationListing,
  names: KeyNames | undefined,
): string[][] {
  const shownPaths = pathNames(paths);
  const count = Math.max(1, shownPaths.length, keyIds.length);
  return Array.from({ length: count }, (_, index) => [
    index === 0 ? name : '',
    shownPaths[index] ?? '',
    keyIds[index] ?? '',
    ...(names === undefined ? [] : [nameAt(names, keyIds[index])]),
    index === 0 ? String(threshold) : '',
  ]);
}

function nameAt(names: KeyNames, keyId: CanonicalKeyId | undefined): string {
  return keyId === undefined ? '' : shownName(names.of(keyId));
}

/** Paths in the order and form in which they are shown: sorted, the empty one in words. */
export function pathNames(paths: readonly string[]): readonly string[] {
  return paths.toSorted(compareUtf8).map((path) => (path === '' ? '"" <all paths>' : path));
}
