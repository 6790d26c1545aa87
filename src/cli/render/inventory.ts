/** Renders the inventory of repositories: the tables, and the documents of `--json`. */

import { isMissing } from '../../client/inventory/inventory-findings.ts';
import { isLoss } from '../../client/inventory/losses.ts';
import type { ImageLook } from '../../client/inventory/registry-look.ts';
import type { SignatureKind } from '../../client/inventory/signature-conventions.ts';
import type { Inventory, InventoryRow } from '../../client/inventory/take-inventory.ts';
import { type KeyNames, namedKey } from '../../collaborators/names.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import type { Finding } from '../../review/finding.ts';
import { findingData } from './differences.ts';
import { listTable } from './fact-table.ts';
import { findingText } from './finding-text.ts';
import { holderText, shownName } from './shown-name.ts';
import { escapeForTerminal, terminalSafe } from './terminal-escape.ts';
import { type Layout, shortId, unlimited } from './view.ts';
import { helpWidth, wrapLine } from './wrap.ts';

export interface ShownInventory extends Omit<Inventory, 'loaded'> {
  readonly gun: string;
  readonly names: KeyNames;
  readonly checks: readonly SignatureKind[];
  /** Only what docker takes and has no such signature is shown. */
  readonly missing: SignatureKind | undefined;
  readonly asksRegistry: boolean;
}

/** The rows that were asked for. */
export function shownRows({ rows, missing }: ShownInventory): readonly InventoryRow[] {
  if (missing === undefined) return rows;
  return rows.filter((row) => {
    const { look } = row;
    if (look?.image === 'gone') return row.released && look.signed.get(missing) === false;
    return look !== undefined && isMissing({ row, image: look }, missing);
  });
}

/** The document of one repository. */
export function inventoryData(shown: ShownInventory): JsonData {
  const { gun, findings, names } = shown;
  return {
    gun,
    rows: shownRows(shown).map((row) => rowData(row, shown)),
    findings: findings.map((finding) => findingData(finding, names)),
  };
}

function rowData(
  { target, digest, size, role, signers, docker, look }: InventoryRow,
  { names }: ShownInventory,
) {
  return {
    ...{ target, size, role, docker },
    ...(digest !== undefined && { digest }),
    signers: signers.map((keyId) => ({ ...namedKey(names, keyId) })),
    ...(look !== undefined && { image: look.image, ...Object.fromEntries(look.signed) }),
    ...(look?.registryDigest !== undefined && { registryDigest: look.registryDigest }),
  };
}

/** The table of each repository with what needs attention below it, and at the end what no other signature says. */
export function inventoryText(all: readonly ShownInventory[], layout: Layout = unlimited): string {
  const parts = all.map((shown) => {
    const heading = all.length === 1 ? '' : terminalSafe`${shown.gun}:` + '\n';
    return `${heading}${repositoryText(shown, layout)}`;
  });
  const losses = new Map<string, string>();
  for (const { findings } of all)
    for (const { code, message } of findings.filter(isLoss)) losses.set(code, message);
  if (losses.size === 0) return parts.join('\n');
  const legend = legendOf(all.flatMap(shownRows), layout);
  const lost = [...losses.values()].map((message) => fitting(`  - ${message}\n`, layout)).join('');
  return [
    ...parts,
    ...(legend === '' ? [] : [legend]),
    `What signatures of cosign and notation do not carry over:\n${lost}`,
  ].join('\n');
}

/** What the tables mean, once for all of them. */
function legendOf(rows: readonly InventoryRow[], { terminal, wide }: Layout): string {
  const isCut = terminal && !wide && rows.some(({ digest }) => digest !== undefined);
  return [
    rows.some(({ docker }) => docker) ? `${dockers} is what docker takes.\n` : '',
    isCut ? `(DIGEST is cut to ${shortId} digits; --wide shows all of them)\n` : '',
  ].join('');
}

function repositoryText(shown: ShownInventory, layout: Layout): string {
  const rows = shownRows(shown);
  const headers = ['', 'TARGET', 'DIGEST', 'SIZE', 'ROLE', 'SIGNED BY', ...registryHeaders(shown)];
  const table =
    rows.length === 0
      ? `${nothing(shown)}\n`
      : listTable(
          headers,
          rows.map((row) => tableRow(row, shown, layout)),
          layout,
        );
  const lines = shown.findings
    .filter((finding) => !isLoss(finding))
    .map((finding) => fitting(`! ${inventoryFinding(finding, layout)}\n`, layout));
  return `${table}${lines.join('')}`;
}

/** What could not be looked at may be missing, and what is not missing may need attention for another reason. */
function nothing({ missing, findings, rows }: ShownInventory): string {
  if (missing === undefined) return 'Nothing is signed that readers believe.';
  const released = rows.filter((row) => row.released);
  const unknown = released.filter(({ digest, look }) => digest !== undefined && !isKnown(look, missing));
  if (unknown.length > 0)
    return `No signature of ${missing} is known to be missing, and ${unknown.length} of ${released.length} targets could not be looked at.`;
  const has = (wanted: Finding['severity']) => findings.some(({ severity }) => severity === wanted);
  if (has('error'))
    return `No signature of ${missing} is known to be missing, and not everything could be looked at.`;
  return `No signature of ${missing} is missing${has('warning') ? ', and something else needs attention:' : '.'}`;
}

function isKnown(look: ImageLook | undefined, kind: SignatureKind): boolean {
  return look !== undefined && look.image !== 'unknown' && look.signed.has(kind);
}

function registryHeaders({ asksRegistry, checks }: ShownInventory): readonly string[] {
  if (!asksRegistry) return [];
  return ['IMAGE', 'TAG', ...checks.map((kind) => kind.toUpperCase())];
}

function tableRow(row: InventoryRow, { names, asksRegistry, checks }: ShownInventory, layout: Layout) {
  const { target, digest, size, role, signers, docker, look } = row;
  const signed = (kind: SignatureKind) => {
    const found = look?.signed.get(kind);
    return found === undefined ? '?' : found ? 'yes' : 'no';
  };
  return [
    docker ? dockers : '',
    target,
    digest?.slice('sha256:'.length) ?? 'none',
    String(size),
    role,
    signers.map((keyId) => signerText(keyId, names, layout)).join(', '),
    ...(asksRegistry ? [look?.image ?? 'unknown', tagNow(row, layout), ...checks.map(signed)] : []),
  ];
}

/** A name that only the key's certificate says stands beside the ID: two makers may have given themselves the same. */
function signerText(keyId: CanonicalKeyId, names: KeyNames, layout: Layout): string {
  const name = names.of(keyId);
  const text = holderText(keyId, names, layout);
  return name.nameSource === 'certificate' ? `${escapeForTerminal(shownName(name))} (key ${text})` : text;
}

/** On a terminal a sentence goes on below its first word; a command below it stays whole. */
function fitting(text: string, layout: Layout): string {
  const width = layout.terminal ? layout.columns() : undefined;
  if (width === undefined) return text;
  const [sentence = '', ...rest] = text.split('\n');
  return [wrapLine(sentence, helpWidth(width), 4), ...rest].join('\n');
}

/** Marks what docker takes. */
const dockers = '*';

/** The digest stands below the table as well, and would not fit on most terminals. */
function tagNow({ digest, look }: InventoryRow, { terminal, wide }: Layout): string {
  if (look?.tagGone === true) return 'gone';
  if (look?.registryDigest === undefined) return '?';
  if (look.registryDigest === digest) return 'same';
  return terminal && !wide ? 'moved' : look.registryDigest.slice('sha256:'.length);
}

/** More targets of a finding than these are counted on a terminal, where the table has them all. */
const maxTargets = 5;

/** The targets that a finding is about, and what it says of them. */
export function inventoryFinding({ targets = [], ...finding }: Finding, layout: Layout): string {
  const most = layout.terminal && !layout.wide ? maxTargets : targets.length;
  const listed = targets.slice(0, most).map(escapeForTerminal).join(', ');
  const more = targets.length > most ? ` and ${targets.length - most} more` : '';
  const subject = targets.length === 0 ? '' : `${listed}${more}: `;
  return `${subject}${findingText(finding, layout)}`;
}
