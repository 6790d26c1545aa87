/**
 * Updates this machine's view of a repository from the cache and the server, and trusts nothing that does not
 * verify (TUF specification 5.1 to 5.6; Notary 0.7.0's update workflow).
 *
 * Requests that do not need each other's answers are sent together.
 */

import { shellWord } from '../../encoding/shell-quote.ts';
import { type ErrorOf, isNotaryError, NotaryError } from '../../errors.ts';
import { checkExpiry, hasExpired } from '../../metadata/expiry.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import { snapshotHolder } from '../../tuf/snapshot-holder.ts';
import type { AsOf } from '../repository-ports.ts';
import { endRotations } from '../rotation-record/end-rotations.ts';
import { withRepositoryContext } from './error-context.ts';
import { warnNearExpiry } from './expiry-warnings.ts';
import { ForeignFiles } from './files-of-other-repositories.ts';
import { cautionOfHidden, type HiddenRole } from './hidden-delegations.ts';
import { checkLaterPins } from './later-pins.ts';
import { forgetRemovedRoles } from './removed-delegations.ts';
import { isUnpublished } from './seen-published.ts';
import { loadTrustedRoot, type TrustedRoot } from './trusted-root.ts';
import { cautionOfUnreadable } from './unreadable-delegations.ts';
import { followRootChain } from './update-root.ts';
import { startUpdate, type UpdateOptions, type UpdatePorts, type UpdateRun } from './update-run.ts';
import { type LoadedSnapshot, updateSnapshot } from './update-snapshot.ts';
import { loadTargetsTree, type Tree } from './update-targets.ts';
import { updateTimestamp } from './update-timestamp.ts';
import { checkNoDelegationRemoved, missingRoles, withdrawnWarning } from './withdrawn-delegations.ts';

/** `root`, `3.root`, `root.<checksum>`; Notary 0.7.0 also takes a delegation with `root` in its name for it. */
const rootResource = /^(\d+\.)?root(\.[0-9a-f]+)?$/;

/** Everything that was loaded and verified. */
export type Updated = RepoBuilder & { readonly root: Signed<Root> };

/**
 * @throws NotaryError when strict, the code of what kept the server from being asked although the cache stands in;
 * REPOSITORY_NOT_EXIST when the server has no root for the GUN, or not the one that is
 * wanted: the detail `resource` tells which; CACHE_DAMAGED for
 * a cached root that cannot be the anchor of trust, OFFLINE and the other codes of the server's
 * answers when the cache cannot stand in, ROOT_NOT_PINNED, and every code of RepoBuilder
 */
export async function update(ports: UpdatePorts, options: UpdateOptions = {}): Promise<Updated> {
  try {
    const run = await startUpdate(ports, options);
    const { loaded, hidden, foreign } = await refresh(run);
    if (ports.asOf !== undefined) checkPresent(loaded, ports.asOf, ports);
    const writes = options.checkExists ?? false;
    await checkLaterPins(run.ports, loaded.root, { now: run.startTime, writes });
    if (options.acceptsExpired === undefined) warnNearExpiry(loaded, ports);
    cautionOfCache(run.unasked(), ports);
    await endRotations(ports, loaded, options.rotations ?? 'mark');
    cautionOfHidden(hidden, ports);
    cautionOfUnreadable(loaded.unreadable, hidden, ports);
    foreign.report(ports);
    return loaded;
  } catch (error) {
    if (isMissingRoot(error)) throw await noSuchRepository(ports, error);
    throw isNotaryError(error) ? withRepositoryContext(error, ports) : error;
  }
}

/** Notary 0.7.0 succeeds with what it knew. */
function cautionOfCache(reason: NotaryError | undefined, { gun, caution }: UpdatePorts): void {
  if (reason === undefined) return;
  caution(
    reason.code,
    `the server did not give the timestamp of ${gun} (${reason.message}), so that only what is known here from an earlier update is at hand`,
    { gun, ...reason.details },
  );
}

/** What the server signs must be good now, whatever time the rest is read as of. @throws NotaryError EXPIRED; when strict, also for a snapshot that its owner may have to renew */
function checkPresent(
  loaded: Updated,
  { now, heldByServer }: AsOf,
  { gun, clock, caution }: Pick<UpdatePorts, 'gun' | 'clock' | 'caution'>,
): void {
  const files = [
    ['timestamp', loaded.timestamp],
    ['snapshot', loaded.snapshot],
  ] as const;
  for (const [role, file] of files)
    if (file !== undefined && heldByServer(role)) checkExpiry(role, file.content.expires, now);
  if (loaded.snapshot === undefined || !heldByServer('snapshot')) return;
  const { expires } = loaded.snapshot.content;
  const holder = snapshotHolder(loaded.root.content);
  if (holder === 'owner') checkExpiry('snapshot', expires, clock.now());
  if (holder === 'server' || !hasExpired(expires, clock.now())) return;
  caution(
    'EXPIRED',
    `the snapshot of ${gun} expires at ${expires}: readers succeed after that only if the server has its key and signs it again, which is not known here`,
    { gun, role: 'snapshot', expires },
  );
}

interface Refreshed {
  readonly loaded: Updated;
  /** Delegations that are read from a copy. */
  readonly hidden: readonly HiddenRole[];
  /** Files that are another repository's. */
  readonly foreign: ForeignFiles;
}

/**
 * Notary 0.7.0 judges everything by the root that it has, and asks for a newer root only when that fails: a root that
 * the snapshot does not name has no effect. TUF 5.3 would ask for the newer root first.
 */
async function refresh(run: UpdateRun): Promise<Refreshed> {
  const trusted = await loadTrustedRoot(run);
  try {
    return await loadMetadata(run, trusted.builder);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    run.ports.log.debug(`error occurred. root will be downloaded: ${error.message}`);
    return loadMetadata(run, await updateRoot(run, trusted));
  }
}

/** Timestamp, snapshot and targets by the root that is loaded (TUF 5.4 to 5.6). */
async function loadMetadata(run: UpdateRun, builder: RepoBuilder): Promise<Refreshed> {
  await updateTimestamp(run, builder);
  const snapshot = await updateSnapshot(run, builder);
  const tree = await updateTargets(run, builder, snapshot);
  await cacheSnapshot(run, snapshot, tree);
  // A trusted root has been loaded into every builder that gets here.
  return { loaded: builder as Updated, hidden: tree.hidden, foreign: tree.foreign };
}

/** The newest root, by way of those in between (TUF 5.3), with a second chance for metadata that did not verify. */
async function updateRoot(run: UpdateRun, { builder: failed, anchor }: TrustedRoot): Promise<RepoBuilder> {
  const { gun, cache, pinning } = run.ports;
  const { acceptsExpired } = run;
  const settings = {
    gun,
    // Pins are for first use; where a good root was at hand, that root is the pin.
    pinning: failed.root === undefined ? pinning : noPinning,
    now: run.startTime,
    rootMeta: failed.expected('root'),
    allowance: run.allowance,
    acceptsExpired,
  };
  const previous = anchor ?? failed.root;
  const { builder, bytes } = await followRootChain(run.ports, settings, previous, sizeLimits.download);
  await cache.set('root', bytes);
  return builder;
}

/** Targets and delegations (TUF 5.6), and that only its parent has removed a delegation (decision 0012). */
async function updateTargets(
  run: UpdateRun,
  builder: RepoBuilder,
  { content, last, lastIsVouched }: LoadedSnapshot,
): Promise<Tree> {
  const missing = missingRoles(content, last);
  const foreign = new ForeignFiles(run.held);
  const { history, replaceableAt } = run;
  const tree: Tree = { builder, last, hidden: [], copies: new Map(), foreign, history, replaceableAt };
  await loadTargetsTree(tree, run.ports);
  const what = { roles: missing, last, vouched: lastIsVouched };
  const gone = await checkNoDelegationRemoved(run.ports, builder, what);
  for (const role of gone) run.ports.log.warn(...withdrawnWarning(role));
  return tree;
}

/**
 * A snapshot is cached once all that it names has been verified, and no delegation is hidden: until then the
 * last state is what the next update compares with.
 */
async function cacheSnapshot(
  { ports: { cache } }: UpdateRun,
  { file, last }: LoadedSnapshot,
  { builder, hidden, copies }: Tree,
): Promise<void> {
  if (hidden.length > 0) return;
  await forgetRemovedRoles(cache, last.roles, (role) => builder.targets.get(role)?.content);
  for (const [role, bytes] of copies) await cache.set(role, bytes);
  if (file.downloaded) await cache.set('snapshot', file.bytes);
}

function isMissingRoot(error: unknown): error is ErrorOf<'METADATA_NOT_FOUND'> {
  return isNotaryError(error, 'METADATA_NOT_FOUND') && rootResource.test(error.details.resource ?? '');
}

/** Who has just made a repository takes its absence from the server for a failure. */
async function noSuchRepository(
  { gun, cache, remote }: UpdatePorts,
  error: ErrorOf<'METADATA_NOT_FOUND'>,
): Promise<NotaryError> {
  const resource = error.details.resource ?? '';
  const unpublished = await isUnpublished(cache).catch(() => false);
  const hint = `Nothing of it is published yet: it was made on this machine. To publish it: tsnotary publish ${shellWord(gun)}`;
  return new NotaryError('REPOSITORY_NOT_EXIST', `${remote.location} does not have trust data for ${gun}`, {
    details: { gun, server: remote.location, resource },
    ...(unpublished && { hint }),
    cause: error,
  });
}
