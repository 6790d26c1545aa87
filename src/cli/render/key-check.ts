/** Renders what `key check` has found out about each key. */

import type { ExpectedKeys, ExpectingRole } from '../../client/read/expected-keys.ts';
import type { KeyNames } from '../../collaborators/names.ts';
import type { OpenedKey } from '../../keys/check-keys.ts';
import { unfitness } from '../../keys/key-owner.ts';
import { listTable } from './fact-table.ts';
import { unlimited, type View } from './view.ts';

/** The worst that can be said of a key; the exit status goes by it. */
export type KeyStatus = 'expected' | 'unexpected' | 'locked';

export interface CheckedKey extends OpenedKey {
  readonly status: KeyStatus;
  /** Roles that list the key, and that its file is fit for. */
  readonly expectedBy: readonly ExpectingRole[];
  /** Roles that list the key, while its file says that it is for another one: no client signs them with it. */
  readonly unfitFor: readonly ExpectingRole[];
}

export interface KeyCheck {
  readonly rows: readonly CheckedKey[];
  readonly names: KeyNames;
  /** Where the roles were looked for. */
  readonly from: 'cache' | 'server';
}

const statuses = { expected: 0, unexpected: 3, locked: 4 } as const;

/** The rows, each with what published roles expect of the key. */
export function checkedKeys(opened: readonly OpenedKey[], expected: ExpectedKeys): readonly CheckedKey[] {
  return opened.map((key) => {
    const listed = expected.of(key.keyId);
    const isFit = (role: ExpectingRole) => unfitness(key, role) === undefined;
    const expectedBy = listed.filter(isFit);
    const unfitFor = listed.filter((role) => !isFit(role));
    const status = !key.opens ? 'locked' : expectedBy.length === 0 ? 'unexpected' : 'expected';
    return { ...key, status, expectedBy, unfitFor };
  });
}

/** The exit status: that of the worst key. */
export function statusOf(rows: readonly CheckedKey[]): 0 | 3 | 4 {
  return rows.reduce<0 | 3 | 4>((worst, { status }) => {
    const own = statuses[status];
    return own > worst ? own : worst;
  }, 0);
}

const rolesData = (roles: readonly ExpectingRole[]) => roles.map(({ gun, role }) => ({ gun, role }));
const rolesText = (roles: readonly ExpectingRole[]) =>
  roles.map(({ gun, role }) => `${role} of ${gun}`).join(', ');

export const keyCheckView: View<KeyCheck> = {
  json: ({ rows, names, from }) => ({
    expectedFrom: from,
    rows: rows.map(({ keyId, role, gun, opens, source, status, expectedBy, unfitFor, failure }) => ({
      ...{ keyId, ...names.of(keyId), role, gun, opens, source: source ?? null, status },
      ...{ expectedBy: rolesData(expectedBy), unfitFor: rolesData(unfitFor) },
      ...(failure && {
        error: {
          ...{ code: failure.code, message: failure.message },
          ...(failure.hint !== undefined && { hint: failure.hint }),
        },
      }),
    })),
  }),
  text: ({ rows }, layout = unlimited) => {
    if (rows.length === 0) return 'No private key is here to check.\n';
    return listTable(
      ['KEY ID', 'ROLE', 'GUN', 'OPENS WITH', 'EXPECTED BY'],
      rows.map((row) => [row.keyId, row.role, row.gun, openedText(row), expectedText(row)]),
      layout,
    );
  },
};

function openedText({ opens, source }: CheckedKey): string {
  if (!opens) return 'does not open';
  if (source === 'prompt') return 'what was typed';
  return source ?? 'no passphrase: not encrypted';
}

function expectedText({ expectedBy, unfitFor }: CheckedKey): string {
  const unfit = unfitFor.length === 0 ? '' : ` (its file is not for ${rolesText(unfitFor)})`;
  return `${expectedBy.length === 0 ? 'no published role' : rolesText(expectedBy)}${unfit}`;
}
