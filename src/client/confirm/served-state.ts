/**
 * Loads the state that the server serves at this moment, verified as by a reader who knows the state that was
 * published last. It fetches only unknown files, and verifies only unknown content.
 */

import { isNotaryError, NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { baseRole, type Root } from '../../metadata/root.ts';
import { type Envelope, parseEnvelope, type Signed } from '../../metadata/signed.ts';
import { parseSnapshot, type Snapshot } from '../../metadata/snapshot.ts';
import { type DelegationRole, parseTargets, type Targets } from '../../metadata/targets.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { checkHashes, matches } from '../../tuf/checksums.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import { VerificationAllowance } from '../../tuf/verification-allowance.ts';
import { isSignedBy, type RoleKeySet, verifySignatures } from '../../tuf/verify-signatures.ts';
import { consistentName } from '../fetch/fetch-metadata.ts';
import { parseServedTimestamp, servedTimestamp } from '../fetch/served-timestamp.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { followRootChain } from '../update/update-root.ts';

/** A file with the keys by which it has been verified. */
export interface KnownFile {
  readonly signed: Signed<Targets>;
  readonly signers: RoleKeySet;
}

/** What this machine knows: the state that it has loaded, and the files that it has sent. */
export interface KnownState {
  readonly root: Signed<Root>;
  readonly snapshots: readonly Signed<Snapshot>[];
  readonly files: ReadonlyMap<string, readonly KnownFile[]>;
}

export interface ServedState {
  readonly root: Signed<Root>;
  readonly timestamp: Envelope;
  readonly snapshot: Signed<Snapshot>;
  /** What a reader trusts. */
  readonly targets: ReadonlyMap<string, Signed<Targets>>;
  /**
   * Listed delegations whose file is signed by too few of their keys; undefined for a file that cannot be had, or
   * that is known and that the snapshot does not name.
   */
  readonly broken: ReadonlyMap<string, Signed<Targets> | undefined>;
  /** Entries of all delegations in the lists of those that a reader trusts. */
  readonly listed: ReadonlyMap<string, DelegationRole>;
}

const concurrency = 8;

/**
 * Loads what the server serves. A root that was rotated meanwhile is followed from the known one.
 *
 * @throws NotaryError CHECKSUM_MISSING, CHECKSUM_MISMATCH, ROLE_THRESHOLD, ROOT_ROTATION and what reading may
 * throw, for timestamp, snapshot, root and targets; the server's codes
 */
export async function loadServedState(
  ports: Pick<RepositoryPorts, 'gun' | 'remote' | 'clock'>,
  known: KnownState,
): Promise<ServedState> {
  const { remote } = ports;
  const allowance = new VerificationAllowance();
  const timestamp = await servedTimestamp(remote);
  let { root } = known;
  if (!isSignedBy(timestamp, baseRole(root.content, 'timestamp'), 'timestamp', allowance)) {
    root = await followRoot(ports, root, allowance);
    verifySignatures(timestamp, baseRole(root.content, 'timestamp'), 'timestamp', allowance);
  }
  const meta = parseServedTimestamp(timestamp);
  const own = known.snapshots.find(({ envelope }) => matches(envelope.bytes, meta));
  const bytes =
    own?.envelope.bytes ??
    (await remote.get(consistentName('snapshot', meta), Math.min(meta.length, sizeLimits.file)));
  checkHashes(bytes, meta, 'snapshot');
  const snapshot = own ?? parseSnapshot(parseEnvelope(bytes));
  const rootMeta = snapshot.content.meta.get('root');
  if (rootMeta !== undefined && !matches(root.envelope.bytes, rootMeta))
    root = await followRoot(ports, root, allowance);
  verifySignatures(snapshot.envelope, baseRole(root.content, 'snapshot'), 'snapshot', allowance);
  const tree = new ServedTree(remote, known, snapshot.content, allowance);
  await tree.load(baseRole(root.content, 'targets'));
  const { targets, broken, listed } = tree;
  return { root, timestamp, snapshot, targets, broken, listed };
}

async function followRoot(
  { gun, remote, clock }: Pick<RepositoryPorts, 'gun' | 'remote' | 'clock'>,
  trusted: Signed<Root>,
  allowance: VerificationAllowance,
): Promise<Signed<Root>> {
  const settings = { gun, pinning: noPinning, now: clock.now(), rootMeta: undefined, allowance };
  const { builder } = await followRootChain({ remote }, settings, trusted, sizeLimits.servedAlone);
  return builder.root ?? trusted;
}

class ServedTree {
  readonly targets = new Map<string, Signed<Targets>>();
  readonly broken = new Map<string, Signed<Targets> | undefined>();
  readonly listed = new Map<string, DelegationRole>();
  readonly #remote: RepositoryPorts['remote'];
  readonly #known: KnownState;
  readonly #snapshot: Snapshot;
  readonly #allowance: VerificationAllowance;

  constructor(
    remote: RepositoryPorts['remote'],
    known: KnownState,
    snapshot: Snapshot,
    allowance: VerificationAllowance,
  ) {
    this.#allowance = allowance;
    this.#remote = remote;
    this.#known = known;
    this.#snapshot = snapshot;
  }

  async load(signers: RoleKeySet): Promise<void> {
    const file = await this.#file('targets');
    if (file === undefined) throw unnamed('targets');
    if (!this.#isVerified('targets', file, signers))
      verifySignatures(file.envelope, signers, 'targets', this.#allowance);
    this.targets.set('targets', file);
    for (let level = this.#children('targets'); level.length > 0; ) {
      const next: string[] = [];
      for (let at = 0; at < level.length; at += concurrency) {
        const roles = level.slice(at, at + concurrency);
        const files = await Promise.all(roles.map((role) => this.#fileOrFailure(role)));
        for (const [index, role] of roles.entries()) {
          if (this.#judge(role, files[index])) for (const child of this.#children(role)) next.push(child);
        }
      }
      level = next;
    }
  }

  /** True for a delegation that a reader trusts. */
  #judge(role: string, file: Signed<Targets> | NotaryError | undefined): boolean {
    if (file === undefined && !this.#known.files.has(role)) return false;
    const parent = this.targets.get(role.slice(0, role.lastIndexOf('/')))?.content;
    const entry = this.listed.get(role);
    if (!isFile(file) || parent === undefined || entry === undefined) {
      this.broken.set(role, undefined);
      return false;
    }
    const signers = delegationSigners(parent, entry);
    const isGood =
      this.#isVerified(role, file, signers) || isSignedBy(file.envelope, signers, role, this.#allowance);
    (isGood ? this.targets : this.broken).set(role, file);
    return isGood;
  }

  /** True when these very keys have verified the file before. */
  #isVerified(role: string, file: Signed<Targets>, { keys, threshold }: RoleKeySet): boolean {
    const known = this.#known.files.get(role)?.find(({ signed }) => signed === file)?.signers;
    if (known?.threshold !== threshold || known.keys.size !== keys.size) return false;
    return [...keys.keys()].every((id) => known.keys.has(id));
  }

  #children(role: string): readonly string[] {
    const roles = this.targets.get(role)?.content.delegations.roles ?? [];
    for (const entry of roles) this.listed.set(entry.name, entry);
    return roles.map(({ name }) => name);
  }

  async #fileOrFailure(role: string): Promise<Signed<Targets> | NotaryError | undefined> {
    try {
      return await this.#file(role);
    } catch (error) {
      if (isNotaryError(error)) return error;
      throw error;
    }
  }

  async #file(role: string): Promise<Signed<Targets> | undefined> {
    const meta = this.#snapshot.meta.get(role);
    if (meta === undefined) return undefined;
    const known = this.#known.files.get(role)?.find(({ signed }) => matches(signed.envelope.bytes, meta));
    if (known !== undefined) return known.signed;
    const bytes = await this.#remote.get(consistentName(role, meta), Math.min(meta.length, sizeLimits.file));
    checkHashes(bytes, meta, role);
    return parseTargets(parseEnvelope(bytes), role);
  }
}

function isFile(answer: Signed<Targets> | NotaryError | undefined): answer is Signed<Targets> {
  return answer !== undefined && !(answer instanceof NotaryError);
}

/** The error for a role that the served snapshot does not name. */
export function unnamed(role: string): NotaryError {
  return new NotaryError(
    'CHECKSUM_MISMATCH',
    `the snapshot on the server does not name the ${role} that was sent`,
    { details: { role } },
  );
}
