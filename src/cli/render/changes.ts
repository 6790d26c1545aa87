/** Renders the table of `status`. */

import type { ListedChange } from '../../client/stage/list-changes.ts';
import { table } from './table.ts';
import { terminalSafe } from './terminal-escape.ts';

/** As Notary 0.7.0 has it. */
export function changesText(gun: string, changes: readonly ListedChange[]): string {
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
}
