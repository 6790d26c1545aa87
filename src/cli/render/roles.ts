/** Renders the table of `delegation list`. */

import type { DelegationListing } from '../../client/read/list-delegations.ts';
import { compareUtf8 } from '../../encoding/bytes.ts';
import { table } from './table.ts';
import type { View } from './view.ts';

export interface ListedDelegations {
  readonly gun: string;
  readonly roles: readonly DelegationListing[];
}

/** Framed by empty lines; a role takes as many rows as it has paths or keys, and at least one. */
export const rolesView: View<ListedDelegations> = {
  json: ({ gun, roles }) => ({
    gun,
    delegations: roles.map(({ name, paths, keyIds, threshold }) => ({
      role: name,
      paths,
      keyIds,
      threshold,
    })),
  }),
  text({ roles }, layout) {
    if (roles.length === 0) return '\n\nNo delegations present in this repository.\n\n\n';
    const rows = roles.flatMap(rowsOf);
    return `\n${table(['ROLE', 'PATHS', 'KEY IDS', 'THRESHOLD'], rows, { column: 2, layout })}\n`;
  },
};

function rowsOf({ name, paths, keyIds, threshold }: DelegationListing): string[][] {
  const shownPaths = pathNames(paths);
  const count = Math.max(1, shownPaths.length, keyIds.length);
  return Array.from({ length: count }, (_, index) => [
    index === 0 ? name : '',
    shownPaths[index] ?? '',
    keyIds[index] ?? '',
    index === 0 ? String(threshold) : '',
  ]);
}

/** Paths in the order and form in which they are shown: sorted, the empty one in words. */
export function pathNames(paths: readonly string[]): readonly string[] {
  return paths.toSorted(compareUtf8).map((path) => (path === '' ? '"" <all paths>' : path));
}
