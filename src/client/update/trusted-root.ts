/** Loads the trusted root: the one in the cache, else the server's first one, checked against the pins (TUF 5.2). */

import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, type NotaryError, rephrased, sameWords } from '../../errors.ts';
import { checkExpiry } from '../../metadata/expiry.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../tuf/repo-builder.ts';
import { orThrow } from '../fetch/deferred-failure.ts';
import { download, type UpdateRun } from './update-run.ts';

export interface TrustedRoot {
  /** With the root loaded by which other metadata is judged first. */
  readonly builder: RepoBuilder;
  /** The cached root, the anchor of trust; undefined on first use. */
  readonly anchor: Signed<Root> | undefined;
}

/**
 * A cached root that has expired is still the anchor: the server's root must be signed by its keys.
 *
 * @throws NotaryError CACHE_DAMAGED and every code of `RepoBuilder.loadRoot` for a cached root that cannot be the
 * anchor; METADATA_NOT_FOUND and the server's other codes
 */
export async function loadTrustedRoot(run: UpdateRun): Promise<TrustedRoot> {
  const { cachedRoot, requestedRoot, ports, startTime, allowance, acceptsExpired } = run;
  // Pins are for first use: a root that is cached was held against them then.
  const cached = new RepoBuilder({
    ...{ gun: ports.gun, pinning: noPinning, now: startTime, allowance, acceptsExpired },
  });
  const anchor = cachedRoot && loadAnchor(run, cached, cachedRoot);
  const isCurrent = anchor !== undefined && !hasExpired(run, anchor);
  if (isCurrent && requestedRoot === undefined) return { builder: cached, anchor };
  const bytes = orThrow(await (requestedRoot ?? download(ports, 'root', sizeLimits.download)));
  if (isCurrent) return { builder: cached, anchor };
  const { gun, pinning, cache } = ports;
  const builder = new RepoBuilder({
    ...{ gun, pinning, now: startTime, previousRoot: anchor, allowance, acceptsExpired },
  });
  builder.loadRoot(bytes, { minVersion: anchor?.content.version ?? 1 });
  await cache.set('root', bytes);
  return { builder, anchor };
}

/** The cached root must load, and is never replaced silently. */
function loadAnchor(
  { ports: { gun, cache } }: UpdateRun,
  builder: RepoBuilder,
  bytes: Uint8Array,
): Signed<Root> {
  try {
    return builder.loadRoot(bytes, { minVersion: 1, allowExpired: true });
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, sameWords, {
      details: { gun, file: cache.location('root') },
      hint: adviceOn(error, cache.location('root'), gun),
    });
  }
}

/** A certificate out of date is no damage: its owner may have replaced it. */
function adviceOn(error: NotaryError, file: string, gun: string): string {
  const refresh = `tsnotary anchor refresh ${shellWord(gun)}`;
  if (error.hint === undefined)
    return `The cached root ${file} is damaged. This compares it with what the server has, and replaces it when the fingerprint of the new one is right; what is staged stays: ${refresh}`;
  return error.details['notAfter'] === undefined
    ? error.hint
    : `${error.hint} If the server has a newer root, this follows it: ${refresh}`;
}

/** Then the server's root is needed. */
function hasExpired({ ports: { log }, startTime, acceptsExpired }: UpdateRun, root: Signed<Root>): boolean {
  if (acceptsExpired?.('root') === true) return false;
  try {
    checkExpiry('root', root.content.expires, startTime);
    return false;
  } catch (error) {
    if (!isNotaryError(error, 'EXPIRED')) throw error;
    log.debug(`the cached root has expired: ${error.message}`);
    return true;
  }
}
