/** Applies staged changes to a draft, in order; any failure leaves nothing half done for the caller to send. */

import { nearNames } from '../encoding/near-names.ts';
import { shellWord } from '../encoding/shell-quote.ts';
import { isNotaryError, type NotaryError, rephrased, sameWords } from '../errors.ts';
import { isDelegation, isTargetsRole, isWildcard, parentRole } from '../metadata/role-name.ts';
import { noSuchRole } from '../tuf/delegation-signers.ts';
import type { Repo } from '../tuf/repo.ts';
import { replaceBaseKeys } from '../tuf/rotate-role-keys.ts';
import { type ApplyContext, type ApplyPorts, unsupported } from './apply-context.ts';
import { applyDelegationChange, listedRoles } from './apply-delegation-change.ts';
import { applyTargetChange } from './apply-target-change.ts';
import { type Change, parseRoleKeysContent, witnessExpiry } from './change.ts';
import { cautionOfEffects, contentsOf } from './effects/effects.ts';
import { fewCautions } from './first-cautions.ts';
import { refusedChange } from './refused-change.ts';

/**
 * Applies changes in order (Notary 0.7.0's rules and wording).
 *
 * @throws NotaryError INVALID_CHANGE, NO_SUCH_ROLE, NO_KEYS, INVALID_PATH, MALFORMED_JSON, with the number of the
 * change in the details; the codes of cautions, when strict
 */
export async function applyChanges(repo: Repo, changes: readonly Change[], ports: ApplyPorts): Promise<void> {
  const before = contentsOf(repo);
  const { caution, end } = fewCautions(ports.caution);
  const work = { ...ports, caution, signabilityCache: new Map<string, Promise<NotaryError | undefined>>() };
  for (const change of changes) {
    // Keys of roles change with delegations only, so an answer holds for a run of target changes.
    if (change.type !== 'target') work.signabilityCache.clear();
    const undo = parentSaved(repo, change);
    try {
      await applyChange(repo, change, work);
    } catch (error) {
      const refusal = refusedChange(withNearRole(error, repo), change, ports.keys.gun);
      if (ports.refused === undefined || !isNotaryError(refusal)) throw refusal;
      undo();
      ports.refused(refusal, change);
    }
  }
  checkWitnessedKeys(repo, changes, ports);
  cautionOfEffects(repo, before, changes, { caution, log: ports.log });
  end();
}

/** Notes the list that a change of a delegation edits. @returns puts it back */
function parentSaved(repo: Repo, { type, scope }: Change): () => void {
  const parent = type === 'delegation' && isDelegation(scope) ? parentRole(scope) : undefined;
  if (parent === undefined) return () => undefined;
  const draft = repo.targets.get(parent);
  if (draft === undefined) return () => repo.targets.delete(parent);
  const { content, dirty } = draft;
  return () => Object.assign(draft, { content, dirty });
}

/** The error for a role that is not there, with the one that may be meant. */
function withNearRole(error: unknown, repo: Repo): unknown {
  if (!isNotaryError(error, 'NO_SUCH_ROLE') || error.hint !== undefined) return error;
  const role = error.details['role'];
  const near = typeof role === 'string' ? nearNames(role, listedRoles(repo)) : [];
  if (near.length === 0) return error;
  const hint = `Did you mean ${near.join(' or ')}?`;
  return rephrased(error, sameWords, { hint, details: { near } });
}

async function applyChange(repo: Repo, change: Change, ports: ApplyContext): Promise<void> {
  if (change.scope === 'root') {
    applyRootChange(repo, change);
    return;
  }
  if (!isTargetsRole(change.scope) && !isWildcard(change.scope))
    throw unsupported(`scope not supported: ${change.scope}`);
  switch (change.type) {
    case 'target':
      return applyTargetChange(repo, change, ports);
    case 'delegation':
      return applyDelegationChange(repo, change, ports);
    case 'witness':
      witness(repo, change, ports.keys.gun);
      return;
    default:
      throw unsupported('only target meta and delegations changes supported');
  }
}

/**
 * Marks a role for signing again as it is. A role that readers do not believe has a draft only when its content
 * may be signed again.
 */
function witness(repo: Repo, change: Change, gun: string | undefined): void {
  const { scope: role } = change;
  const draft = repo.targets.get(role);
  if (draft === undefined) throw repo.unresolved(role) ?? unknownRole(repo, role, gun);
  draft.dirty = true;
  const expires = witnessExpiry(change);
  if (expires !== undefined) draft.expires = expires;
}

/** A role that is listed and has no file yet is not the same as one that does not exist. */
function unknownRole(repo: Repo, role: string, gun = 'GUN'): NotaryError {
  const error = noSuchRole(role, 'this role is not known');
  if (repo.findDelegation(role) === undefined) return error;
  return rephrased(error, sameWords, {
    details: { neverSigned: true },
    hint: `${role} is listed and has never been signed, so that there is nothing to sign again. A holder of its key signs it with the first target: tsnotary add ${shellWord(gun)} NAME FILE -r ${role} -p.`,
  });
}

/** Asked when all changes have been applied, since a later one may add the key. */
function checkWitnessedKeys(repo: Repo, changes: readonly Change[], ports: ApplyPorts): void {
  for (const change of changes) {
    const { type, scope } = change;
    const delegation =
      type === 'witness' && repo.unusable.has(scope) ? repo.findDelegation(scope) : undefined;
    if (delegation === undefined || delegation.threshold <= delegation.keyIds.length) continue;
    const reason = 'role does not specify enough valid signing keys to meet its required threshold';
    const error = noSuchRole(scope, reason);
    if (ports.refused === undefined) throw error;
    ports.refused(error, change);
  }
}

function applyRootChange(repo: Repo, change: Change): void {
  if (change.type !== 'role') throw unsupported(`type of root change not yet supported: ${change.type}`);
  if (change.action !== 'create') throw unsupported(`action not yet supported for root: ${change.action}`);
  const { role, keys } = parseRoleKeysContent(change);
  replaceBaseKeys(repo, role, keys);
}
