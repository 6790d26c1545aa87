/**
 * Verifies metadata in the one legal order, and trusts nothing before.
 *
 * root, then timestamp, snapshot, targets, then delegations after their parents; each role once.
 * The checks per role and their order are those of Notary 0.7.0's update workflow, which is TUF's
 * (specification 5.3 to 5.6) without version numbers in the snapshot.
 */

import { isNotaryError, NotaryError, withDetails } from '../errors.ts';
import { checkExpiry } from '../metadata/expiry.ts';
import type { FileMeta } from '../metadata/file-meta.ts';
import { sizeLimits } from '../metadata/limits.ts';
import { isTargetsRole, parentRole } from '../metadata/role-name.ts';
import { baseRole, parseRoot, type Root } from '../metadata/root.ts';
import { type Common, type Envelope, parseEnvelope, type Signed } from '../metadata/signed.ts';
import { parseSnapshot, parseTimestamp, type Snapshot, type Timestamp } from '../metadata/snapshot.ts';
import { parseTargets, type Targets } from '../metadata/targets.ts';
import type { TrustPinning } from '../trust-pinning/trust-pinning.ts';
import { validateRoot } from '../trust-pinning/validate-root.ts';
import { checkHashes } from './checksums.ts';
import { checkedSigners } from './delegation-signers.ts';
import { VerificationAllowance } from './verification-allowance.ts';
import { checkSignaturesOnce, type RoleKeySet, verifySignatures } from './verify-signatures.ts';

export interface BuilderOptions {
  readonly gun: string;
  readonly pinning: TrustPinning;
  readonly now: Date;
  /** The root trusted so far: the next one must be signed by its keys. */
  readonly previousRoot?: Signed<Root> | undefined;
  /** What a snapshot has said of the root, when one has been seen. */
  readonly rootMeta?: FileMeta | undefined;
  /** What verifying may cost, shared with other builders of the run. */
  readonly allowance?: VerificationAllowance;
  /** Tells which roles may be past their expiry: for looking at what has ended, and for renewing it. */
  readonly acceptsExpired?: AcceptsExpired | undefined;
}

/** True for a role whose file, and for `root` whose certificates too, may be past its expiry. */
export type AcceptsExpired = (role: string) => boolean;

export interface LoadOptions {
  /** The version must not be lower; equal is allowed. */
  readonly minVersion: number;
  /** Accept metadata past its expiry: a cached trust anchor, a step in a chain of roots. */
  readonly allowExpired?: boolean;
}

/** A delegation's file that is the one in the snapshot and cannot be believed, and why. */
export interface Unusable extends Signed<Targets> {
  readonly reason: 'expired' | 'threshold';
}

export class RepoBuilder {
  readonly #options: BuilderOptions;
  readonly #allowance: VerificationAllowance;
  #root: Signed<Root> | undefined;
  #timestamp: Signed<Timestamp> | undefined;
  #snapshot: Signed<Snapshot> | undefined;
  /** Stands for a timestamp that the server cannot make. */
  #snapshotMeta: FileMeta | undefined;
  /** What a verified snapshot has said of the root, also when the loaded root is not that one. */
  #rootMeta: FileMeta | undefined;
  readonly #targets = new Map<string, Signed<Targets>>();
  readonly #unusable = new Map<string, Unusable>();
  readonly #unreadable = new Map<string, NotaryError>();

  constructor(options: BuilderOptions) {
    this.#options = options;
    this.#allowance = options.allowance ?? new VerificationAllowance();
  }

  get root(): Signed<Root> | undefined {
    return this.#root;
  }

  get timestamp(): Signed<Timestamp> | undefined {
    return this.#timestamp;
  }

  get snapshot(): Signed<Snapshot> | undefined {
    return this.#snapshot;
  }

  /** `targets` and every delegation loaded, in order of loading. */
  get targets(): ReadonlyMap<string, Signed<Targets>> {
    return this.#targets;
  }

  /**
   * Delegations whose file is the one in the snapshot, but expired or not signed by enough of their keys;
   * a witness may take them over. A role for which a copy stands in is here too, with the file.
   */
  get unusable(): ReadonlyMap<string, Unusable> {
    return this.#unusable;
  }

  /** Delegations whose file is the one in the snapshot and cannot be read, and why. A copy may stand in for them, too. */
  get unreadable(): ReadonlyMap<string, NotaryError> {
    return this.#unreadable;
  }

  /** Names the snapshot to load where no timestamp can be had; a timestamp that is loaded counts more. */
  setSnapshotMeta(meta: FileMeta): void {
    this.#snapshotMeta = meta;
  }

  /** Notes that the file of a delegation cannot be read. */
  setUnreadable(role: string, reason: NotaryError): void {
    this.#unreadable.set(role, reason);
  }

  /**
   * What the loaded metadata says of a file that is not loaded yet. Of the root also what a snapshot has
   * said that was sound in itself but refused because another root is loaded.
   */
  expected(role: string): FileMeta | undefined {
    if (role === 'root') return this.#rootMeta ?? this.#options.rootMeta;
    if (role === 'snapshot') return this.#timestamp?.content.meta.get('snapshot') ?? this.#snapshotMeta;
    return this.#snapshot?.content.meta.get(role);
  }

  /**
   * @throws NotaryError CHECKSUM_MISMATCH, INVALID_METADATA, ROOT_ROTATION, ROOT_VALIDATION,
   * LOW_VERSION, EXPIRED, and what reading may throw
   */
  loadRoot(bytes: Uint8Array, options: LoadOptions): Signed<Root> {
    return about('root', () => this.#loadRoot(bytes, options));
  }

  #loadRoot(bytes: Uint8Array, options: LoadOptions): Signed<Root> {
    this.#once('root', this.#root);
    const { gun, pinning, now, previousRoot, rootMeta, acceptsExpired } = this.#options;
    if (rootMeta !== undefined) checkHashes(bytes, rootMeta, 'root');
    const root = parseRoot(parseEnvelope(bytes, sizeLimits.servedAlone));
    checkSignaturesOnce(root.envelope, 'root');
    const verify = (envelope: Envelope, signers: RoleKeySet) => this.#verify(envelope, signers, 'root');
    const certificateExpiry = acceptsExpired?.('root') !== true;
    validateRoot({ root, previous: previousRoot, gun, pinning, now, verify, certificateExpiry });
    this.#fresh('root', root.content, options);
    this.#root = root;
    return root;
  }

  /** @throws NotaryError NOT_LOADED, NO_SIGNATURES, ROLE_THRESHOLD, INVALID_METADATA, LOW_VERSION, EXPIRED */
  loadTimestamp(bytes: Uint8Array, options: LoadOptions): Signed<Timestamp> {
    return about('timestamp', () => this.#loadTimestamp(bytes, options));
  }

  #loadTimestamp(bytes: Uint8Array, options: LoadOptions): Signed<Timestamp> {
    this.#once('timestamp', this.#timestamp);
    const timestamp = parseTimestamp(this.#verified(bytes, 'timestamp', sizeLimits.servedAlone));
    this.#fresh('timestamp', timestamp.content, options);
    this.#timestamp = timestamp;
    return timestamp;
  }

  /** As loadTimestamp; also CHECKSUM_MISMATCH, for this file or for the root that the snapshot names. */
  loadSnapshot(bytes: Uint8Array, options: LoadOptions): Signed<Snapshot> {
    return about('snapshot', () => this.#loadSnapshot(bytes, options));
  }

  #loadSnapshot(bytes: Uint8Array, options: LoadOptions): Signed<Snapshot> {
    this.#once('snapshot', this.#snapshot);
    checkHashes(bytes, this.#expectedOrThrow('snapshot'), 'snapshot');
    const snapshot = parseSnapshot(this.#verified(bytes, 'snapshot', sizeLimits.servedAlone));
    this.#fresh('snapshot', snapshot.content, options);
    this.#rootMeta = snapshot.content.meta.get('root');
    if (this.#root !== undefined && this.#rootMeta !== undefined) {
      checkHashes(this.#root.envelope.bytes, this.#rootMeta, 'root');
    }
    this.#snapshot = snapshot;
    return snapshot;
  }

  /**
   * Loads `targets` or a delegation whose parent is loaded.
   *
   * @throws NotaryError as loadSnapshot; NO_SUCH_ROLE for a delegation that no loaded parent lists,
   * INVALID_CERTIFICATE for one whose keys include a certificate that is too weak
   */
  loadTargets(role: string, bytes: Uint8Array, options: LoadOptions): Signed<Targets> {
    return about(role, () => this.#loadTargets(role, bytes, options));
  }

  /**
   * Takes a copy that was seen before in place of a delegation's file that is unusable or cannot be read: it is held
   * to everything but the checksum in the snapshot.
   *
   * @throws NotaryError NOT_LOADED when the file is neither, else as loadTargets
   */
  standIn(role: string, bytes: Uint8Array): Signed<Targets> {
    return about(role, () => {
      this.#once(role, this.#targets.get(role));
      if (!this.#unusable.has(role) && !this.#unreadable.has(role)) throw notLoaded(role);
      const copy = parseTargets(this.#verified(bytes, role), role);
      this.#unexpired(role, copy.content, { minVersion: 1 });
      this.#targets.set(role, copy);
      return copy;
    });
  }

  #loadTargets(role: string, bytes: Uint8Array, options: LoadOptions): Signed<Targets> {
    if (!isTargetsRole(role)) throw invalidRole(role);
    this.#once(role, this.#targets.get(role));
    const signers = this.signers(role);
    checkHashes(bytes, this.#expectedOrThrow(role), role);
    const envelope = role === 'targets' ? this.#verified(bytes, role) : parseEnvelope(bytes);
    const targets = parseTargets(envelope, role);
    if (role === 'targets') {
      this.#fresh(role, targets.content, options);
    } else {
      // Notary 0.7.0 judges a delegation's version before its signatures and its expiry last.
      this.#newEnough(role, targets.content, options);
      this.#judgeDelegation(role, targets, signers, options);
    }
    this.#unusable.delete(role);
    this.#targets.set(role, targets);
    return targets;
  }

  /** Keys and threshold of a role, from the root or from the delegation's parent. */
  signers(role: string): RoleKeySet {
    if (!role.includes('/')) {
      if (this.#root === undefined) throw notLoaded('root');
      return baseRole(this.#root.content, role);
    }
    const parent = this.#targets.get(parentRole(role))?.content;
    return checkedSigners(parent, role);
  }

  #verified(bytes: Uint8Array, role: string, maxBytes?: number): Envelope {
    const envelope = parseEnvelope(bytes, maxBytes);
    this.#verify(envelope, this.signers(role), role);
    return envelope;
  }

  #judgeDelegation(role: string, targets: Signed<Targets>, signers: RoleKeySet, options: LoadOptions): void {
    try {
      this.#verify(targets.envelope, signers, role);
      this.#unexpired(role, targets.content, options);
    } catch (error) {
      if (isNotaryError(error, 'ROLE_THRESHOLD', 'EXPIRED')) {
        const reason = error.code === 'EXPIRED' ? 'expired' : 'threshold';
        this.#unusable.set(role, { ...targets, reason });
      }
      throw error;
    }
  }

  #verify(envelope: Envelope, signers: RoleKeySet, role: string): void {
    checkSignaturesOnce(envelope, role);
    verifySignatures(envelope, signers, role, this.#allowance);
  }

  #expectedOrThrow(role: string): FileMeta {
    const meta = this.expected(role);
    if (meta === undefined) throw notLoaded(role === 'snapshot' ? 'timestamp' : 'snapshot');
    return meta;
  }

  #fresh(role: string, content: Common, options: LoadOptions): void {
    this.#newEnough(role, content, options);
    this.#unexpired(role, content, options);
  }

  #newEnough(role: string, { version }: Common, { minVersion }: LoadOptions): void {
    if (version >= minVersion) return;
    throw new NotaryError('LOW_VERSION', `version ${version} is lower than current version ${minVersion}`, {
      details: { role, version, expected: minVersion },
      hint: `The server offers an older ${role} than this machine has seen; the server, or someone between, may be replaying old metadata.`,
    });
  }

  #unexpired(role: string, { expires }: Common, { allowExpired }: LoadOptions): void {
    if (allowExpired === true || this.#options.acceptsExpired?.(role) === true) return;
    checkExpiry(role, expires, this.#options.now);
  }

  #once(role: string, loaded: unknown): void {
    if (loaded !== undefined) throw new NotaryError('INVALID_METADATA', `${role} has already been loaded`);
  }
}

/** Does the work; an error gets the role in its details. */
function about<T>(role: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isNotaryError(error) ? withDetails(error, { role }) : error;
  }
}

function invalidRole(role: string): NotaryError {
  return new NotaryError('INVALID_ROLE', `${role} is an invalid role`);
}

function notLoaded(role: string): NotaryError {
  return new NotaryError('NOT_LOADED', `${role} has not been loaded yet`, { details: { role } });
}
