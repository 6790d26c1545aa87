/** Renders names of collaborators and what is wrong with them. */

import type { NameFinding } from '../../collaborators/check-names.ts';
import type { Collaborator } from '../../collaborators/collaborators-file.ts';
import type { NamedKey } from '../../collaborators/names.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import { listTable } from './fact-table.ts';
import { shownName } from './shown-name.ts';
import { terminalSafe } from './terminal-escape.ts';
import type { Layout } from './view.ts';

export function collaboratorData({ name, email, robot, keys, until }: Collaborator): JsonData {
  return {
    ...{ collaborator: name, nameSource: 'file', robot },
    ...(email !== undefined && { email }),
    ...(until !== undefined && { until }),
    keys: keys.map(({ keyId, certificate }) => ({
      ...{ keyId, collaborator: name, nameSource: 'file' },
      ...(certificate !== undefined && { certificate }),
    })),
  };
}

/** One row for each key; a name without keys has one, too. */
export function collaboratorsText(
  path: string,
  collaborators: readonly Collaborator[],
  layout: Layout,
): string {
  if (collaborators.length === 0) return terminalSafe`No collaborators in ${path}.` + '\n';
  const rows = collaborators.flatMap(({ name, email, robot, keys, until }) => {
    const about = [email ?? '', robot ? 'robot' : '', until === undefined ? '' : `until ${until}`];
    const more = about.filter((word) => word !== '').join(', ');
    const shown = keys.length === 0 ? [{ keyId: '' }] : keys;
    return shown.map(({ keyId }, index) => [index === 0 ? name : '', keyId, index === 0 ? more : '']);
  });
  return listTable(['NAME', 'KEY ID', 'ABOUT'], rows, layout);
}

/** A key of a collection, with the roles that list it. */
export interface RowOfKey extends NamedKey {
  readonly roles: readonly string[];
}

export function keysText(gun: string, rows: readonly RowOfKey[], layout: Layout): string {
  if (rows.length === 0) return terminalSafe`No delegation of ${gun} has a key.` + '\n';
  return listTable(
    ['NAME', 'KEY ID', 'ROLES'],
    rows.map((row) => [shownName(row), row.keyId, row.roles.join(', ')]),
    layout,
  );
}

export function findingData({
  code,
  severity,
  role,
  keyId,
  collaborator,
  nameSource,
  message,
  hint,
}: NameFinding): JsonData {
  return {
    ...{ code, severity, message, hint: { command: hint.command } },
    ...(role !== undefined && { role }),
    ...(keyId !== undefined && { keyId }),
    ...(collaborator !== undefined && { collaborator }),
    ...(nameSource !== undefined && { nameSource }),
  };
}

export function findingsText(findings: readonly NameFinding[], layout: Layout): string {
  if (findings.length === 0) return 'Nothing was found.\n';
  return listTable(
    ['SEVERITY', 'CODE', 'FINDING'],
    findings.map(({ severity, code, message }) => [severity, code, message]),
    layout,
  );
}
