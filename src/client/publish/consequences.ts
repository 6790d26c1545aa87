/**
 * Warns of consequences for readers, before anything is signed: what staged changes of delegations cost them, or give
 * back to them.
 */

import type { Change } from '../../changelist/change.ts';
import { counted, plainNames } from '../../changelist/name-list.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import type { ErrorCode } from '../../error-codes.ts';
import { compare, type StateChange } from '../../review/compare.ts';
import { type Finding, newFindings } from '../../review/finding.ts';
import { judge } from '../../review/judge.ts';
import type { RepositoryState } from '../../review/state.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import type { Draft } from '../draft/draft.ts';
import { stateOf } from '../preview/published-state.ts';
import { askedFor, draftState } from '../preview/staged-state.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

export interface Drafted {
  readonly draft: Draft;
  readonly loaded: LoadedRepo;
  readonly changes: readonly Change[];
}

/**
 * Compares what readers believe with what they would believe. (Notary 0.7.0 publishes without a word.)
 *
 * @returns the roles that readers would not believe any more
 * @throws NotaryError ROLE_NEEDS_WITNESS, ROLE_WITHOUT_KEYS, ROLE_BELOW_THRESHOLD and TAGS_COME_BACK, when strict
 */
export function cautionOfConsequences(
  { gun, clock, caution }: Pick<RepositoryPorts, 'gun' | 'clock' | 'caution'>,
  { draft, loaded, changes }: Drafted,
): readonly string[] {
  if (changes.every(({ type }) => type === 'target')) return [];
  const before = stateOf(loaded, gun);
  const staged = { basis: before, problems: [], asked: askedFor(changes) };
  const after: RepositoryState = { ...draftState(gun, draft, loaded), staged };
  const now = clock.now();
  const standing = (role: string) => before.roles.get(role)?.file?.standing;
  const witnessed = new Set(changes.filter(({ type }) => type === 'witness').map(({ scope }) => scope));
  const differences = compare(before, after);
  const roles: string[] = [];
  for (const finding of newFindings(judge(after, now), judge(before, now))) {
    const { role = '', targets: names = [] } = finding;
    const loss = lossOf(gun, finding, before.roles.get(role)?.file?.content.targets.size ?? 0);
    if (loss !== undefined && (standing(role) === 'trusted' || finding.code !== 'ROLE_NEEDS_WITNESS')) {
      roles.push(role);
      const keys = removedKeys(differences, role);
      const better = `To do it in one upload, with a new signature or with the tags kept elsewhere: tsnotary delegation revoke ${shellWord(gun)} ${keys.length === 0 ? 'KEY' : keys.join(' ')}`;
      const details = { gun, role, keys };
      caution(loss.code, `${loss.words}. ${better}`, details, `${loss.words}; nothing was sent. ${better}`);
    } else if (finding.code === 'TAGS_COME_BACK' && standing(role) === 'untrusted' && !witnessed.has(role)) {
      const words = `readers believe ${counted(names.length, 'tag')} of ${role} again, since a key that signed it comes back: ${plainNames(names)}`;
      caution('TAGS_COME_BACK', words, { gun, role, count: names.length, targets: names.slice(0, 10) });
    }
  }
  return roles;
}

/** What a removal of keys costs; undefined for a finding of another kind. */
function lossOf(
  gun: string,
  { code, role = '' }: Finding,
  held: number,
): { readonly code: ErrorCode; readonly words: string } | undefined {
  const gone =
    held === 0 ? 'readers believe nothing that is put into it' : `readers lose its ${counted(held, 'tag')}`;
  switch (code) {
    case 'ROLE_WITHOUT_KEYS':
      return {
        code,
        words: `${role} has no keys left; ${gone}. To remove the role itself: tsnotary delegation remove ${shellWord(gun)} ${role}`,
      };
    case 'ROLE_BELOW_THRESHOLD':
      return { code, words: `${role} has fewer keys left than must sign; ${gone}` };
    case 'ROLE_NEEDS_WITNESS':
      return {
        code,
        words: `${role} is signed by a key that was removed; ${gone} until a holder of a remaining key runs: tsnotary witness ${shellWord(gun)} ${role} -p`,
      };
    default:
      return undefined;
  }
}

function removedKeys(differences: readonly StateChange[], role: string): readonly string[] {
  const removed = differences.flatMap((change) =>
    change.what === 'key' && change.op === 'remove' && change.role === role ? [change.keyId] : [],
  );
  // One key may be listed under two certificates.
  return [...new Set(removed)];
}
