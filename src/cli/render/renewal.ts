/** Renders a renewal: the roles that are due, who can sign them, and what was signed again. */

import { type DueRole, failsHere, type RenewalPlan } from '../../client/renew/plan.ts';
import type { RenewedRole } from '../../client/renew/renew.ts';
import type { KeyNames } from '../../collaborators/names.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import { findingData } from './differences.ts';
import { listTable } from './fact-table.ts';
import { findingText } from './finding-text.ts';
import { holderText } from './shown-name.ts';
import { escapeForTerminal } from './terminal-escape.ts';
import { type Layout, unlimited, type View } from './view.ts';

export interface ShownRenewal {
  readonly gun: string;
  readonly plan: RenewalPlan;
  readonly names: KeyNames;
  readonly renewed: readonly RenewedRole[];
  /** `nothing`: nothing was signed. */
  readonly state: 'dry-run' | 'renewed' | 'nothing';
  /** False when the plan has been shown already. */
  readonly whole?: boolean;
}

export const renewalView: View<ShownRenewal> = {
  json({ gun, plan, names, renewed, state }) {
    return {
      ...{ gun, state },
      rows: plan.due.map((one) => rowData(one, names)),
      renewed: renewed.map((one) => ({ ...one })),
      ...(plan.next !== undefined && { next: plan.next }),
      findings: plan.findings.map((finding) => findingData(finding, names)),
    };
  },
  text(data, layout = unlimited) {
    const { plan, renewed, whole = true } = data;
    const table =
      whole && plan.due.length > 0
        ? listTable(
            headers,
            plan.due.map((one) => row(one, data, layout)),
            layout,
          )
        : '';
    const said = plan.findings.filter(({ prevents }) => whole && prevents !== true);
    const lines = [
      ...said.map((finding) => `! ${findingText(finding, layout)}`),
      ...renewed.map(
        ({ role, version, expires }) =>
          `Renewed ${escapeForTerminal(role)} of ${escapeForTerminal(data.gun)}: version ${version}, good until ${expires}`,
      ),
      ...endLines(data),
    ];
    return `${table}${lines.map((line) => `${line}\n`).join('')}`;
  },
};

const headers = ['ROLE', 'VERSION', 'EXPIRES', 'SIGNED BY', 'HERE'];

function row(due: DueRole, { names }: ShownRenewal, layout: Layout): readonly string[] {
  const { role, version, expires, expired, keyIds, threshold, failure } = due;
  const holders = keyIds.map((keyId) => holderText(keyId, names, layout)).join(', ');
  const needed = threshold > 1 ? `${threshold} of ${holders}` : holders;
  return [
    role,
    String(version),
    expired ? `${expires} (expired)` : expires,
    needed,
    failure === undefined ? 'yes' : 'no',
  ];
}

function rowData(
  { role, version, expires, expired, keyIds, threshold, failure }: DueRole,
  names: KeyNames,
): JsonData {
  return {
    ...{ role, version, expires, threshold },
    status: expired ? 'expired' : 'due',
    here: failure === undefined,
    keys: keyIds.map((keyId) => {
      const { collaborator, nameSource } = names.of(keyId);
      return { keyId, nameSource, ...(collaborator !== undefined && { collaborator }) };
    }),
  };
}

function endLines({ gun, plan, state, renewed }: ShownRenewal): readonly string[] {
  const name = escapeForTerminal(gun);
  const elsewhere = plan.due.filter(({ failure }) => failure !== undefined);
  const others = elsewhere.map((one) => {
    const hint = one.failure?.hint === undefined ? '' : `. ${one.failure.hint}`;
    const why = failsHere(one)
      ? `its key is here and cannot be used: ${one.failure?.message ?? ''}${hint}`
      : 'a holder of its key renews it.';
    return `${escapeForTerminal(one.role)} cannot be signed here: ${escapeForTerminal(why)}`;
  });
  if (plan.due.length === 0) {
    const next = plan.next === undefined ? '' : `; the first to expire does so at ${plan.next}`;
    return [`Nothing of ${name} is due${next}`];
  }
  if (state === 'renewed' && renewed.length === 0)
    return [...others, `Nothing was left to renew in ${name}: another client has signed meanwhile`];
  return others;
}
