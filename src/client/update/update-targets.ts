/**
 * Updates the targets (TUF 5.6): loads `targets` and every delegation that the snapshot knows, a level at a time. The
 * files of a level are fetched together, then judged in the order in which Notary 0.7.0 meets them (depth first), so
 * that the same failure is reported first.
 */

import { isNotaryError, type NotaryError } from '../../errors.ts';
import { minWeight, sizeLimits } from '../../metadata/limits.ts';
import { tooLarge } from '../../metadata/signed.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import { asResult } from '../fetch/deferred-failure.ts';
import { fetchFile, type RoleFile } from '../fetch/fetch-metadata.ts';
import type { BoundedHistory } from '../history/history-limit.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { ForeignFiles } from './files-of-other-repositories.ts';
import { type HiddenRole, useSeenCopy } from './hidden-delegations.ts';
import type { LastState } from './last-trusted-state.ts';
import { checkNotReplaced, lastTrusted, saysTheSame } from './rollback-checks.ts';
import { isUnreadable } from './unreadable-delegations.ts';

type TreePorts = Pick<RepositoryPorts, 'gun' | 'cache' | 'remote' | 'clock' | 'log'>;

/** What a tree is loaded into. */
export interface Tree {
  readonly builder: RepoBuilder;
  /** What was known before; gets the roles that are unchanged. */
  readonly last: LastState;
  /** Delegations whose file is junk or cannot be read, and that are read from a copy. */
  readonly hidden: HiddenRole[];
  /**
   * Verified files that say what the cached ones say, in other bytes, by role. Until all is well the cached
   * ones stay, since they are what the cached snapshot describes.
   */
  readonly copies: Map<string, Uint8Array>;
  /** Notes files that are other repositories'. They are used and not cached, so that it goes on being noticed. */
  readonly foreign: ForeignFiles;
  readonly history: BoundedHistory;
  /** As in `UpdateRun`. */
  readonly replaceableAt: Date;
}

/**
 * @throws NotaryError whatever makes `targets` unusable; for a delegation everything but its expiry,
 * a missing threshold or content that cannot be read, which only leave it and what is below it out, with a warning,
 * or have it read from the copy in the cache
 */
export async function loadTargetsTree(tree: Tree, ports: TreePorts): Promise<void> {
  const { builder, hidden } = tree;
  const base = await fetchFile(ports, 'targets', builder.expected('targets'));
  await loadTargets(ports, tree, 'targets', base);
  const failures = new Map<string, NotaryError>();
  for (let level = childrenOf(builder, 'targets'); level.length > 0; ) {
    const next: string[] = [];
    const tooMuch = beyondTheTree(level, builder, ports.gun);
    for (const [role, failure] of tooMuch) failures.set(role, failure);
    const fetched = level.filter((role) => !tooMuch.has(role));
    for await (const [role, file] of filesOf(fetched, ports, builder)) {
      const failure = await tryLoad(ports, tree, role, file);
      if (failure !== undefined) failures.set(role, failure);
    }
    for (const role of level) {
      const failure = failures.get(role);
      if (isUnreadable(failure)) builder.setUnreadable(role, failure);
      const isJunk = failure?.code === 'ROLE_THRESHOLD' || isUnreadable(failure);
      const copy = isJunk && (await useSeenCopy(ports, tree, role));
      if (copy) hidden.push(copy);
      if (builder.targets.has(role)) for (const child of childrenOf(builder, role)) next.push(child);
    }
    level = next;
  }
  warnOrThrow(builder, 'targets', failures, ports);
}

/**
 * The roles of the next level for which there is no room beside what is loaded: the largest files go first, so that
 * a delegate who fills the room does it for himself.
 */
function beyondTheTree(
  level: readonly string[],
  builder: RepoBuilder,
  gun: string,
): ReadonlyMap<string, NotaryError> {
  const loaded = [...builder.targets.values()].map(({ envelope }) => envelope.bytes.length);
  // A file that is too large in itself is not fetched.
  const coming = level
    .map((role) => ({ role, length: lengthOf(builder, role) }))
    .filter(({ length }) => length <= sizeLimits.file)
    .sort((one, other) => other.length - one.length);
  let total = [...loaded, ...coming.map(({ length }) => length)].reduce((sum, length) => sum + length, 0);
  const out = new Map<string, NotaryError>();
  for (const { role, length } of coming) {
    if (total <= sizeLimits.tree) break;
    out.set(role, tooLarge(`all targets metadata of ${gun}`, total, sizeLimits.tree));
    total -= length;
  }
  return out;
}

/** What the snapshot says, which may be any integer. */
function lengthOf(builder: RepoBuilder, role: string): number {
  return Math.max(0, builder.expected(role)?.length ?? 0);
}

/** Delegations in the order of their parent's list, without those that the snapshot does not know. */
function childrenOf(builder: RepoBuilder, parent: string): string[] {
  const roles = builder.targets.get(parent)?.content.delegations.roles ?? [];
  return roles.map(({ name }) => name).filter((name) => builder.expected(name) !== undefined);
}

/**
 * The files of the roles in their order, fetched ahead of being judged as long as what is under way is no
 * more than so many bytes together.
 */
async function* filesOf(
  roles: readonly string[],
  ports: TreePorts,
  builder: RepoBuilder,
): AsyncGenerator<readonly [role: string, file: RoleFile | NotaryError]> {
  const underWay = new Map<string, Promise<RoleFile | NotaryError>>();
  const weight = (role: string) => Math.max(minWeight, lengthOf(builder, role));
  let bytes = 0;
  let next = 0;
  for (const first of roles) {
    for (let role = roles[next]; role !== undefined; role = roles[next]) {
      if (underWay.size > 0 && bytes + weight(role) > sizeLimits.targetsUnderWay) break;
      const file = asResult(fetchFile(ports, role, builder.expected(role)));
      // A defect is reported when its turn comes.
      file.catch(() => undefined);
      underWay.set(role, file);
      bytes += weight(role);
      next++;
    }
    const file = underWay.get(first);
    if (file === undefined) return;
    yield [first, await file];
    underWay.delete(first);
    bytes -= weight(first);
  }
}

/** Loads and caches a file that is neither older than the one seen before nor another one of the same version. */
async function loadTargets(
  { cache }: TreePorts,
  { builder, last, copies, foreign, replaceableAt }: Tree,
  role: string,
  { bytes, downloaded }: RoleFile,
): Promise<void> {
  const question = { role, signers: builder.signers(role), now: replaceableAt, received: bytes };
  // A file out of the cache is the one that was seen before.
  const seen = downloaded ? lastTrusted(await cache.get(role), question) : undefined;
  const loaded = builder.loadTargets(role, bytes, { minVersion: seen?.version ?? 1 });
  checkNotReplaced(loaded, seen);
  last.note(role, seen ?? { bytes, version: loaded.content.version });
  if (!downloaded) {
    last.foundSame(role, bytes);
  } else if (seen !== undefined && saysTheSame(seen, loaded.envelope)) {
    last.foundSame(role, seen.bytes);
    copies.set(role, bytes);
  } else if (!(await foreign.has(role, loaded.envelope))) {
    await cache.set(role, bytes);
  }
}

async function tryLoad(
  ports: TreePorts,
  tree: Tree,
  role: string,
  file: RoleFile | NotaryError,
): Promise<NotaryError | undefined> {
  if (isNotaryError(file)) return file;
  try {
    await loadTargets(ports, tree, role, file);
    return undefined;
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
}

/** Warns of delegations that are left out, and throws the first failure that Notary would have died of. */
function warnOrThrow(
  builder: RepoBuilder,
  parent: string,
  failures: ReadonlyMap<string, NotaryError>,
  ports: TreePorts,
): void {
  for (const role of childrenOf(builder, parent)) {
    const failure = failures.get(role);
    if (failure?.code === 'EXPIRED' || failure?.code === 'ROLE_THRESHOLD') {
      ports.log.warn(`Error getting ${role}: ${failure.message}`);
    } else if (failure !== undefined && !builder.unreadable.has(role)) {
      throw failure;
    }
    warnOrThrow(builder, role, failures, ports);
  }
}
