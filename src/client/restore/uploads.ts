/** Makes the files of each upload of a restore, in the order in which Notary's server takes them. */

import { isNotaryError, NotaryError } from '../../errors.ts';
import { expiryFor } from '../../metadata/expiry.ts';
import { baseRole, rootToJson } from '../../metadata/root.ts';
import { snapshotToJson } from '../../metadata/snapshot.ts';
import { fileMetaOf } from '../../tuf/checksums.ts';
import { signContent } from '../../tuf/sign-metadata.ts';
import { canonicalIds, type RoleKeySet } from '../../tuf/verify-signatures.ts';
import { asResult } from '../fetch/deferred-failure.ts';
import { checkServerKeyIsNew, foreignServerKey } from '../key-lifecycle/server-key.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { checkSigned } from '../sign/check-signed.ts';
import type { SignedFile } from '../sign/sign.ts';
import { signingKeys } from '../sign/signing-keys.ts';
import type { Begun } from './destination.ts';
import { formerSignersOf } from './former-readers.ts';
import { firstVersion, movedRoot, type ServerKeys } from './moved-root.ts';
import type { RestorePlan } from './plan.ts';

/** One upload: a root, the first one with everything that is carried over, or a raise of versions alone. */
export type Step = { readonly kind: 'first' | 'root'; readonly version: number } | { readonly kind: 'lift' };

/**
 * What is to be sent next.
 *
 * @param begun what the new server holds now
 * @returns undefined when everything is there
 */
export function nextStep(plan: RestorePlan, begun: Begun | undefined): Step | undefined {
  if (begun === undefined) return { kind: 'first', version: firstVersion };
  const { version } = begun.root.content;
  if (version < plan.rootVersions.last) return { kind: 'root', version: version + 1 };
  const isLow = (role: 'timestamp' | 'snapshot') => begun[role].content.version <= plan.floor[role];
  // An owner's snapshot is signed above the floor from the first upload on.
  return isLow('timestamp') || isLow('snapshot') ? { kind: 'lift' } : undefined;
}

/**
 * Opens every key that the uploads which are left need, so that passphrases are asked for, and turn out wrong, before
 * anything is sent. Later each is at hand.
 *
 * @throws NotaryError PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED
 */
export async function openKeys(
  ports: RepositoryPorts,
  plan: RestorePlan,
  begun: Begun | undefined,
): Promise<void> {
  const { history, source, rootVersions } = plan;
  const next = (begun?.root.content.version ?? firstVersion - 1) + 1;
  const wanted: (readonly [string, RoleKeySet])[] = [];
  if (next <= rootVersions.last) wanted.push(['root', baseRole(source.root.content, 'root')]);
  for (const { canFollow, to, signers } of history.former)
    if (canFollow && to + 1 >= next) wanted.push(['root', signers]);
  if (nextStep(plan, begun) !== undefined && isOwnSnapshot(plan, begun))
    wanted.push(['snapshot', baseRole(source.root.content, 'snapshot')]);
  const keys = signingKeys(ports);
  for (const [role, signers] of wanted) {
    for (const id of canonicalIds(signers.keys)) {
      const found = await asResult(keys.find(id, role));
      if (found instanceof NotaryError && !isNotaryError(found, 'KEY_NOT_FOUND')) throw found;
    }
  }
}

function isOwnSnapshot(plan: RestorePlan, begun: Begun | undefined): boolean {
  return begun === undefined ? plan.snapshotBy === 'owner' : begun.keys.snapshot === undefined;
}

/**
 * The files of an upload. A lift sends none where the server signs the snapshot: it then signs snapshot and timestamp anew.
 *
 * @throws NotaryError INSUFFICIENT_SIGNATURES, PASSPHRASE_INVALID, SERVER_KEY_REFUSED, SIGNATURE_SELF_CHECK; the server's codes
 */
export async function filesOf(
  ports: RepositoryPorts,
  plan: RestorePlan,
  step: Step,
  begun: Begun | undefined,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const signed = new Map<string, SignedFile>();
  if (step.kind !== 'lift') {
    const keys = begun?.keys ?? (await newServerKeys(ports, plan));
    signed.set('root', await signRoot(ports, plan, step.version, keys));
  }
  const ownSnapshot = begun === undefined ? plan.snapshotBy === 'owner' : begun.keys.snapshot === undefined;
  if (ownSnapshot) signed.set('snapshot', await signSnapshot(ports, plan, signed.get('root'), begun));
  await checkSigned(signed);
  const files = new Map([...signed].map(([role, { envelope }]) => [role, envelope.bytes] as const));
  if (step.kind === 'first')
    for (const [role, { envelope }] of plan.source.carried) files.set(role, envelope.bytes);
  return files;
}

/** Asks for keys once: before the first upload the server makes others each time. */
async function newServerKeys(ports: RepositoryPorts, plan: RestorePlan): Promise<ServerKeys> {
  const { root, carried } = plan.source;
  const repo = { publishedRoot: root.content, targets: carried };
  const ask = async (role: 'timestamp' | 'snapshot') => {
    const key = await foreignServerKey(ports, role, await ports.remote.getKey(role));
    checkServerKeyIsNew(ports, repo, { role, key, maybePresent: false });
    return key;
  };
  const timestamp = await ask('timestamp');
  return { timestamp, snapshot: plan.snapshotBy === 'server' ? await ask('snapshot') : undefined };
}

async function signRoot(
  ports: RepositoryPorts,
  { source, history }: RestorePlan,
  version: number,
  keys: ServerKeys,
): Promise<SignedFile> {
  const { clock, expiryOf = expiryFor } = ports;
  const expires = expiryOf('root', clock.now());
  const content = movedRoot(source.root.content, keys, { version, expires });
  const groups = [baseRole(content, 'root'), ...formerSignersOf(version, history)];
  return { envelope: await signContent(rootToJson(content), groups, signingKeys(ports), 'root'), groups };
}

/** Names what is there already, which the same key has signed, or what is sent first; and the new root. */
async function signSnapshot(
  ports: RepositoryPorts,
  { source, floor }: RestorePlan,
  root: SignedFile | undefined,
  begun: Begun | undefined,
): Promise<SignedFile> {
  const { clock, expiryOf = expiryFor } = ports;
  const carried = [...source.carried].map(
    ([role, { envelope }]) => [role, fileMetaOf(envelope.bytes)] as const,
  );
  const meta = new Map(begun?.snapshot.content.meta ?? carried);
  if (root !== undefined) meta.set('root', fileMetaOf(root.envelope.bytes));
  const version = Math.max(floor.snapshot, begun?.snapshot.content.version ?? 0) + 1;
  const content = { meta, version, expires: expiryOf('snapshot', clock.now()) };
  const groups: readonly RoleKeySet[] = [baseRole(source.root.content, 'snapshot')];
  return {
    envelope: await signContent(snapshotToJson(content), groups, signingKeys(ports), 'snapshot'),
    groups,
  };
}
