/** Fetches the files that a snapshot names for roles which readers do not reach before a publish, and do after it. */

import { isNotaryError } from '../../errors.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import type { Snapshot } from '../../metadata/snapshot.ts';
import { parseTargets } from '../../metadata/targets.ts';
import type { RoleFile } from '../../review/state.ts';
import { checkHashes } from '../../tuf/checksums.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import type { LoadedRepo, Repo } from '../../tuf/repo.ts';
import { isSignedBy } from '../../tuf/verify-signatures.ts';
import { fetchFile } from '../fetch/fetch-metadata.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/**
 * A role that is made again under a name that was used before, and one below a role that is believed again, may have a
 * file already.
 *
 * @param snapshot the one that is served after the publish
 * @returns by role, the files of delegations that the draft lists and that were not loaded; none for a file that cannot
 * be had or read
 */
export async function namedFiles(
  ports: Pick<RepositoryPorts, 'cache' | 'remote'>,
  repo: Repo,
  loaded: LoadedRepo,
  snapshot: Snapshot | undefined,
): Promise<ReadonlyMap<string, RoleFile>> {
  const files = new Map<string, RoleFile>();
  const parents = [...repo.targets.values()].map(({ content }) => content);
  const isKnown = (role: string) =>
    [repo.targets, loaded.targets, loaded.unusable, files].some((known) => known.has(role));
  // The loop reaches what it adds itself.
  for (const parent of parents) {
    for (const entry of parent.delegations.roles) {
      const { name } = entry;
      const named = isKnown(name) ? undefined : snapshot?.meta.get(name);
      if (named === undefined) continue;
      try {
        const { bytes } = await fetchFile(ports, name, named);
        checkHashes(bytes, named, name);
        const envelope = parseEnvelope(bytes);
        const { content } = parseTargets(envelope, name);
        const isSigned = isSignedBy(envelope, delegationSigners(parent, entry), name);
        files.set(name, { content, envelope, standing: isSigned ? 'trusted' : 'untrusted' });
        if (isSigned) parents.push(content);
      } catch (error) {
        if (!isNotaryError(error)) throw error;
      }
    }
  }
  return files;
}
