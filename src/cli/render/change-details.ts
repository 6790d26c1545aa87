/** Renders the table of `status --long`: a row for each key and each path of a staged change. */

import type { ChangeData } from '../../client/stage/change-details.ts';
import { listTable } from './fact-table.ts';
import { pathNames } from './roles.ts';
import { shownName } from './shown-name.ts';
import { terminalSafe } from './terminal-escape.ts';
import type { Layout } from './view.ts';

export function changeDetailsText(gun: string, changes: readonly ChangeData[], layout: Layout): string {
  if (changes.length === 0) return terminalSafe`No unpublished changes for ${gun}` + '\n';
  const rows = changes.flatMap((change) => {
    const details = rowsOf(change);
    return (details.length === 0 ? [['', '', '']] : details).map((detail, index) => [
      ...(index === 0 ? [String(change.index), change.action, change.role, change.type] : ['', '', '', '']),
      ...detail,
    ]);
  });
  const headers = ['#', 'ACTION', 'SCOPE', 'TYPE', 'WHAT', 'KEY ID OR PATH', 'NAME'];
  return terminalSafe`Unpublished changes for ${gun}:` + `\n\n${listTable(headers, rows, layout)}`;
}

function rowsOf({ path, keys, paths }: ChangeData): readonly string[][] {
  const { added = [], removed = [] } = keys ?? {};
  return [
    ...(path === '' ? [] : [['target', path, '']]),
    ...added.map((key) => ['add key', key.keyId, shownName(key)]),
    ...removed.map((key) => ['remove key', key.keyId, shownName(key)]),
    ...pathNames(paths?.added ?? []).map((name) => ['add path', name, '']),
    ...pathNames(paths?.removed ?? []).map((name) => ['remove path', name, '']),
    ...(paths?.all === true ? [['remove all paths', '', '']] : []),
    ...(keys === null || paths === null ? [['cannot be read', '', '']] : []),
  ];
}
