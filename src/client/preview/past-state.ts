/**
 * Builds the state of a repository as it was with an earlier version of `targets`.
 *
 * The server serves earlier versions as `N.<role>.json`. None is trusted because it is served: `targets` and the
 * snapshot that names it must be signed by present keys, or by keys that an earlier root gave to them which the present
 * root keys have signed. All other files are those whose checksums this snapshot names.
 */

import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { baseRole, parseRoot } from '../../metadata/root.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { parseSnapshot, type Snapshot } from '../../metadata/snapshot.ts';
import { parseTargets, type Targets } from '../../metadata/targets.ts';
import type { RepositoryState, RoleFile } from '../../review/state.ts';
import { checkHashes, matches } from '../../tuf/checksums.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { isSignedBy } from '../../tuf/verify-signatures.ts';
import { consistentName } from '../fetch/fetch-metadata.ts';
import { FormerKeys } from '../history/role-history.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { rolesOf, stateOf } from './published-state.ts';

/** How many versions of the snapshot are looked at for the one that names an earlier `targets`. */
const maxSnapshots = 256;
const atOnce = 4;

type PastPorts = Pick<RepositoryPorts, 'gun' | 'remote'>;

/**
 * The last state in which `targets` had the version: what readers then believed, whether it has expired since or not.
 *
 * @param repo what is published
 * @throws NotaryError METADATA_NOT_FOUND for a version that is not served, or that is signed by none of the keys;
 * the server's codes; INVALID_METADATA and the like for a file that cannot be read
 */
export async function pastState(
  { gun, remote }: PastPorts,
  repo: LoadedRepo,
  version: number,
): Promise<RepositoryState> {
  const { root, snapshot } = repo;
  const present = repo.targets.get('targets');
  if (present === undefined || snapshot === undefined) throw notThere(gun, version, 'nothing is published');
  if (version === present.content.version) return stateOf(repo, gun);
  if (version > present.content.version)
    throw notThere(gun, version, `the published one is ${present.content.version}`);
  const keysOf = (role: 'targets' | 'snapshot') =>
    new FormerKeys(remote, role, { root: root.content, signers: baseRole(root.content, role) });
  const bytes = await servedOrNone(remote, `${version}.targets`);
  const content = await keysOf('targets').read(bytes, version);
  if (bytes === undefined || content === undefined)
    throw notThere(gun, version, 'the server does not serve it, or no key that is known has signed it');
  const naming = await snapshotNaming(remote, bytes, snapshot.content.version, keysOf('snapshot'));
  if (naming === undefined)
    throw notThere(
      gun,
      version,
      `none of the last ${maxSnapshots} snapshots that can be had and verified names it`,
    );
  const files = await filesBelow(remote, content, naming);
  const named = naming.meta.get('root');
  const former = named === undefined ? root.content : await formerRoot(remote, named);
  return { gun, ends: new Map(), roles: rolesOf(former, (role) => files.get(role)) };
}

function notThere(gun: string, version: number, why: string): NotaryError {
  return new NotaryError(
    'METADATA_NOT_FOUND',
    `version ${version} of targets of ${gun} cannot be had: ${why}`,
    {
      details: { gun, version },
      hint: `What is published now: tsnotary diff ${shellWord(gun)} published staged`,
    },
  );
}

async function servedOrNone(remote: PastPorts['remote'], resource: string): Promise<Uint8Array | undefined> {
  try {
    return await remote.get(resource, sizeLimits.file);
  } catch (error) {
    if (isNotaryError(error, 'METADATA_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The last snapshot that names these bytes of `targets`. */
async function snapshotNaming(
  remote: PastPorts['remote'],
  targets: Uint8Array,
  newest: number,
  keys: FormerKeys,
): Promise<Snapshot | undefined> {
  const oldest = Math.max(1, newest - maxSnapshots + 1);
  for (let next = newest; next >= oldest; next -= atOnce) {
    const versions = Array.from({ length: Math.min(atOnce, next - oldest + 1) }, (_, index) => next - index);
    const files = await Promise.all(versions.map((version) => servedOrNone(remote, `${version}.snapshot`)));
    for (const bytes of files) {
      if (bytes === undefined) continue;
      const envelope = parseEnvelope(bytes);
      const { content } = parseSnapshot(envelope);
      const named = content.meta.get('targets');
      if (named !== undefined && matches(targets, named) && (await keys.haveSigned(envelope))) return content;
    }
  }
  return undefined;
}

type Named = NonNullable<ReturnType<Snapshot['meta']['get']>>;

async function fetchNamed(remote: PastPorts['remote'], role: string, named: Named): Promise<Uint8Array> {
  const bytes = await remote.get(consistentName(role, named), sizeLimits.file);
  checkHashes(bytes, named, role);
  return bytes;
}

async function formerRoot(remote: PastPorts['remote'], named: Named) {
  return parseRoot(parseEnvelope(await fetchNamed(remote, 'root', named))).content;
}

/** By role, the files of `targets` and of what readers reached below it. */
async function filesBelow(
  remote: PastPorts['remote'],
  targets: Targets,
  { meta }: Snapshot,
): Promise<ReadonlyMap<string, RoleFile>> {
  const files = new Map<string, RoleFile>([['targets', asOfThen(targets, 'trusted')]]);
  const parents = [targets];
  for (const parent of parents) {
    const { roles } = parent.delegations;
    for (let next = 0; next < roles.length; next += atOnce) {
      const some = roles.slice(next, next + atOnce).filter(({ name }) => !files.has(name));
      const found = await Promise.all(
        some.map(async (entry) => {
          const named = meta.get(entry.name);
          if (named === undefined) return undefined;
          const envelope = parseEnvelope(await fetchNamed(remote, entry.name, named));
          const isSigned = isSignedBy(envelope, delegationSigners(parent, entry), entry.name);
          const { content } = parseTargets(envelope, entry.name);
          return {
            role: entry.name,
            content,
            standing: isSigned ? ('trusted' as const) : ('untrusted' as const),
          };
        }),
      );
      for (const file of found) {
        if (file === undefined) continue;
        files.set(file.role, asOfThen(file.content, file.standing));
        if (file.standing === 'trusted') parents.push(file.content);
      }
    }
  }
  return files;
}

/** Without the envelope nothing is said of its end, which may have come since. */
function asOfThen(content: Targets, standing: RoleFile['standing']): RoleFile {
  return { content, envelope: undefined, standing };
}
