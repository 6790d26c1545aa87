/**
 * Explains a missing snapshot: what its owner has to do where a server refuses an upload without one, since it does not
 * hold the snapshot key.
 */

import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, type NotaryError, rephrased, sameWords } from '../../errors.ts';
import { baseRole, type Root } from '../../metadata/root.ts';
import { canonicalIds } from '../../tuf/verify-signatures.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { keysHere } from './keys-here.ts';

type SnapshotPorts = Pick<RepositoryPorts, 'gun' | 'cryptoService'>;

/** True for the refusal of an upload without a snapshot by a server that cannot sign one. */
export function isMissingSnapshot(error: NotaryError, sent: ReadonlyMap<string, unknown>): boolean {
  return isNotaryError(error, 'BAD_HIERARCHY') && !sent.has('snapshot');
}

/**
 * The refusal with the way out: the command for the owner, who may be the user.
 *
 * @param sent the files of the upload; none when there was nothing new to publish
 */
export async function explainMissingSnapshot(
  { gun, cryptoService }: SnapshotPorts,
  error: NotaryError,
  root: Root,
  sent: ReadonlyMap<string, unknown>,
): Promise<NotaryError> {
  const keys = canonicalIds(baseRole(root, 'snapshot').keys);
  const owned = await keysHere({ cryptoService }, canonicalIds(baseRole(root, 'root').keys));
  const command = `tsnotary key rotate ${shellWord(gun)} snapshot -r`;
  const nothing =
    sent.size === 0
      ? `There is nothing new to publish for ${gun}: what is staged, if anything, is in effect already, and tsnotary reset ${shellWord(gun)} --all discards it. `
      : '';
  const whose = `The snapshot of ${gun} has to be signed with the key ${keys.join(' or ')}, which is neither here nor with the server.`;
  const out =
    owned.length > 0
      ? `The root key is here: ${command} has the server sign the snapshot from now on.`
      : `Ask the owner to run: ${command}; then publish again.`;
  const kept = sent.size === 0 ? '' : ' What is staged stays staged.';
  return rephrased(error, sameWords, {
    details: { gun, role: 'snapshot', keys },
    hint: `${nothing}${whose} ${out}${kept}`,
  });
}

/**
 * Tells an owner who delegates that collaborators cannot publish as long as the snapshot key is on this machine only.
 *
 * @param root the present root; its keys are looked for here
 */
export async function warnSnapshotKeyHere(
  { gun, cryptoService, log }: SnapshotPorts & Pick<RepositoryPorts, 'log'>,
  root: Root,
): Promise<void> {
  const [key] = await keysHere({ cryptoService }, canonicalIds(baseRole(root, 'snapshot').keys));
  if (key === undefined) return;
  log.warn(
    `the snapshot key ${key} of ${gun} is on this machine, so that a collaborator without it cannot publish; to have the server sign the snapshot: tsnotary key rotate ${shellWord(gun)} snapshot -r`,
    'SNAPSHOT_KEY_HERE',
  );
}
