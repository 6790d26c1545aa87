/**
 * Loads `targets` and every delegation that the snapshot knows, a level at a time: the files of a level
 * are fetched together, then judged in the order in which Notary 0.7.0 meets them (depth first), so
 * that the same failure is reported first.
 */

import { isNotaryError, type NotaryError } from '../errors.ts';
import type { RepoBuilder } from '../tuf/repo-builder.ts';
import type { RepositoryPorts } from './repository-ports.ts';
import { fetchFile, fetchVerified, type RoleFile } from './role-files.ts';
import { checkNotReplaced, seenBefore } from './seen-before.ts';

type TreePorts = Pick<RepositoryPorts, 'cache' | 'remote' | 'clock' | 'log'>;

/**
 * @throws NotaryError whatever makes `targets` unusable; for a delegation everything but its expiry or
 * a missing threshold, which only leave it and what is below it out, with a warning
 */
export async function loadTargetsTree(builder: RepoBuilder, ports: TreePorts): Promise<void> {
  await fetchVerified(ports, 'targets', builder.expected('targets'), async (bytes) => {
    await judge(ports, builder, 'targets', bytes);
  });
  const failures = new Map<string, NotaryError>();
  for (let level = childrenOf(builder, 'targets'); level.length > 0; ) {
    const files = await Promise.all(level.map((role) => fetchSettled(ports, builder, role)));
    const next: string[] = [];
    for (const [index, role] of level.entries()) {
      const failure = await accept(ports, builder, role, files[index]);
      if (failure === undefined) next.push(...childrenOf(builder, role));
      else failures.set(role, failure);
    }
    level = next;
  }
  report(builder, 'targets', failures, ports);
}

/** Delegations in the order of their parent's list, without those that the snapshot does not know. */
function childrenOf(builder: RepoBuilder, parent: string): string[] {
  const roles = builder.targets.get(parent)?.content.delegations.roles ?? [];
  return roles.map(({ name }) => name).filter((name) => builder.expected(name) !== undefined);
}

async function fetchSettled(
  ports: TreePorts,
  builder: RepoBuilder,
  role: string,
): Promise<RoleFile | NotaryError> {
  try {
    return await fetchFile(ports, role, builder.expected(role));
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
}

/** Loads a file that is neither older than the one seen before nor another one of the same version. */
async function judge(
  { cache, clock }: TreePorts,
  builder: RepoBuilder,
  role: string,
  bytes: Uint8Array,
): Promise<void> {
  const question = { role, signers: builder.signers(role), now: clock.now(), received: bytes };
  const seen = seenBefore(await cache.get(role), question);
  const { content } = builder.loadTargets(role, bytes, { minVersion: seen?.version ?? 1 });
  checkNotReplaced(content.version, seen);
}

async function accept(
  ports: TreePorts,
  builder: RepoBuilder,
  role: string,
  file: RoleFile | NotaryError | undefined,
): Promise<NotaryError | undefined> {
  if (file === undefined || isNotaryError(file)) return file;
  try {
    await judge(ports, builder, role, file.bytes);
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
  if (file.downloaded) await ports.cache.set(role, file.bytes);
  return undefined;
}

/** Warns of delegations that are left out, and throws the first failure that Notary would have died of. */
function report(
  builder: RepoBuilder,
  parent: string,
  failures: ReadonlyMap<string, NotaryError>,
  ports: TreePorts,
): void {
  for (const role of childrenOf(builder, parent)) {
    const failure = failures.get(role);
    if (failure === undefined) {
      report(builder, role, failures, ports);
    } else if (failure.code === 'EXPIRED' || failure.code === 'ROLE_THRESHOLD') {
      ports.log.warn(`Error getting ${role}: ${failure.message}`);
    } else {
      throw failure;
    }
  }
}
