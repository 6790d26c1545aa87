/** The table of `status`. */

import type { ListedChange } from '../../client/stage/list-changes.ts';
import { table } from './table.ts';
import { terminalSafe } from './terminal-escape.ts';
import type { View } from './view.ts';

export interface StagedChanges {
  readonly gun: string;
  readonly changes: readonly ListedChange[];
}

export const changesView: View<StagedChanges> = {
  json: ({ gun, changes }) => ({
    gun,
    changes: changes.map(({ index, action, scope, type, path }) => ({
      index,
      action,
      role: scope,
      type,
      path,
    })),
  }),
  text({ gun, changes }) {
    if (changes.length === 0) return terminalSafe`No unpublished changes for ${gun}` + '\n';
    const rows = changes.map(({ index, action, scope, type, path }) => [
      String(index),
      action,
      scope,
      type,
      path,
    ]);
    return (
      terminalSafe`Unpublished changes for ${gun}:` +
      `\n\n${table(['#', 'ACTION', 'SCOPE', 'TYPE', 'PATH'], rows)}`
    );
  },
};
