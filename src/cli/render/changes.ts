/** Renders the table of `status`. */

import { changeData, type ListedChange } from '../../client/stage/list-changes.ts';
import { table } from './table.ts';
import { terminalSafe } from './terminal-escape.ts';
import type { View } from './view.ts';

export interface StagedChanges {
  readonly gun: string;
  readonly changes: readonly ListedChange[];
}

export const changesView: View<StagedChanges> = {
  json: ({ gun, changes }) => ({ gun, changes: changes.map(changeData) }),
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
