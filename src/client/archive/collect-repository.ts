/**
 * Collects a repository for an archive: everything that a reader needs who has never seen it, from the first root on, and
 * the earlier versions where they are wanted. The bytes are those that the server gave.
 */

import type { RepositoryRecord } from '../../archive/repository-record.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { Common, Signed } from '../../metadata/signed.ts';
import type { ArchiveDraft } from '../../ports/archive.ts';
import { fileMetaOf, sha256Hex } from '../../tuf/checksums.ts';
import { consistentName } from '../fetch/fetch-metadata.ts';
import { memoryCache } from '../update/memory-cache.ts';
import { type Updated, update } from '../update/update.ts';
import type { UpdatePorts } from '../update/update-run.ts';
import { collectHistory, walkBack } from './collect-history.ts';
import { Collector, versionIn } from './collector.ts';

/** A repository that was collected. */
export interface Collected {
  readonly record: Omit<RepositoryRecord, 'names' | 'server'>;
  readonly loaded: Updated;
}

/**
 * Reads the repository as a first reader would, and takes what has expired all the same: an archive keeps what there is.
 * Nothing is taken that does not verify.
 *
 * @throws NotaryError the codes of `update`; those of a server that cannot be asked, too; FILE_UNWRITABLE
 */
export async function collectRepository(
  ports: UpdatePorts,
  draft: ArchiveDraft,
  { history }: { readonly history: boolean },
): Promise<Collected> {
  const collector = new Collector(ports.remote, draft);
  const { remote } = collector;
  const seen = await updateOfThisMachine({ ...ports, remote });
  const loaded = await update(
    { ...ports, remote, cache: memoryCache() },
    { acceptsExpired: () => true, rotations: 'leave' },
  );
  if (seen !== undefined && !equalBytes(seen.root.envelope.bytes, loaded.root.envelope.bytes))
    throw changedMeanwhile(ports.gun);
  await collectCurrent(collector, loaded);
  await collectRoots(collector, loaded.root.content.version);
  // Without a timestamp, readers find the snapshot by its versions.
  if (history || loaded.timestamp === undefined) await collectHistory(collector, loaded);
  const { files, absent } = collector;
  return { record: { gun: ports.gun, history, files, absent }, loaded };
}

/**
 * What this machine has seen of the repository counts: the root must be of the trusted chain, and nothing may be older. The
 * look writes nothing.
 */
async function updateOfThisMachine(ports: UpdatePorts): Promise<Updated | undefined> {
  if ((await ports.cache.get('root')) === undefined) return undefined;
  return update(
    { ...ports, cache: memoryCache(ports.cache) },
    { acceptsExpired: () => true, rotations: 'leave' },
  );
}

function changedMeanwhile(gun: string): NotaryError {
  return new NotaryError('ROOT_NOT_TRUSTED', `the root of ${gun} was replaced while it was archived`, {
    details: { gun },
    hint: 'Run the command again. If this happens again, the server shows different roots.',
  });
}

/** The files that the timestamp and the snapshot name, also those of roles that no reader believes. */
async function collectCurrent(collector: Collector, loaded: Updated): Promise<void> {
  const { root, timestamp, snapshot, targets, unusable } = loaded;
  const list = (role: string, file: Signed<Common> | undefined) => {
    if (file === undefined) return;
    const sha256 = sha256Hex(fileMetaOf(file.envelope.bytes)) ?? '';
    collector.list(role, file.content.version, sha256, true);
  };
  list('timestamp', timestamp);
  list('snapshot', snapshot);
  list('root', root);
  for (const [role, meta] of snapshot?.content.meta ?? []) {
    if (role === 'root') continue;
    const file = unusable.get(role) ?? targets.get(role);
    if (file !== undefined) {
      list(role, file);
      continue;
    }
    // No role that is believed leads to it, or it cannot be read: it is kept as it is.
    const bytes = await collector.fetch(role, consistentName(role, meta), sizeLimits.file, true);
    if (bytes !== undefined) collector.list(role, versionIn(bytes) ?? 0, sha256Hex(meta) ?? '', true);
  }
}

/** The roots before the newest one, from which readers who know an earlier one go on. */
async function collectRoots(collector: Collector, newest: number): Promise<void> {
  await walkBack(collector, 'root', newest, () => undefined);
}
