/** Holds the record of an archived repository against the state that was verified. */

import type { ArchivedFile, RepositoryRecord } from '../../archive/repository-record.ts';
import type { Finding } from '../../review/finding.ts';
import { fileMetaOf, sha256Hex } from '../../tuf/checksums.ts';
import type { Updated } from '../update/update.ts';

/**
 * The record must call those files current that the verified timestamp and snapshot name, and no others; and none of the
 * other files may be newer, since the state would be one that was replaced.
 */
export function recordFindings({ gun, files }: RepositoryRecord, loaded: Updated): readonly Finding[] {
  const named = namedFiles(loaded);
  const current = new Map(files.filter((file) => file.current).map((file) => [file.role, file]));
  return files.flatMap((file) => {
    const { role, version, sha256 } = file;
    if (file.current && named.get(role) !== sha256)
      return [invalid(gun, file, 'the current one, and the verified snapshot and timestamp do not')];
    if (!file.current && named.get(role) === sha256)
      return [invalid(gun, file, 'an earlier one, and the verified snapshot or timestamp names it')];
    const newest = current.get(role);
    if (newest === undefined || version <= newest.version) return [];
    return [
      invalid(
        gun,
        file,
        `an earlier one than version ${newest.version}: what is shown is no longer the newest`,
      ),
    ];
  });
}

/** By role, the SHA-256 of the file that readers take. */
function namedFiles({ root, timestamp, snapshot }: Updated): ReadonlyMap<string, string | undefined> {
  const named = new Map<string, string | undefined>();
  for (const [role, meta] of snapshot?.content.meta ?? []) named.set(role, sha256Hex(meta));
  const own = { root, timestamp, snapshot };
  for (const [role, file] of Object.entries(own))
    named.set(role, file && sha256Hex(fileMetaOf(file.envelope.bytes)));
  return named;
}

function invalid(gun: string, { role, version }: ArchivedFile, as: string): Finding {
  const message = `the record of ${gun} calls version ${version} of ${role} ${as}`;
  return { code: 'ARCHIVE_INVALID', severity: 'error', role, message };
}
