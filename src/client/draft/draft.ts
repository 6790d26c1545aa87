/** Drafts the repository as it will be: applies changes to the loaded state. It signs nothing. */

import { applyChanges } from '../../changelist/apply-changes.ts';
import type { ApplyPorts } from '../../changelist/apply-context.ts';
import type { Change } from '../../changelist/change.ts';
import { checkDraft } from '../../changelist/check-draft.ts';
import { counted } from '../../changelist/name-list.ts';
import { NotaryError } from '../../errors.ts';
import { type LoadedRepo, Repo } from '../../tuf/repo.ts';
import type { KeyFinder } from '../../tuf/sign-metadata.ts';
import { isSignedBy } from '../../tuf/verify-signatures.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { signingKeys } from '../sign/signing-keys.ts';
import type { LoadedForPublishing } from './load.ts';
import { startReturningRoles } from './returning-roles.ts';
import { loadBases } from './role-bases.ts';
import { hasNewPublication, serverVersions } from './server-versions.ts';

/** What is to be changed. */
export interface Edits {
  /** The changes to apply to the state that has been loaded. */
  changes(loaded: LoadedRepo): Promise<readonly Change[]>;
  /**
   * An edit that no change file describes, such as new keys for a base role. It comes before the changes.
   *
   * @param initial true for a repository that the server does not have yet
   */
  edit?(repo: Repo, initial: boolean): void;
  /** As in `ApplyPorts`: for a draft that is only looked at. */
  refused?: ApplyPorts['refused'];
}

/** The repository as it will be, not signed yet. */
export interface Draft {
  readonly repo: Repo;
  /** Versions that the new files of roles must exceed, besides those of the files that were loaded. */
  readonly versions: ReadonlyMap<string, number>;
}

/**
 * Applies the edits to the loaded state, and checks that they did what was asked and no more.
 *
 * @param keys the keys that may sign
 * @throws NotaryError every code of `loadBases`, `applyChanges` and `checkDraft`; ROLE_REASSERTED when strict
 */
export async function makeDraft(
  ports: RepositoryPorts,
  edits: Edits,
  { repo: published, initial }: LoadedForPublishing,
  keys: KeyFinder = signingKeys(ports),
): Promise<Draft> {
  const { log, caution } = ports;
  const { refused } = edits;
  const changes = await edits.changes(published);
  const { bases, unresolved, floors } = await loadBases(ports, published, changes);
  const loaded: LoadedRepo = { ...published, bases, unresolved };
  const repo = new Repo(loaded);
  edits.edit?.(repo, initial);
  const notApplied = new Set<Change>();
  const setAside: ApplyPorts['refused'] = (error, change) => {
    notApplied.add(change);
    refused?.(error, change);
  };
  await applyChanges(repo, changes, { keys, log, caution, ...(refused && { refused: setAside }) });
  const returning = await startReturningRoles({ ...ports, keys }, repo, loaded, changes);
  warnReasserted(ports, repo, loaded, changes);
  const before = [...loaded.targets, ...bases];
  const applied = changes.filter((change) => !notApplied.has(change));
  checkDraft(new Map(before.map(([role, { content }]) => [role, content])), repo, applied);
  return { repo, versions: new Map([...floors, ...returning]) };
}

/**
 * A signature on a role asserts everything in it, also content that was signed by a key which this very publish
 * removes.
 */
function warnReasserted(
  { gun, caution }: RepositoryPorts,
  repo: Repo,
  loaded: LoadedRepo,
  changes: readonly Change[],
): void {
  const witnessed = new Set(changes.filter(({ type }) => type === 'witness').map(({ scope }) => scope));
  for (const [role, signed] of loaded.targets) {
    const draft = repo.targets.get(role);
    if (role === 'targets' || draft?.dirty !== true || draft.bytes === undefined || witnessed.has(role))
      continue;
    if (isSignedBy(signed.envelope, repo.signers(role), role)) continue;
    const signer = `${role} of ${gun} was signed by a key that this publish removes`;
    const held = `the ${counted(signed.content.targets.size, 'target')} that it held`;
    caution(
      'ROLE_REASSERTED',
      `${signer}; signing it again asserts ${held}`,
      { gun, role, count: signed.content.targets.size },
      `${signer}; signing it again would assert ${held}, and nothing was sent`,
    );
  }
}

/**
 * The same draft with versions above those that the server claims to hold. For a server that has refused the
 * verified ones as too old.
 *
 * @throws NotaryError INVALID_OPERATION when another client has published since the state was loaded
 */
export async function raiseVersions(
  { gun, remote }: RepositoryPorts,
  { repo, versions }: Draft,
  { repo: published }: LoadedForPublishing,
): Promise<Draft> {
  const raised = await serverVersions(repo, published.snapshot?.content, remote, versions);
  if (await hasNewPublication(published, remote)) {
    throw new NotaryError('INVALID_OPERATION', `another client published ${gun} in the meantime`, {
      details: { gun },
    });
  }
  return { repo, versions: raised };
}
