/** Holds what the steps of one update share, and sends the requests that every update needs. */

import type { NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { AcceptsExpired } from '../../tuf/repo-builder.ts';
import { VerificationAllowance } from '../../tuf/verification-allowance.ts';
import { asResult, withRole } from '../fetch/deferred-failure.ts';
import { boundedRemote } from '../fetch/download-limit.ts';
import { tolerantCache } from '../fetch/fault-tolerant-cache.ts';
import { prefetchRoles } from '../fetch/prefetch.ts';
import { BoundedHistory } from '../history/history-limit.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { RotationPorts } from '../rotation-record/end-rotations.ts';
import { HeldIndex } from './signed-message-index.ts';

export type UpdatePorts = Pick<
  RepositoryPorts,
  'gun' | 'cache' | 'remote' | 'pinning' | 'clock' | 'log' | 'caution' | 'asOf'
> &
  Partial<RotationPorts>;

export interface UpdateOptions {
  /**
   * For commands that publish: ask the server for the root even when one is cached, since only its absence means "not
   * published yet", and refuse a root that is not the pinned one.
   */
  readonly checkExists?: boolean;
  /**
   * What becomes of records of rotations that are seen taken: they are marked as such; `finish`, for callers that
   * hold the lock, deletes the replaced private keys and the records; `leave` is for a caller that looks at them.
   */
  readonly rotations?: 'mark' | 'finish' | 'leave';
  /**
   * Tells which roles may be past their expiry; everything else is verified as ever, and then the cache never stands in
   * for the server. For looking at what has ended, and for renewing it.
   */
  readonly acceptsExpired?: AcceptsExpired | undefined;
}

/** A file, or why the server did not give it: looked at when its turn comes. */
export type Download = Promise<Uint8Array | NotaryError>;

export interface UpdateRun {
  /** With a cache that may fail and a server whose answers are bounded. */
  readonly ports: UpdatePorts;
  /** The start of the update (TUF 5.1): the one time by which everything is judged. */
  readonly startTime: Date;
  /** A cached file that had expired by then may be replaced by another one of its version. */
  readonly replaceableAt: Date;
  readonly acceptsExpired: AcceptsExpired | undefined;
  /** The newest snapshot may be found without a timestamp, where the server cannot sign one. */
  readonly mayLackTimestamp: boolean;
  /** What verification may cost, in all. */
  readonly allowance: VerificationAllowance;
  readonly held: HeldIndex;
  readonly history: BoundedHistory;
  /** The root that the cache had when the update began, not verified. */
  readonly cachedRoot: Uint8Array | undefined;
  /** The newest root, when it was requested at the start. */
  readonly requestedRoot: Download | undefined;
  /** The server's timestamp. The first one was requested at the start, since every update needs it. */
  readonly downloadTimestamp: () => Download;
  /** Notes why the server could not be asked, when the cache has stood in for it. */
  readonly noteUnasked: (reason: NotaryError) => void;
  /** What was noted last. */
  readonly unasked: () => NotaryError | undefined;
}

/**
 * Reads the cached root and sends the requests that do not depend on any answer.
 *
 * @param options.checkExists request the root even when one is cached
 */
export async function startUpdate(
  callerPorts: UpdatePorts,
  { checkExists = false, acceptsExpired }: Pick<UpdateOptions, 'checkExists' | 'acceptsExpired'>,
): Promise<UpdateRun> {
  const { gun, log } = callerPorts;
  const ports: UpdatePorts = {
    ...callerPorts,
    cache: tolerantCache(callerPorts.cache, log),
    remote: boundedRemote(callerPorts.remote, gun),
  };
  const startTime = ports.clock.now();
  const cachedRoot = await ports.cache.get('root');
  let unasked: NotaryError | undefined;
  let requested: Download | undefined = download(ports, 'timestamp', sizeLimits.timestamp);
  const requestedRoot =
    cachedRoot === undefined || checkExists ? download(ports, 'root', sizeLimits.download) : undefined;
  // A client with an empty cache always needs these two.
  const remote =
    cachedRoot === undefined ? prefetchRoles(ports.remote, ['snapshot', 'targets']) : ports.remote;
  return {
    ports: { ...ports, remote },
    startTime,
    // What is renewed has expired, and must be what was seen all the same.
    replaceableAt: acceptsExpired === undefined ? startTime : new Date(0),
    acceptsExpired: acceptsExpired ?? callerPorts.asOf?.heldByServer,
    mayLackTimestamp: acceptsExpired !== undefined,
    allowance: new VerificationAllowance(),
    held: new HeldIndex(callerPorts),
    history: new BoundedHistory(callerPorts.remote),
    cachedRoot,
    requestedRoot,
    downloadTimestamp: () => {
      const first = requested;
      requested = undefined;
      return first ?? download(ports, 'timestamp', sizeLimits.timestamp);
    },
    noteUnasked: (reason) => (unasked = reason),
    unasked: () => unasked,
  };
}

/** Downloads a file that no other file announces. */
export function download({ remote }: Pick<UpdatePorts, 'remote'>, role: string, maxBytes: number): Download {
  return asResult(withRole(role, remote.get(role, maxBytes)));
}
