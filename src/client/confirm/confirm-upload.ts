/** Confirms an upload: reads back what the server serves, and compares it with what was sent. */

import { equalBytes } from '../../encoding/bytes.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { ancestorsOf, isTargetsRole, parentRole } from '../../metadata/role-name.ts';
import { baseRole, parseRoot, type Root } from '../../metadata/root.ts';
import { hasSameContent, type Signed } from '../../metadata/signed.ts';
import { parseSnapshot, type Snapshot } from '../../metadata/snapshot.ts';
import { findDelegation, type Targets } from '../../metadata/targets.ts';
import { checkHashes, fileMetaOf, matches, sha256Hex } from '../../tuf/checksums.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import type { Repo } from '../../tuf/repo.ts';
import type { LoadedForPublishing } from '../draft/load.ts';
import { consistentName } from '../fetch/fetch-metadata.ts';
import { prefetchRoles } from '../fetch/prefetch.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { SignedFile } from '../sign/sign.ts';
import { editsOf, hasEdits } from './published-edits.ts';
import { type KnownFile, loadServedState, type ServedState, unnamed } from './served-state.ts';

/** Files that were sent, the state that they were made from and the collection as it will be. */
export interface Upload {
  readonly files: ReadonlyMap<string, SignedFile>;
  readonly repo: Repo;
  readonly loaded: LoadedForPublishing;
}

type ReadingPorts = Pick<RepositoryPorts, 'gun' | 'remote' | 'clock'>;

/**
 * Fetches each file by the hash of what was sent, with the timestamp, so that this costs two round trips; then
 * checks that readers get these files, or newer ones that another client has published on top of them.
 *
 * @returns what is served, for judging what has become of all other roles
 * @throws NotaryError PUBLISH_UNVERIFIED
 */
export async function confirmUpload(ports: ReadingPorts, upload: Upload): Promise<ServedState> {
  try {
    const remote = prefetchRoles(ports.remote, upload.files.has('snapshot') ? [] : ['snapshot']);
    const [stored, state] = await Promise.allSettled([
      checkStored(ports.remote, upload),
      loadServedState({ ...ports, remote }, knownState(upload)),
    ]);
    if (stored.status === 'rejected') throw stored.reason;
    if (state.status === 'rejected') throw state.reason;
    checkServed(upload, state.value);
    return state.value;
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw unverified(ports.gun, error);
  }
}

function knownState({ files, repo, loaded }: Upload) {
  const known = new Map<string, readonly KnownFile[]>();
  for (const [role, signed] of loaded.repo.targets) {
    const signers = signersBefore(loaded, role);
    if (signers !== undefined) known.set(role, [{ signed, signers }]);
  }
  for (const [role, { envelope }] of files) {
    if (!isTargetsRole(role)) continue;
    const signed = { envelope, content: repo.draft(role).content };
    known.set(role, [{ signed, signers: repo.signers(role) }, ...(known.get(role) ?? [])]);
  }
  const sentSnapshot = files.get('snapshot')?.envelope;
  const snapshots = [
    ...(sentSnapshot === undefined ? [] : [parseSnapshot(sentSnapshot)]),
    ...(loaded.repo.snapshot === undefined ? [] : [loaded.repo.snapshot]),
  ];
  return { root: knownRoot(files, loaded), snapshots, files: known };
}

function knownRoot(files: Upload['files'], { repo }: LoadedForPublishing): Signed<Root> {
  const sent = files.get('root')?.envelope;
  return sent === undefined ? repo.root : parseRoot(sent);
}

/** The keys by which a role was verified when it was loaded. */
function signersBefore({ repo }: LoadedForPublishing, role: string) {
  if (role === 'targets') return baseRole(repo.root.content, 'targets');
  const parent = repo.targets.get(parentRole(role))?.content;
  const entry = parent && findDelegation(parent, role);
  return parent && entry && delegationSigners(parent, entry);
}

/**
 * Each uploaded file, and each that the uploaded snapshot is the first to name, under its checksum name.
 */
async function checkStored(remote: RepositoryPorts['remote'], { files, loaded }: Upload): Promise<void> {
  const sent = [...files].map(
    async ([
      role,
      {
        envelope: { bytes },
      },
    ]) => {
      const served = await remote.get(consistentName(role, fileMetaOf(bytes)), bytes.length);
      if (equalBytes(served, bytes)) return;
      throw new NotaryError(
        'CHECKSUM_MISMATCH',
        `the server serves other bytes for ${role} than it was sent`,
      );
    },
  );
  const snapshot = files.get('snapshot')?.envelope;
  const named: Snapshot['meta'] = snapshot === undefined ? new Map() : parseSnapshot(snapshot).content.meta;
  const before = loaded.initial ? undefined : loaded.repo.snapshot?.content.meta;
  const newlyNamed = [...named].filter(([role, meta]) => {
    const known = before?.get(role);
    return !files.has(role) && (known === undefined || sha256Hex(known) !== sha256Hex(meta));
  });
  await Promise.all([
    ...sent,
    ...newlyNamed.map(async ([role, meta]) =>
      checkHashes(await remote.get(consistentName(role, meta), meta.length), meta, role),
    ),
  ]);
}

function checkServed(upload: Upload, served: ServedState): void {
  const { files } = upload;
  const root = files.get('root')?.envelope;
  if (root !== undefined && !isRootServed(parseRoot(root), served, upload.loaded)) throw unnamed('root');
  const snapshot = files.get('snapshot')?.envelope;
  if (snapshot !== undefined && !isSameOrNewer(served.snapshot, parseSnapshot(snapshot)))
    throw unnamed('snapshot');
  for (const [role, { envelope }] of files) {
    if (!isTargetsRole(role)) continue;
    const sent = { envelope, content: upload.repo.draft(role).content };
    if (!isServed(role, sent, served, upload)) throw unnamed(role);
  }
}

/** A newer root was signed on top of the one that was sent only if it has the keys that this one gave to roles. */
function isRootServed(
  sent: Signed<Root>,
  { root, snapshot }: ServedState,
  { repo }: LoadedForPublishing,
): boolean {
  const meta = snapshot.content.meta.get('root');
  if (meta === undefined || !matches(root.envelope.bytes, meta) || !isSameOrNewer(root, sent)) return false;
  const keysOf = ({ content }: Signed<Root>, role: string) => content.roles.get(role)?.keyIds.join();
  return [...sent.content.roles.keys()].every(
    (role) => keysOf(sent, role) === keysOf(repo.root, role) || keysOf(sent, role) === keysOf(root, role),
  );
}

/**
 * The file that was sent, or a newer one that the role's keys have signed and that contains the changes; also a
 * file whose keys, or whose place in the tree, another client has removed meanwhile.
 */
function isServed(
  role: string,
  sent: Signed<Targets>,
  served: ServedState,
  { repo, loaded }: Upload,
): boolean {
  const believed = served.targets.get(role);
  if (believed !== undefined) {
    if (hasSameContent(believed.envelope, sent.envelope)) return true;
    const edits = editsOf(loaded.repo.targets.get(role)?.content, sent.content);
    return believed.content.version > sent.content.version && hasEdits(believed.content, edits);
  }
  const broken = served.broken.get(role);
  if (broken !== undefined) return hasSameContent(broken.envelope, sent.envelope);
  return ancestorsOf(role).some((ancestor) => {
    const now = served.targets.get(ancestor);
    return (
      now !== undefined &&
      now.content.version > repo.draft(ancestor).content.version &&
      !reaches(role, served)
    );
  });
}

/** Whether every list on the way to a role still has it. */
function reaches(role: string, { listed }: ServedState): boolean {
  return [...ancestorsOf(role).slice(1), role].every((name) => listed.has(name));
}

function isSameOrNewer(
  now: Signed<Root | Snapshot | Targets>,
  sent: Signed<Root | Snapshot | Targets>,
): boolean {
  return now.content.version > sent.content.version || hasSameContent(now.envelope, sent.envelope);
}

function unverified(gun: string, cause: NotaryError): NotaryError {
  return new NotaryError(
    'PUBLISH_UNVERIFIED',
    `the server accepted the changes to ${gun} but does not serve them: ${cause.message}`,
    {
      details: { gun, reason: cause.code },
      hint: `The staged changes are kept. Look at the collection with "list ${shellWord(gun)}"; if the changes are not there, publish again.`,
      cause,
    },
  );
}
