/** Previews the rotation of a base role: which keys go, what comes in their place, and whether it can be signed here. */

import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { baseRole } from '../../metadata/root.ts';
import { compare, type NewKey } from '../../review/compare.ts';
import type { Finding } from '../../review/finding.ts';
import type { RepositoryState } from '../../review/state.ts';
import { signingFailure } from '../../tuf/sign-metadata.ts';
import type { Difference } from '../preview/difference.ts';
import { loadForPreview } from '../preview/preview.ts';
import { stateOf } from '../preview/published-state.ts';
import { unaskedKeys } from '../preview/staged-state.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { isServersKey } from '../sign/sign.ts';
import { checkRotation } from './rotate-key.ts';

export interface RotationPreview {
  readonly role: string;
  readonly serverManaged: boolean;
  /** Files of the new keys; none for a key that would be made. */
  readonly files: readonly string[];
}

/**
 * It makes no key, asks the server for none, and opens no file of a new key.
 *
 * @throws NotaryError the codes of `checkRotation` and of an update; REPO_NOT_INITIALIZED
 */
export async function previewRotation(
  ports: RepositoryPorts,
  { role, serverManaged, files }: RotationPreview,
): Promise<Difference> {
  checkRotation(role, serverManaged);
  const { gun } = ports;
  const loaded = await loadForPreview(ports, false);
  if (loaded.initial) {
    throw new NotaryError('REPOSITORY_NOT_EXIST', `${gun} is not published yet`, {
      details: { gun },
      hint: `To publish it: tsnotary publish ${shellWord(gun)}`,
    });
  }
  const before = stateOf(loaded.repo, gun);
  const after = withoutKeys(before, role);
  const origins: readonly NewKey['origin'][] =
    files.length > 0
      ? files.map((file) => `of ${file}` as const)
      : [serverManaged ? 'made by the server' : 'made here'];
  const made = origins.map((origin): NewKey => ({ op: 'add', what: 'new key', role, origin }));
  const root = loaded.repo.root.content;
  const keys = unaskedKeys(ports);
  const findings: Finding[] = [];
  for (const signer of role === 'snapshot' ? (['root'] as const) : (['root', 'snapshot'] as const)) {
    const failure = await signingFailure(baseRole(root, signer), keys, signer);
    const isServers =
      signer === 'snapshot' && isNotaryError(failure, 'INSUFFICIENT_SIGNATURES') && isServersKey(failure);
    if (failure === undefined || isServers) continue;
    const { code, message } = failure;
    findings.push({ code, severity: 'error', role: signer, message, prevents: true });
  }
  return { before, after, changes: [...compare(before, after), ...made], findings, initial: false };
}

function withoutKeys(state: RepositoryState, role: string): RepositoryState {
  const roles = new Map(state.roles);
  const rotated = roles.get(role);
  if (rotated !== undefined) roles.set(role, { ...rotated, keys: new Map() });
  return { ...state, roles };
}
