/** Updates the snapshot (TUF 5.5). It is cached only once everything that it names has been verified. */

import type { Snapshot } from '../../metadata/snapshot.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import { fetchFile, type RoleFile } from '../fetch/fetch-metadata.ts';
import { LastState } from './last-trusted-state.ts';
import { checkNotReplaced, lastTrusted } from './rollback-checks.ts';
import type { UpdateRun } from './update-run.ts';

export interface LoadedSnapshot {
  readonly content: Snapshot;
  readonly file: RoleFile;
  /** The state that the cached snapshot describes. */
  readonly last: LastState;
  /** True when the present keys of the snapshot vouch for the cached one. */
  readonly lastIsVouched: boolean;
}

/** @throws NotaryError every code of `fetchFile` and `loadSnapshot`; LOW_VERSION */
export async function updateSnapshot(run: UpdateRun, builder: RepoBuilder): Promise<LoadedSnapshot> {
  // TUF 5.5.1 and 5.5.2: download the snapshot, and compare its hashes with those in the timestamp.
  const file = await fetchFile(run.ports, 'snapshot', builder.expected('snapshot'));
  const cached = await run.ports.cache.get('snapshot');
  const seen = lastTrusted(cached, {
    role: 'snapshot',
    signers: builder.signers('snapshot'),
    now: run.replaceableAt,
    received: file.bytes,
  });
  // TUF 5.5.3 to 5.5.6: signatures, version, rollback, expiry.
  const { envelope, content } = builder.loadSnapshot(file.bytes, { minVersion: seen?.version ?? 1 });
  checkNotReplaced({ envelope, content }, seen);
  return { content, file, last: new LastState(cached), lastIsVouched: seen !== undefined };
}
