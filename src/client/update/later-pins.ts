/**
 * Checks the trusted root against later pins: those that were configured after it was first trusted. Notary 0.7.0 looks at pins on
 * first use only, so that a pin for another root has no effect where a root is cached.
 */

import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import { pinContradiction } from '../../trust-pinning/pin-contradiction.ts';
import { rootCertificates } from '../../trust-pinning/root-certificates.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../tuf/repo-builder.ts';
import { verifySignatures } from '../../tuf/verify-signatures.ts';
import { asResult } from '../fetch/deferred-failure.ts';
import type { UpdatePorts } from './update-run.ts';

/** Former roots that are looked at for one that the pins name. */
const maxFormerRoots = 64;

/**
 * Says that the trusted root is another than the pinned one. A root that follows from a pinned one by rotations does
 * not contradict the pins.
 *
 * @param writes true for a command that signs and publishes below this root, which is refused
 * @throws NotaryError ROOT_NOT_PINNED when the command writes, or when strict
 */
export async function checkLaterPins(
  ports: UpdatePorts,
  root: Signed<Root>,
  { now, writes }: { readonly now: Date; readonly writes: boolean },
): Promise<void> {
  const { gun, pinning, cache, caution } = ports;
  const certificates = rootCertificates(root.content, gun, now, { expiry: false });
  const contradiction = pinContradiction(pinning, { gun, root, now, verify: verifySignatures });
  if (contradiction === undefined || (await pinnedFormerRoot(ports, root, now)) !== undefined) return;
  const ids = [...certificates.keys()];
  const details = { gun, role: 'root', file: cache.location('root'), keys: ids };
  const message = `the root of ${gun} that this machine trusts is not the pinned one: ${contradiction}`;
  const hint =
    `Its certificate has the ID ${ids.join(', ') || 'none'}. If the pin is right, this machine has trusted another root: ` +
    `"tsnotary delete ${shellWord(gun)}" forgets it, with what is staged, and the next command believes the pinned one only. ` +
    `If the root is right, correct trust_pinning. What is trusted and what is pinned: tsnotary anchor show ${shellWord(gun)}`;
  if (writes) throw new NotaryError('ROOT_NOT_PINNED', `${message}; nothing was signed`, { details, hint });
  caution('ROOT_NOT_PINNED', `${message}. ${hint}`, details);
}

/**
 * The version of a former root that the server has, that the pins name, and from which a chain of signatures leads to
 * this one; undefined when there is none.
 */
export async function pinnedFormerRoot(
  { gun, pinning, remote }: Pick<UpdatePorts, 'gun' | 'pinning' | 'remote'>,
  root: Signed<Root>,
  now: Date,
): Promise<number | undefined> {
  const later = [root.envelope.bytes];
  const newest = root.content.version;
  for (let version = newest - 1; version >= Math.max(1, newest - maxFormerRoots); version--) {
    const bytes = await asResult(remote.get(`${version}.root`, sizeLimits.rootOnTheWay));
    if (isNotaryError(bytes)) return undefined;
    const pinned = loaded(bytes, { gun, pinning, now }, version);
    if (pinned !== undefined) return leadsTo(pinned, later.toReversed(), { gun, now }) ? version : undefined;
    later.push(bytes);
  }
  return undefined;
}

/** @param files the roots after the first one, in order */
function leadsTo(
  first: Signed<Root>,
  files: readonly Uint8Array[],
  settings: { readonly gun: string; readonly now: Date },
): boolean {
  let previous: Signed<Root> | undefined = first;
  for (const bytes of files) {
    if (previous === undefined) return false;
    const version = previous.content.version + 1;
    previous = loaded(bytes, { ...settings, pinning: noPinning, previousRoot: previous }, version);
  }
  return previous !== undefined;
}

function loaded(
  bytes: Uint8Array,
  options: ConstructorParameters<typeof RepoBuilder>[0],
  version: number,
): Signed<Root> | undefined {
  try {
    const root = new RepoBuilder(options).loadRoot(bytes, { minVersion: version, allowExpired: true });
    return root.content.version === version ? root : undefined;
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
