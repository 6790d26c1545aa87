/**
 * Previews a publish: applies what is staged to what the server serves, without signing, writing or asking for
 * anything, and finds every problem that the publish would meet.
 */

import { type Change, parseChange } from '../../changelist/change.ts';
import type { ErrorCode } from '../../error-codes.ts';
import { type ErrorDetails, isNotaryError, type NotaryError } from '../../errors.ts';
import { parentRole } from '../../metadata/role-name.ts';
import type { Signed } from '../../metadata/signed.ts';
import type { Snapshot } from '../../metadata/snapshot.ts';
import { findDelegation, type Targets } from '../../metadata/targets.ts';
import type { Finding } from '../../review/finding.ts';
import type { RepositoryState, RoleFile } from '../../review/state.ts';
import type { LoadedRepo, Repo } from '../../tuf/repo.ts';
import type { Unusable } from '../../tuf/repo-builder.ts';
import { type KeyFinder, signingFailure } from '../../tuf/sign-metadata.ts';
import { type Draft, makeDraft } from '../draft/draft.ts';
import type { LoadedForPublishing } from '../draft/load.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { isServersKey, signersOfFiles } from '../sign/sign.ts';
import { isSignedByDraft } from './draft-signers.ts';
import { namedFiles } from './named-files.ts';
import { emptyState, rolesOf, stateOf } from './published-state.ts';
import { refusedFiles } from './refused-files.ts';

/** A draft that was made to be looked at. */
export interface Preview {
  readonly before: RepositoryState;
  readonly after: RepositoryState;
}

/** Finds keys without opening those that a passphrase would have to be asked for. */
export function unaskedKeys({
  cryptoService,
  gun,
}: Pick<RepositoryPorts, 'cryptoService' | 'gun'>): KeyFinder {
  return {
    gun,
    find: (canonicalId, role) => cryptoService.check(canonicalId, { role, gun }),
    held: () => cryptoService.list(),
  };
}

/** What is staged, and a finding for each change that cannot be read: a publish fails at it. */
export interface StagedForPreview {
  readonly changes: readonly Change[];
  readonly unreadable: readonly Finding[];
}

/** Reads what is staged. */
export async function stagedChanges({
  gun,
  changelist,
}: Pick<RepositoryPorts, 'gun' | 'changelist'>): Promise<StagedForPreview> {
  const changes: Change[] = [];
  const unreadable: Finding[] = [];
  for (const [number, { name, bytes }] of (await changelist.list()).entries()) {
    try {
      changes.push({ ...parseChange(bytes), number });
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      unreadable.push({
        ...{ code: error.code, severity: 'error', change: number, prevents: true },
        message: `the staged change ${name} is damaged: ${error.message}`,
        hint: { command: ['tsnotary', 'reset', gun, '-n', String(number)] },
      });
    }
  }
  return { changes, unreadable };
}

/**
 * The state before and after the changes.
 *
 * @param published what the server serves, or what was initialized here
 * @throws NotaryError what `makeDraft` throws for a reason that is no change's
 */
export async function previewChanges(
  ports: RepositoryPorts,
  published: LoadedForPublishing,
  { changes, unreadable = [] }: Pick<StagedForPreview, 'changes'> & Partial<StagedForPreview>,
): Promise<Preview> {
  const problems: Finding[] = [...unreadable];
  const keys = unaskedKeys(ports);
  const collecting: RepositoryPorts = {
    ...ports,
    // What it logs of the changes is among the findings: refused, or judged by what comes of them.
    log: { ...ports.log, error: () => undefined, warn: () => undefined, info: () => undefined },
    caution: (code, message, details = {}) => problems.push(finding('warning', { code, message, details })),
  };
  const edits = {
    changes: async () => changes,
    refused: (error: NotaryError, { number }: Change) =>
      problems.push({
        ...finding('error', error),
        ...(number !== undefined && { change: number }),
        prevents: true,
      }),
  };
  const draft = await makeDraft(collecting, edits, published, keys);
  for (const problem of await signingProblems(ports, draft, published, keys)) problems.push(problem);
  for (const problem of refusedFiles(ports.gun, draft.repo, published)) problems.push(problem);
  const before = published.initial ? emptyState(ports.gun) : stateOf(published.repo, ports.gun);
  const after = draftState(
    ports.gun,
    draft,
    published.repo,
    await servedAfter(ports, draft, published, keys),
  );
  return { before, after: { ...after, staged: { basis: before, problems, asked: askedFor(changes) } } };
}

function finding(
  severity: Finding['severity'],
  {
    code,
    message,
    details,
  }: { readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails },
): Finding {
  const { role } = details;
  return { code, severity, message, ...(typeof role === 'string' && { role }) };
}

/** The files that the publish would have to sign and cannot, each once. */
async function signingProblems(
  { clock }: Pick<RepositoryPorts, 'clock'>,
  { repo }: Draft,
  { initial }: LoadedForPublishing,
  keys: KeyFinder,
): Promise<readonly Finding[]> {
  const problems: Finding[] = [];
  const add = (role: string, failure: NotaryError) =>
    problems.push({ ...finding('error', failure), role, prevents: true });
  for (const [role, groups] of signersOrProblem(repo, { initial, now: clock.now() }, add)) {
    for (const group of groups) {
      const failure = await signingFailure(group, keys, role);
      if (failure === undefined) continue;
      add(role, failure);
      break;
    }
  }
  const failure = await signingFailure(repo.signers('snapshot'), keys, 'snapshot');
  const isServers = isNotaryError(failure, 'INSUFFICIENT_SIGNATURES') && isServersKey(failure);
  if (failure !== undefined && !isServers) add('snapshot', failure);
  return problems;
}

/** Who has to sign; no file is signed where a role lists keys that may not be used. */
function signersOrProblem(
  repo: Repo,
  options: Parameters<typeof signersOfFiles>[1],
  add: (role: string, failure: NotaryError) => void,
): ReturnType<typeof signersOfFiles> {
  try {
    return signersOfFiles(repo, options);
  } catch (error) {
    if (!isNotaryError(error, 'NO_SUCH_ROLE', 'INVALID_CERTIFICATE')) throw error;
    const { role } = error.details;
    add(typeof role === 'string' ? role : 'targets', error);
    return new Map();
  }
}

/** What is served besides the files that were loaded and those that are sent. */
export interface ServedAfter {
  /** Undefined for a repository that is made by the publish. */
  readonly snapshot: Snapshot | undefined;
  readonly files: ReadonlyMap<string, RoleFile>;
}

/** A server that signs the snapshot goes on naming in it what is there. */
async function servedAfter(
  ports: RepositoryPorts,
  { repo }: Draft,
  { repo: loaded }: LoadedForPublishing,
  keys: KeyFinder,
): Promise<ServedAfter> {
  const failure = await signingFailure(repo.signers('snapshot'), keys, 'snapshot');
  const snapshot = failure === undefined ? repo.snapshot.content : loaded.snapshot?.content;
  return { snapshot, files: await namedFiles(ports, repo, loaded, snapshot) };
}

/** The state that a draft would make. */
export function draftState(
  gun: string,
  { repo }: Draft,
  loaded: LoadedRepo,
  { snapshot, files }: ServedAfter = { snapshot: loaded.snapshot?.content, files: new Map() },
): RepositoryState {
  const ends = new Map<string, { readonly version: number; readonly expires: string }>();
  if (!repo.root.dirty) ends.set('root', repo.root.content);
  const isForgotten = (role: string) =>
    repo.targets.get(role)?.dirty !== true &&
    loaded.snapshot?.content.meta.has(role) === true &&
    snapshot?.meta.has(role) === false;
  const fileOf = (role: string) =>
    isForgotten(role) ? undefined : (files.get(role) ?? draftFile(role, repo, loaded));
  return { gun, ends, roles: rolesOf(repo.root.content, fileOf) };
}

function draftFile(role: string, repo: Repo, loaded: LoadedRepo): RoleFile | undefined {
  const draft = repo.targets.get(role);
  if (draft?.dirty === true) return { content: draft.content, envelope: undefined, standing: 'trusted' };
  const signed = loaded.targets.get(role) ?? loaded.unusable.get(role);
  if (signed === undefined) return undefined;
  const isKnown = draft !== undefined && hasSameSigners(role, repo, loaded);
  if (!isKnown && !isSignedByDraft(role, signed.envelope, repo)) return { ...signed, standing: 'untrusted' };
  return { ...signed, standing: isExpired(loaded.unusable.get(role)) ? 'expired' : 'trusted' };
}

/** An update says of a file that it does not use why. */
function isExpired(file: (Signed<Targets> & Partial<Pick<Unusable, 'reason'>>) | undefined): boolean {
  return file?.reason === 'expired';
}

/** The keys by which the file has been verified are those of the draft. */
function hasSameSigners(role: string, repo: Repo, loaded: LoadedRepo): boolean {
  if (role === 'targets') return !repo.root.dirty;
  if (loaded.unusable.has(role)) return false;
  const parent = loaded.targets.get(parentRole(role))?.content;
  const before = parent && findDelegation(parent, role);
  const after = repo.findDelegation(role);
  if (before === undefined) return false;
  // The ID of a key is the hash of the key.
  return before.threshold === after?.threshold && before.keyIds.join() === after.keyIds.join();
}

/** By role, the names of the targets that changes are about. */
export function askedFor(changes: readonly Change[]): ReadonlyMap<string, ReadonlySet<string>> {
  const asked = new Map<string, Set<string>>();
  for (const { type, scope, path } of changes) {
    if (type !== 'target') continue;
    const names = asked.get(scope) ?? new Set<string>();
    asked.set(scope, names.add(path));
  }
  return asked;
}
