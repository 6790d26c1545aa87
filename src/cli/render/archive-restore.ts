/** Renders a restore: what is carried over, what is made anew, and what readers have found. */

import type { RestorePlan } from '../../client/restore/plan.ts';
import type { RestoreResult } from '../../client/restore/restore.ts';
import type { KeyNames } from '../../collaborators/names.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import type { NotaryError } from '../../errors.ts';
import { findingData } from './differences.ts';
import { factTable } from './fact-table.ts';
import { findingText } from './finding-text.ts';
import { escapeForTerminal, terminalSafe } from './terminal-escape.ts';
import { type Layout, unlimited } from './view.ts';
import { helpWidth, wrapLine, wrapRow } from './wrap.ts';

/** A repository, as far as it has come. */
export interface RestoredRepository {
  readonly gun: string;
  plan?: RestorePlan;
  result?: RestoreResult;
  error?: NotaryError;
}

export interface ShownRestore {
  /** The archive. */
  readonly path: string;
  /** The URL of the new server, without a login. */
  readonly server: string;
  readonly repositories: RestoredRepository[];
  readonly dryRun: boolean;
  /** False when the plans have been shown already. */
  readonly whole?: boolean;
}

/** Keys are not named here. */
const unnamed: KeyNames = { of: () => ({ nameSource: 'none' }) };

/** The document of one repository. */
export function restoreLine(
  { gun, plan, result, error }: RestoredRepository,
  { dryRun }: Pick<ShownRestore, 'dryRun'>,
): JsonData {
  if (error !== undefined || plan === undefined) {
    const { code = 'INTERNAL', message = '', details = {}, hint } = error ?? {};
    return { gun, error: { code, message, details, ...(hint !== undefined && { hint }) } };
  }
  const { from, to, source, rootVersions, snapshotBy, floor, uploads, lifts, findings } = plan;
  const state = dryRun ? 'dry-run' : result?.uploads === 0 ? 'unchanged' : 'restored';
  return {
    ...{ gun, state, from, to, snapshotBy, uploads, lifts },
    rows: [...source.carried].map(([role, { content }]) => ({
      ...{ role, version: content.version, expires: content.expires, targets: content.targets.size },
    })),
    root: { ...rootVersions },
    seen: { root: source.root.content.version, ...floor },
    findings: findings.map((finding) => findingData(finding, unnamed)),
    ...(result !== undefined && {
      proof: { ...result.proof, newer: [...result.proof.newer] },
    }),
  };
}

export function restoreText(data: ShownRestore, layout: Layout = unlimited): string {
  const { repositories, whole = true } = data;
  const shown = repositories
    .filter(({ error }) => error === undefined)
    .map((one) => `${whole ? planText(one, data, layout) : ''}${proofText(one, data, layout)}`)
    .join(whole ? '\n' : '');
  const isRestored = repositories.some(({ result, error }) => result !== undefined && error === undefined);
  return isRestored ? `${shown}${nextText(data, layout)}` : shown;
}

function planText({ gun, plan }: RestoredRepository, { path }: ShownRestore, layout: Layout): string {
  if (plan === undefined) return '';
  const { source, rootVersions, snapshotBy, floor, uploads, lifts, findings, begun } = plan;
  const roles = [...source.carried].map(([role, { content }]) => `${role} ${content.version}`);
  const first = begun === undefined ? rootVersions.first : begun.root.content.version + 1;
  const roots = first > rootVersions.last ? 'all are there' : versions(first, rootVersions.last);
  const facts: readonly (readonly [string, string])[] = [
    ['from', path],
    ['to', plan.to],
    ['as they are', `${roles.join(', ')}: ${counted(plan.targets, 'target')}`],
    ['root', `${roots}, by the same root key`],
    ['timestamp', `by the new server, above ${floor.timestamp}`],
    ['snapshot', `by the ${snapshotBy === 'server' ? 'new server' : 'owner'}, above ${floor.snapshot}`],
    ['uploads', uploadsText(uploads, lifts)],
  ];
  const problems = findings.map((finding) => `${fitting(`! ${findingText(finding, layout)}`, layout)}\n`);
  return `${escapeForTerminal(gun)}\n${factLines(facts, layout)}${problems.join('')}`;
}

/** A table that is wider than the terminal would be broken within words: then each fact goes on below its first word. */
function factLines(facts: readonly (readonly [string, string])[], layout: Layout): string {
  const table = factTable(facts, layout);
  const width = widthOf(layout);
  if (width === undefined || table.split('\n').every((line) => line.length <= width)) return table;
  const longest = facts.reduce((most, [name]) => Math.max(most, name.length), 0);
  return facts
    .map(
      ([name, value]) => `${wrapRow(name.padEnd(longest + 2), escapeForTerminal(value), helpWidth(width))}\n`,
    )
    .join('');
}

/** Undefined where the output is no terminal, or one that does not say its width. */
function widthOf(layout: Layout): number | undefined {
  const columns = layout.terminal ? layout.columns() : undefined;
  return columns === 0 ? undefined : columns;
}

/** On a terminal a sentence goes on below its first word; a command below it stays whole. */
function fitting(text: string, layout: Layout): string {
  const width = widthOf(layout);
  if (width === undefined) return text;
  const [sentence = '', ...rest] = text.split('\n');
  return [wrapLine(sentence, helpWidth(width), 2), ...rest].join('\n');
}

function versions(first: number, last: number): string {
  return first === last ? `version ${last} made anew` : `versions ${first} to ${last} made anew`;
}

function uploadsText(uploads: number, lifts: number): string {
  if (uploads === 0) return 'none: everything is there';
  return lifts === 0 ? String(uploads) : `${uploads}, ${lifts} of them only to raise versions`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function proofText(
  { gun, plan, result }: RestoredRepository,
  { path }: ShownRestore,
  layout: Layout,
): string {
  if (plan === undefined || result === undefined) return '';
  const { roles, targets, root, timestamp, followed, newer } = result.proof;
  const readers = [
    ...['a reader with an empty cache', 'one who knows the old server'],
    ...(followed === 0 ? [] : [`${counted(followed, 'reader')} with former root keys`]),
  ];
  const who = `${readers.slice(0, -1).join(', ')} and ${readers.at(-1) ?? ''}`;
  const done =
    result.uploads === 0
      ? 'Nothing was left to restore'
      : `Restored with ${counted(result.uploads, 'upload')}`;
  const sentences = [
    terminalSafe`${done}: ${gun}`,
    terminalSafe`Proved by ${who}: ${gun} has ${counted(targets, 'target')} in ${counted(roles, 'role')} on ${plan.to} as in ${path} (root ${root}, timestamp ${timestamp}).`,
    ...(newer.length === 0 ? [] : [terminalSafe`Published on ${plan.to} since: ${newer.join(', ')}`]),
  ];
  return sentences.map((sentence) => `${fitting(sentence, layout)}\n`).join('');
}

/** What remains for people to do: until then their clients read the old server. */
function nextText({ server }: ShownRestore, layout: Layout): string {
  const sentences = [
    terminalSafe`Point clients to the new server: ${server} as remote_server.url of tsnotary and notary, and as DOCKER_CONTENT_TRUST_SERVER of docker.`,
    'A machine that has read the new server refuses the old one from then on, as a rollback.',
  ];
  return sentences.map((sentence) => `${fitting(sentence, layout)}\n`).join('');
}
