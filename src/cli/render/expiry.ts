/** Renders the expiry of a repository: the table, and the document of `--json`. */

import type { ExpiryRow } from '../../client/expiry/rows.ts';
import type { KeyNames } from '../../collaborators/names.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import type { Finding } from '../../review/finding.ts';
import { findingData } from './differences.ts';
import { listTable } from './fact-table.ts';
import { findingText } from './finding-text.ts';
import { holderText } from './shown-name.ts';
import { type Layout, unlimited, type View } from './view.ts';

export interface ShownExpiry {
  readonly gun: string;
  /** The time that was looked at: RFC 3339. */
  readonly at: string;
  readonly rows: readonly ExpiryRow[];
  readonly findings: readonly Finding[];
  readonly names: KeyNames;
  /** Milliseconds. */
  readonly warn: number;
  readonly critical: number;
}

export const expiryView: View<ShownExpiry> = {
  json({ gun, at, rows, findings, names }) {
    return {
      ...{ gun, at },
      rows: rows.map((row) => rowData(gun, row, names)),
      findings: findings.map((finding) => findingData(finding, names)),
    };
  },
  text({ rows, findings, names }, layout = unlimited) {
    const table = listTable(
      headers,
      rows.map((row) => tableRow(row, names, layout)),
      layout,
    );
    const lines = findings.map((finding) => `! ${findingText(finding, layout)}\n`);
    return `${table}${lines.join('')}`;
  },
};

const headers = ['ROLE', 'WHAT', 'EXPIRES', 'LEFT', 'STATUS', 'RENEWED BY'];

function tableRow(row: ExpiryRow, names: KeyNames, layout: Layout): readonly string[] {
  const { role, what, expires, secondsLeft, status, here } = row;
  const holder = heldBy(row, names, layout);
  return [
    role,
    what,
    `${expires.slice(0, 10)} ${expires.slice(11, 16)}`,
    left(secondsLeft),
    status,
    here ? `${holder} (here)` : holder,
  ];
}

const units = [
  [86_400, 'days'],
  [3600, 'hours'],
  [60, 'minutes'],
] as const;

/** `3 days`, `-20 hours`: in a unit of which there are two or more, down to seconds. */
function left(seconds: number): string {
  const size = Math.abs(seconds);
  const [length, unit] = units.find(([one]) => size >= 2 * one) ?? [1, 'seconds'];
  const count = Math.floor(size / length);
  return seconds < 0 ? `-${count} ${unit}` : `${count} ${unit}`;
}

/** `server`, `server or owner` where it is not known which, or the holders of the keys that can renew it. */
export function heldBy(row: ExpiryRow, names: KeyNames, layout: Layout = unlimited): string {
  if (row.heldByServer) return 'server';
  if (row.mayBeServers) return 'server or owner';
  return row.holders.map((keyId) => holderText(keyId, names, layout)).join(', ');
}

function rowData(gun: string, row: ExpiryRow, names: KeyNames): JsonData {
  const { what, role, keyId, tufKeyId, expires, secondsLeft, status, here, holders } = row;
  return {
    ...{ gun, what, role, expires, secondsLeft, status, here },
    heldBy: heldBy(row, names),
    keys: holders.map((id) => keyData(id, names)),
    ...(keyId !== undefined && keyData(keyId, names)),
    ...(tufKeyId !== undefined && { tufKeyId }),
  };
}

function keyData(keyId: CanonicalKeyId, names: KeyNames): Readonly<Record<string, JsonData>> {
  const { collaborator, nameSource } = names.of(keyId);
  return { keyId, nameSource, ...(collaborator !== undefined && { collaborator }) };
}
