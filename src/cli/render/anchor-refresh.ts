/** Renders the replacement of a cached root: the old and the new one, and the way between them. */

import type { CheckedFingerprint } from '../../client/anchor/check-anchor.ts';
import { type DescribedRoot, fingerprintsOf } from '../../client/anchor/described-root.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import type { Finding } from '../../review/finding.ts';
import { findingLines, findingsData, rootData, rowData, unsignedMark } from './anchor.ts';
import { terminalSafe } from './terminal-escape.ts';

export interface ShownRefresh {
  readonly gun: string;
  readonly file: string;
  readonly held: 'none' | 'held' | 'damaged';
  /** The cached root; of a damaged file what it claims. */
  readonly before: DescribedRoot | undefined;
  readonly after: DescribedRoot | undefined;
  readonly between: readonly DescribedRoot[];
  /** Undefined when the served root may not be taken. */
  readonly proof: 'same' | 'chain' | 'unproved' | undefined;
  readonly rows: readonly CheckedFingerprint[];
  readonly findings: readonly Finding[];
}

export type RefreshState = 'refreshed' | 'unchanged' | 'refused';

/** The roots on the way, oldest first, each with the fingerprints of its certificates. */
export function refreshLines({ gun, held, before, after, between, proof }: ShownRefresh): readonly string[] {
  const old = { none: 'no root is trusted here yet', held: 'trusted', damaged: 'damaged; what it claims' }[
    held
  ];
  const was = before === undefined ? [`  old   ${old}`] : [`  old   ${rootText(before)} (${old})`];
  const way = between.map((root) => `  next  ${rootText(root)} (signed by the one before)`);
  const said =
    proof === 'chain'
      ? 'signed by the one before'
      : proof === 'same'
        ? 'the same'
        : 'proved by no signatures';
  const now = after === undefined ? [] : [`  new   ${rootText(after)} (${said})`];
  return [terminalSafe`root of ${gun}`, ...was, ...way, ...now];
}

function rootText(root: DescribedRoot): string {
  const prints = fingerprintsOf(root).map(
    (print, index) => `${print}${root.keys[index]?.signed === false ? unsignedMark : ''}`,
  );
  return `version ${root.version}   ${prints.join(', ')}`;
}

export function refreshResult(
  shown: ShownRefresh,
  state: RefreshState,
): { readonly text: () => string; readonly json: () => JsonData } {
  const { gun, file, held, before, after, between, proof, rows, findings } = shown;
  const outcome = {
    refreshed: terminalSafe`The new root is trusted from now on: ${file}`,
    unchanged: 'Nothing had to be done.',
    refused: 'Nothing was changed.',
  }[state];
  return {
    text: () => `${refreshLines(shown).join('\n')}\n${outcome}\n${findingLines(findings)}`,
    json: () => ({
      ...{ gun, state, file, held, proof: proof ?? null },
      before: before === undefined ? null : rootData(before),
      between: between.map(rootData),
      after: after === undefined ? null : rootData(after),
      rows: rows.map(rowData),
      findings: findingsData(findings),
    }),
  };
}
