/**
 * Brings this machine's view of a collection up to date: what is cached, what the server has, and
 * nothing that does not verify (Notary 0.7.0's update workflow; TUF specification 5.3 to 5.6).
 *
 * Requests that do not need each other's answers are sent together.
 */

import { equalBytes } from '../../encoding/bytes.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../tuf/repo-builder.ts';
import { VerificationAllowance } from '../../tuf/verification-allowance.ts';
import { asResult, orThrow, withRole } from '../fetch/deferred-failure.ts';
import { boundedRemote } from '../fetch/download-limit.ts';
import { tolerantCache } from '../fetch/fault-tolerant-cache.ts';
import { fetchFile } from '../fetch/fetch-metadata.ts';
import { prefetchRoles } from '../fetch/prefetch.ts';
import { maxTimestampBytes } from '../fetch/served-timestamp.ts';
import { BoundedHistory } from '../history/history-limit.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { endRotations, type RotationPorts } from '../rotation-record/end-rotations.ts';
import { withRepositoryContext } from './error-context.ts';
import { warnNearExpiry } from './expiry-warnings.ts';
import { ForeignFiles } from './files-of-other-repositories.ts';
import { cautionOfHidden, type HiddenRole } from './hidden-delegations.ts';
import { LastState } from './last-trusted-state.ts';
import { forgetRemovedRoles } from './removed-delegations.ts';
import { checkNotReplaced, hasDifferentContent, lastTrusted, snapshotWasSeen } from './rollback-checks.ts';
import { HeldIndex } from './signed-message-index.ts';
import { cautionOfUnreadable } from './unreadable-delegations.ts';
import { followRootChain } from './update-root.ts';
import { loadTargetsTree, type Tree } from './update-targets.ts';
import { checkNoDelegationRemoved, missingRoles, withdrawnWarning } from './withdrawn-delegations.ts';

export type UpdatePorts = Pick<
  RepositoryPorts,
  'gun' | 'cache' | 'remote' | 'pinning' | 'clock' | 'log' | 'caution'
> &
  Partial<RotationPorts>;

export interface UpdateOptions {
  /** Ask the server for the root even when one is cached: only its absence means "not published yet". */
  readonly checkExists?: boolean;
  /**
   * What becomes of records of rotations that are seen taken: they are marked as such; `finish`, for callers that
   * hold the lock, deletes the replaced private keys and the records; `leave` is for a caller that looks at them.
   */
  readonly rotations?: 'mark' | 'finish' | 'leave';
}

const maxRootBytes = 100 * 1024 * 1024;

/** `root`, `3.root`, `root.<checksum>`; Notary 0.7.0 also takes a delegation with `root` in its name for it. */
const rootResource = /^(\d+\.)?root(\.[0-9a-f]+)?$/;

/** Everything that was loaded and verified. */
export type Updated = RepoBuilder & { readonly root: Signed<Root> };

/**
 * @throws NotaryError REPOSITORY_NOT_EXIST when the server has no root for the GUN, or not the one that is
 * wanted: the detail `resource` tells which; CACHE_DAMAGED for
 * a cached root that cannot be the anchor of trust, OFFLINE and the other codes of the server's
 * answers when the cache cannot stand in, and every code of RepoBuilder
 */
export async function update(ports: UpdatePorts, options: UpdateOptions = {}): Promise<Updated> {
  try {
    const run = new Update(ports);
    const loaded = await run.run(options);
    warnNearExpiry(loaded, ports);
    await endRotations(ports, loaded, options.rotations ?? 'mark');
    cautionOfHidden(run.hidden, ports);
    cautionOfUnreadable(loaded.unreadable, run.hidden, ports);
    run.foreign.report(ports);
    return loaded;
  } catch (error) {
    if (
      isNotaryError(error, 'METADATA_NOT_FOUND') &&
      rootResource.test(String(error.details['resource'] ?? ''))
    ) {
      throw new NotaryError(
        'REPOSITORY_NOT_EXIST',
        `${ports.remote.location} does not have trust data for ${ports.gun}`,
        {
          details: {
            gun: ports.gun,
            server: ports.remote.location,
            resource: String(error.details['resource']),
          },
          cause: error,
        },
      );
    }
    throw isNotaryError(error) ? withRepositoryContext(error, ports) : error;
  }
}

class Update {
  #ports: UpdatePorts;
  readonly #now: Date;
  /** The timestamp is wanted in any case, so its request is on its way from the start. */
  #timestamp: Promise<Uint8Array | NotaryError> | undefined;
  readonly #allowance = new VerificationAllowance();
  /** The root that was trusted before this run. */
  #anchor: Signed<Root> | undefined;
  /** Delegations that are read from a copy. */
  hidden: readonly HiddenRole[] = [];
  foreign: ForeignFiles;
  readonly #held: HeldIndex;
  readonly #history: BoundedHistory;

  constructor(ports: UpdatePorts) {
    const { gun, cache, remote, log } = ports;
    this.#ports = { ...ports, cache: tolerantCache(cache, log), remote: boundedRemote(remote, gun) };
    this.#now = ports.clock.now();
    this.#held = new HeldIndex(ports);
    this.#history = new BoundedHistory(remote);
    this.foreign = new ForeignFiles(this.#held);
  }

  async run(options: UpdateOptions): Promise<Updated> {
    let builder = await this.#bootstrap(options);
    try {
      await this.#loadAll(builder);
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      this.#ports.log.debug(`error occurred. root will be downloaded: ${error.message}`);
      builder = await this.#withNewRoot(builder);
      await this.#loadAll(builder);
    }
    return builder as Updated;
  }

  async #bootstrap({ checkExists }: UpdateOptions): Promise<RepoBuilder> {
    const cached = await this.#ports.cache.get('root');
    this.#timestamp = this.#download('timestamp', maxTimestampBytes);
    const remote =
      cached === undefined || checkExists === true ? this.#download('root', maxRootBytes) : undefined;
    if (cached === undefined) {
      // Whoever knows nothing yet will want these in any case.
      this.#ports = { ...this.#ports, remote: prefetchRoles(this.#ports.remote, ['snapshot', 'targets']) };
    }
    const anchored = cached === undefined ? undefined : this.#anchorIn(cached);
    const builder =
      anchored ??
      new RepoBuilder({
        gun: this.#ports.gun,
        pinning: this.#ports.pinning,
        now: this.#now,
        previousRoot: this.#anchor,
        allowance: this.#allowance,
      });
    if (remote === undefined && builder.root !== undefined) return builder;
    const bytes = orThrow(await (remote ?? this.#download('root', maxRootBytes)));
    if (builder.root !== undefined) return builder;
    builder.loadRoot(bytes, { minVersion: this.#anchor?.content.version ?? 1 });
    await this.#ports.cache.set('root', bytes);
    return builder;
  }

  /**
   * The cached root is the trust anchor: it must load, and is never replaced silently. When only its
   * time has passed, a new one must be signed by its keys and satisfy the pins.
   */
  #anchorIn(cached: Uint8Array): RepoBuilder | undefined {
    const { gun, cache, log } = this.#ports;
    const settings = { gun, pinning: noPinning, now: this.#now, allowance: this.#allowance };
    const anchor = new RepoBuilder(settings);
    try {
      this.#anchor = anchor.loadRoot(cached, { minVersion: 1, allowExpired: true });
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      throw new NotaryError(error.code, error.message, {
        details: { ...error.details, gun, file: cache.location('root') },
        hint:
          error.hint ??
          `The cached root ${cache.location('root')} is damaged. If you trust what the server has, remove the local copy, and whatever is staged, with "delete ${shellWord(gun)}" and try again.`,
        cause: error,
      });
    }
    const builder = new RepoBuilder(settings);
    try {
      builder.loadRoot(cached, { minVersion: 1 });
      return builder;
    } catch (error) {
      if (!isNotaryError(error, 'EXPIRED')) throw error;
      log.debug(`the cached root has expired: ${error.message}`);
      return undefined;
    }
  }

  async #loadAll(builder: RepoBuilder): Promise<void> {
    await this.#loadTimestamp(builder);
    const { cache } = this.#ports;
    const file = await fetchFile(this.#ports, 'snapshot', builder.expected('snapshot'));
    const cached = await cache.get('snapshot');
    const question = { role: 'snapshot', signers: builder.signers('snapshot'), now: this.#now };
    const seen = lastTrusted(cached, { ...question, received: file.bytes });
    const snapshot = builder.loadSnapshot(file.bytes, { minVersion: seen?.version ?? 1 });
    checkNotReplaced(snapshot, seen);
    const last = new LastState(cached);
    const missing = missingRoles(snapshot.content, last);
    const foreign = new ForeignFiles(this.#held);
    const tree: Tree = { builder, last, hidden: [], copies: new Map(), foreign, history: this.#history };
    await loadTargetsTree(tree, this.#ports);
    const vouched = seen !== undefined;
    const gone = await checkNoDelegationRemoved(this.#ports, builder, { roles: missing, last, vouched });
    this.hidden = tree.hidden;
    this.foreign = foreign;
    for (const role of gone) this.#ports.log.warn(...withdrawnWarning(role));
    // A snapshot is cached once all that it names has been judged, and nothing is kept from us: until then the
    // last state is what the next run compares with.
    if (tree.hidden.length > 0) return;
    await forgetRemovedRoles(cache, last.roles, (role) => builder.targets.get(role)?.content);
    for (const [role, bytes] of tree.copies) await cache.set(role, bytes);
    if (file.downloaded) await cache.set('snapshot', file.bytes);
  }

  async #loadTimestamp(builder: RepoBuilder): Promise<void> {
    const { cache, log } = this.#ports;
    const pending = this.#timestamp ?? this.#download('timestamp', maxTimestampBytes);
    this.#timestamp = undefined;
    const [answer, cached] = await Promise.all([pending, cache.get('timestamp')]);
    if (!(answer instanceof NotaryError)) {
      const question = { role: 'timestamp', signers: builder.signers('timestamp'), now: this.#now };
      const seen = lastTrusted(cached, { ...question, received: answer });
      const replaced = seen !== undefined && hasDifferentContent(seen, lastTrusted(answer, question));
      if (replaced && (await snapshotWasSeen(seen.bytes, cache))) {
        log.warn(
          `the server has another timestamp of version ${seen.version} than the one seen before, which is used on`,
          'TIMESTAMP_REPLACED',
        );
        builder.loadTimestamp(seen.bytes, { minVersion: 1 });
        return;
      }
      builder.loadTimestamp(answer, { minVersion: seen?.version ?? 1 });
      // Mostly nothing has changed, and forcing a file to disk takes its time.
      if (cached === undefined || !equalBytes(cached, answer)) await cache.set('timestamp', answer);
      return;
    }
    if (!mayUseCachedTimestamp(answer) || cached === undefined) throw answer;
    log.warn(
      'Error while downloading remote metadata, using cached timestamp - this might not be the latest version available remotely',
    );
    builder.loadTimestamp(cached, { minVersion: 1 });
  }

  /** A file that no other file announces. */
  #download(role: string, maxBytes: number): Promise<Uint8Array | NotaryError> {
    return asResult(withRole(role, this.#ports.remote.get(role, maxBytes)));
  }

  /** A second chance with a newer root: the usual reason why other metadata does not verify. */
  async #withNewRoot(failed: RepoBuilder): Promise<RepoBuilder> {
    const rootMeta = failed.expected('root');
    const previousRoot = this.#anchor ?? failed.root;
    const { gun, cache } = this.#ports;
    const pinning = this.#pinningFor(failed);
    const settings = { gun, pinning, now: this.#now, rootMeta, allowance: this.#allowance };
    const { builder, bytes } = await followRootChain(this.#ports, settings, previousRoot, maxRootBytes);
    await cache.set('root', bytes);
    return builder;
  }

  /** Pins are for first use; where a good root was at hand, that root is the pin. */
  #pinningFor(failed: RepoBuilder): RepositoryPorts['pinning'] {
    return failed.root === undefined ? this.#ports.pinning : noPinning;
  }
}

/** True when the server's failure is one that a cached timestamp may bridge (Notary 0.7.0). */
function mayUseCachedTimestamp(error: NotaryError): boolean {
  return isNotaryError(
    error,
    'METADATA_NOT_FOUND',
    'SERVER_UNAVAILABLE',
    'OFFLINE',
    'NETWORK',
    'UNAUTHORIZED',
  );
}
