/**
 * Collects the earlier versions of a repository that the server still serves: timestamps and snapshots by their versions,
 * and all that they name by its checksum. Nothing of it is verified here.
 */

import { isNotaryError } from '../../errors.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { isTargetsRole } from '../../metadata/role-name.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { parseSnapshot, parseTimestamp } from '../../metadata/snapshot.ts';
import { sha256Hex } from '../../tuf/checksums.ts';
import { consistentName } from '../fetch/fetch-metadata.ts';
import type { Updated } from '../update/update.ts';
import { allKept, type Collector } from './collector.ts';

const atOnce = 8;
/** Versions that are not served one after another: what comes before them is taken to be gone, too. */
const maxGap = 128;
/** Bytes of earlier versions that are fetched at the same time. */
const maxUnderWay = sizeLimits.targetsUnderWay;

type Named = ReadonlyMap<string, FileMeta>;

/** @throws NotaryError the server's codes; FILE_UNWRITABLE */
export async function collectHistory(collector: Collector, { timestamp, snapshot }: Updated): Promise<void> {
  const named = new NamedFiles(collector);
  const newest = timestamp?.content.version ?? 0;
  await walkBack(collector, 'timestamp', newest, (bytes) => named.add(namedBy(bytes, parseTimestamp)));
  await named.fetch();
  const below = snapshot?.content.version ?? 0;
  await walkBack(collector, 'snapshot', below, (bytes) => named.add(namedBy(bytes, parseSnapshot)));
  for (const bytes of named.snapshots) named.add(namedBy(bytes, parseSnapshot));
  await named.fetch();
  await fillGaps(collector);
}

function namedBy(bytes: Uint8Array, parse: typeof parseSnapshot): Named {
  try {
    return parse(parseEnvelope(bytes)).content.meta;
  } catch (error) {
    if (isNotaryError(error)) return new Map();
    throw error;
  }
}

/** Fetches the versions of a role below one, the newest first. */
export async function walkBack(
  collector: Collector,
  role: string,
  newest: number,
  found: (bytes: Uint8Array) => void,
): Promise<void> {
  let missing = 0;
  for (let next = newest - 1; next >= 1 && missing < maxGap; next -= atOnce) {
    const versions = Array.from({ length: Math.min(atOnce, next) }, (_, index) => next - index);
    const files = await allKept(
      versions.map((version) => collector.fetch(role, `${version}.${role}`, sizeLimits.servedAlone)),
    );
    for (const bytes of files) {
      missing = bytes === undefined ? missing + 1 : 0;
      if (bytes !== undefined) found(bytes);
    }
  }
}

/** The files that earlier timestamps and snapshots name, each fetched once. */
class NamedFiles {
  readonly #collector: Collector;
  readonly #wanted = new Map<string, { readonly role: string; readonly meta: FileMeta }>();
  /** Snapshots that were named by a timestamp. */
  readonly snapshots: Uint8Array[] = [];

  constructor(collector: Collector) {
    this.#collector = collector;
  }

  add(named: Named): void {
    for (const [role, meta] of named) {
      const sha256 = sha256Hex(meta);
      if (sha256 !== undefined && !this.#collector.has(sha256)) this.#wanted.set(sha256, { role, meta });
    }
  }

  async fetch(): Promise<void> {
    const waiting = [...this.#wanted.values()];
    this.#wanted.clear();
    while (waiting.length > 0) {
      const batch: typeof waiting = [];
      let weight = 0;
      while (waiting.length > 0 && batch.length < atOnce && (batch.length === 0 || weight < maxUnderWay)) {
        const next = waiting.pop();
        if (next === undefined) break;
        batch.push(next);
        weight += next.meta.length;
      }
      await allKept(batch.map((one) => this.#fetchOne(one)));
    }
  }

  async #fetchOne({ role, meta }: { readonly role: string; readonly meta: FileMeta }): Promise<void> {
    const limit = Math.min(meta.length, sizeLimits.file);
    const bytes = await this.#collector.fetch(role, consistentName(role, meta), limit);
    if (role === 'snapshot' && bytes !== undefined) this.snapshots.push(bytes);
  }
}

/** Versions of targets and delegations that no snapshot names any more. */
async function fillGaps(collector: Collector): Promise<void> {
  const newest = new Map<string, number>();
  const had = new Set<string>();
  for (const { role, version } of collector.files) {
    if (!isTargetsRole(role)) continue;
    newest.set(role, Math.max(version, newest.get(role) ?? 0));
    had.add(`${version}.${role}`);
  }
  for (const [role, version] of newest) {
    let missing = 0;
    for (let next = version - 1; next >= 1 && missing < maxGap; next--) {
      const resource = `${next}.${role}`;
      if (had.has(resource)) continue;
      const bytes = await collector.fetch(role, resource, sizeLimits.file);
      missing = bytes === undefined ? missing + 1 : 0;
    }
  }
}
