/** Renders what differs between two states of a repository, and what is worse in the second: `diff` and dry runs. */

import { metaData } from '../../client/read/target-data.ts';
import type { KeyName, KeyNames } from '../../collaborators/names.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import type { StateChange, TargetChange } from '../../review/compare.ts';
import type { Finding } from '../../review/finding.ts';
import { sha256Hex } from '../../tuf/checksums.ts';
import { shownName } from './shown-name.ts';
import { escapeForTerminal, terminalSafe } from './terminal-escape.ts';
import { type Layout, shownId, unlimited, type View } from './view.ts';
import { helpWidth, wrapLine } from './wrap.ts';

/** One side of a comparison. */
export interface DiffSide {
  /** `published`, `staged`, `dry-run`. */
  readonly state: string;
  /** The version of `targets`, where the side has one. */
  readonly targetsVersion?: number;
  /** Until when the server vouched for what this machine has seen last; only where that stands in for the server. */
  readonly asOf?: string;
}

export interface ShownDifference {
  readonly gun: string;
  readonly from: DiffSide;
  readonly to: DiffSide;
  readonly changes: readonly StateChange[];
  readonly findings: readonly Finding[];
  readonly names: KeyNames;
  /** Show the name of each target. */
  readonly full: boolean;
}

/** More targets of a role than these are counted, unless all are asked for. */
const maxTargets = 20;
export const differencesView: View<ShownDifference> = {
  json: (data) => differencesData(data),
  text(data, layout = unlimited) {
    const lines = [
      ...changeLines(data, layout),
      ...data.findings.map((finding) => findingLine(finding, data, layout)),
    ];
    const title = `${escapeForTerminal(data.gun)}   ${side(data.from)} → ${side(data.to)}`;
    return `${[title, ...lines, summaryLine(data)].join('\n')}\n`;
  },
};

/** The document of a difference, to be printed as it is or as a part of another one. */
export function differencesData(data: ShownDifference): Readonly<Record<string, JsonData>> {
  const { gun, from, to, changes, findings, names } = data;
  return {
    ...{ gun, from: { ...from }, to: { ...to } },
    changes: changes.map((change) => changeData(change, names)),
    findings: findings.map((finding) => findingData(finding, names)),
    summary: { ...counts(changes), problems: findings.length },
  };
}

export function changeData(change: StateChange, names: KeyNames): JsonData {
  if (change.what === 'key') return { ...change, ...nameData(names.of(change.keyId)) };
  if (change.what === 'new key') return { ...change, what: 'key' };
  if (change.what !== 'target') return { ...change };
  const { before, after, ...same } = change;
  return {
    ...same,
    ...(before !== undefined && { before: metaData(before) }),
    ...(after !== undefined && { after: metaData(after) }),
  };
}

export function findingData({ hint, keyId, targets, ...finding }: Finding, names: KeyNames): JsonData {
  return {
    ...finding,
    ...(keyId !== undefined && { keyId, ...nameData(names.of(keyId)) }),
    ...(targets !== undefined && { targets }),
    ...(hint !== undefined && { hint: { command: hint.command } }),
  };
}

function nameData({ collaborator, nameSource }: KeyName): Readonly<Record<string, JsonData>> {
  return { ...(collaborator !== undefined && { collaborator }), nameSource };
}

function side({ state, targetsVersion, asOf }: DiffSide): string {
  const version = targetsVersion === undefined ? '' : ` (targets ${targetsVersion})`;
  return `${state}${version}${asOf === undefined ? '' : `, as seen here last, vouched for until ${asOf}`}`;
}

function changeLines({ changes, names, full }: ShownDifference, layout: Layout): readonly string[] {
  const shown = full ? changes : withoutLongLists(changes);
  const counted = full ? [] : longLists(changes);
  const rows = [
    ...shown.map((change) => changeRow(change, names, layout)),
    ...counted.map(({ sign, role, count }) => [sign, role, `${count} targets (--full lists them)`]),
  ];
  const width = rows.reduce((widest, [, subject = '']) => Math.max(widest, subject.length), 0);
  return rows.map(([sign = '', subject = '', what = '']) =>
    `  ${sign} ${subject.padEnd(width)}   ${what}`.trimEnd(),
  );
}

interface LongList {
  readonly sign: string;
  readonly role: string;
  readonly op: TargetChange['op'];
  readonly count: number;
}

function longLists(changes: readonly StateChange[]): readonly LongList[] {
  const lists = new Map<string, LongList>();
  for (const { what, op, role } of changes) {
    if (what !== 'target') continue;
    const name = `${op} ${role}`;
    lists.set(name, { sign: signs[op], role, op, count: (lists.get(name)?.count ?? 0) + 1 });
  }
  return [...lists.values()].filter(({ count }) => count > maxTargets);
}

function withoutLongLists(changes: readonly StateChange[]): readonly StateChange[] {
  const long = new Set(longLists(changes).map(({ op, role }) => `${op} ${role}`));
  return changes.filter(({ what, op, role }) => what !== 'target' || !long.has(`${op} ${role}`));
}

const signs = { add: '+', remove: '-', change: '~' } as const;

/** Sign, subject and description. */
function changeRow(change: StateChange, names: KeyNames, layout: Layout): readonly [string, string, string] {
  const sign = signs[change.op];
  const role = escapeForTerminal(change.role);
  switch (change.what) {
    case 'role':
      return [sign, role, 'role'];
    case 'key':
      return [sign, role, `key ${keyText(change.keyId, names, layout)}`];
    case 'new key':
      return [sign, role, `key ${escapeForTerminal(change.origin)}`];
    case 'path':
      return [
        sign,
        role,
        `path ${change.path === '' ? '"" <all paths>' : escapeForTerminal(JSON.stringify(change.path))}`,
      ];
    case 'threshold':
      return [sign, role, `threshold ${change.before} → ${change.after}`];
    case 'target':
      return [sign, escapeForTerminal(change.target), `${digests(change, layout)}   ${role}`];
  }
}

/** The ID of a key and its name, as it may be shown: what a certificate says is its maker's own word. */
export function keyText(keyId: CanonicalKeyId, names: KeyNames, layout: Layout): string {
  const name = escapeForTerminal(shownName(names.of(keyId)));
  const id = shownId(keyId, layout);
  return name === '' ? id : `${id}  ${name}`;
}

function digests({ op, before, after }: TargetChange, layout: Layout): string {
  const [old, now] = [before && sha256Hex(before), after && sha256Hex(after)];
  if (op !== 'change') return `sha256:${shownId(now ?? old ?? '', layout)}`;
  if (old === now) return `sha256:${shownId(now ?? '', layout)} (size or custom data)`;
  const [from, to] = [shownId(old ?? '', layout), shownId(now ?? '', layout)];
  return `sha256:${from} → ${to}`;
}

const maxNames = 5;

function findingLine({ message, targets, hint }: Finding, { full }: ShownDifference, layout: Layout): string {
  const listed = targets === undefined ? '' : `: ${listedNames(targets, full)}`;
  const said = `  ! ${escapeForTerminal(message)}${listed}`;
  if (hint === undefined) return fitting(said, layout);
  const command = hint.command.map(escapeForTerminal).join(' ');
  return layout.terminal ? `${fitting(said, layout)}\n      ${command}` : `${said} (${command})`;
}

/** On a terminal a sentence goes on below its first word. */
function fitting(line: string, layout: Layout): string {
  const width = layout.terminal ? layout.columns() : undefined;
  return width === undefined ? line : wrapLine(line, helpWidth(width), 4);
}

function listedNames(names: readonly string[], full: boolean): string {
  const shown = full ? names : names.slice(0, maxNames);
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more (--full)` : '';
  return shown.map((name) => escapeForTerminal(name)).join(', ') + more;
}

function counts(changes: readonly StateChange[]) {
  const count = (op: StateChange['op']) => changes.filter((change) => change.op === op).length;
  return { added: count('add'), removed: count('remove'), changed: count('change') };
}

function summaryLine({ changes, findings }: ShownDifference): string {
  const { added, removed, changed } = counts(changes);
  const parts = [
    ...(added > 0 ? [`${added} added`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
    ...(changed > 0 ? [`${changed} changed`] : []),
    ...(findings.length > 0 ? [`${findings.length} ${findings.length === 1 ? 'problem' : 'problems'}`] : []),
  ];
  return parts.length === 0 ? terminalSafe`no differences` : parts.join(', ');
}
