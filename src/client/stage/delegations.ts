/** Stages changes of delegations: adds signers, or revokes their keys and paths, or removes the role. */

import { delegationChange, delegationDeletion } from '../../changelist/change.ts';
import { type CanonicalKeyId, isKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { editDistance } from '../../encoding/edit-distance.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
import { dockersRole, isDelegation, meantDelegation } from '../../metadata/role-name.ts';
import type { Caution } from '../../ports/log.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { stage } from './stage-changes.ts';

type DelegationPorts = Pick<RepositoryPorts, 'gun' | 'changelist' | 'caution'>;

/** New delegations ask for one signature; Notary 0.7.0 cannot make others. */
const threshold = 1;

/**
 * Stages the addition of keys and of paths to a delegation, which is made when it does not exist: one
 * change for the keys and one for the paths, in this order.
 *
 * @param input.paths `['']` for all paths
 * @throws NotaryError INVALID_ROLE, FILE_UNWRITABLE
 */
export async function addDelegation(
  ports: DelegationPorts,
  input: { readonly role: string; readonly keys: readonly PublicKey[]; readonly paths: readonly string[] },
): Promise<void> {
  const { role, keys, paths } = input;
  checkStagedRole(
    role,
    `failed to create delegation: tuf: invalid role ${role}. invalid delegation role name`,
  );
  cautionOfName(role, ports.caution);
  cautionOfPatterns(paths, ports.caution);
  const changes = [];
  if (keys.length > 0) changes.push(delegationChange('create', role, { threshold, addKeys: keys }));
  if (paths.length > 0) changes.push(delegationChange('create', role, { addPaths: paths }));
  await stage(ports, changes);
}

export interface DelegationRemoval {
  readonly role: string;
  /** Canonical IDs. */
  readonly keyIds: readonly CanonicalKeyId[];
  readonly paths: readonly string[];
  readonly allPaths: boolean;
  /** The role itself, with everything in it. */
  readonly whole: boolean;
}

/**
 * Stages the removal of keys (revokes them) or paths, or of the whole delegation: paths first, then keys.
 *
 * @throws NotaryError INVALID_ROLE, FILE_UNWRITABLE
 */
export async function removeDelegation(ports: DelegationPorts, removal: DelegationRemoval): Promise<void> {
  const { role, keyIds, paths, allPaths, whole } = removal;
  checkStagedRole(role, `invalid delegation name ${role}`);
  cautionOfShortIds(keyIds, ports);
  const changes = [];
  if (whole) changes.push(delegationDeletion(role));
  else if (allPaths) changes.push(delegationChange('update', role, { clearPaths: true }));
  else if (paths.length > 0) changes.push(delegationChange('update', role, { removePaths: paths }));
  if (!whole && keyIds.length > 0) changes.push(delegationChange('update', role, { removeKeys: keyIds }));
  await stage(ports, changes);
}

/** Stages the removal of keys from every delegation: revokes a signer everywhere. */
export async function purgeDelegations(
  ports: DelegationPorts,
  keyIds: readonly CanonicalKeyId[],
): Promise<void> {
  cautionOfShortIds(keyIds, ports);
  await stage(ports, [delegationChange('update', 'targets/*', { removeKeys: keyIds })]);
}

/** @throws NotaryError INVALID_ROLE with the message */
export function checkStagedRole(role: string, message: string): void {
  if (isDelegation(role)) return;
  const meant = meantDelegation(role);
  const rule =
    'A delegation is named targets/NAME, of small letters, digits, "-" and "_"; docker reads targets/releases.';
  throw new NotaryError('INVALID_ROLE', message, {
    details: { role },
    hint: meant === undefined ? rule : `${rule} Did you mean ${meant}?`,
  });
}

function cautionOfName(role: string, caution: Caution): void {
  if (role === dockersRole || editDistance(role, dockersRole) > 2) return;
  const unread = `docker reads ${dockersRole}, not ${role}`;
  caution(
    'ROLE_NAME_UNREAD',
    `${unread}; nothing signed into ${role} will reach it`,
    { role },
    `${unread}; nothing is staged`,
  );
}

/** Every path is a prefix of names, and `*` a letter like any other. */
function cautionOfPatterns(paths: readonly string[], caution: Caution): void {
  const patterns = paths.filter((path) => /[*?[]/.test(path));
  if (patterns.length === 0) return;
  const [first = ''] = patterns;
  const prefix = /^[^*?[]*/.exec(first)?.[0] ?? '';
  const meant = prefix === '' ? '--all-paths' : `--paths ${shellWord(prefix)}`;
  const names = patterns.slice(0, 3).map((path) => JSON.stringify(path));
  const literal = `a path is a prefix of target names and no pattern, so that ${names.join(', ')} covers only names that begin with these very characters; what may be meant: ${meant}`;
  caution('PATH_NOT_PATTERN', literal, { paths: patterns.slice(0, 10) }, `${literal}; nothing is staged`);
}

function cautionOfShortIds(ids: readonly string[], { gun, caution }: DelegationPorts): void {
  for (const id of ids) {
    if (isKeyId(id)) continue;
    const short = `${JSON.stringify(id)} is neither a full key ID of 64 hexadecimal digits nor a name with keys`;
    const advice = `"tsnotary delegation list ${shellWord(gun)} --wide --names" shows both`;
    caution(
      'KEY_ID_NOT_FULL',
      `${short}, so it will match no key; ${advice}`,
      { key: id },
      `${short}; nothing is staged. ${advice}`,
    );
  }
}
