/**
 * Looks into a role's history: finds whether a file that the role's present keys have not signed was valid before, by
 * keys that an earlier version of the role's parent listed.
 *
 * A server serves earlier versions as `N.<role>.json`. None of them is trusted because it is served: each must be
 * signed by the present keys of the parent or, for `targets`, by the keys that an earlier root gave to it which the
 * present root keys have signed.
 */

import { isNotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { parentRole } from '../../metadata/role-name.ts';
import { baseRole, parseRoot, type Root } from '../../metadata/root.ts';
import { type Envelope, parseEnvelope } from '../../metadata/signed.ts';
import { findDelegation, parseTargets, type Targets } from '../../metadata/targets.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import { VerificationAllowance } from '../../tuf/verification-allowance.ts';
import { isSignedBy, type RoleKeySet } from '../../tuf/verify-signatures.ts';

/** The verified state. */
export interface PresentParent {
  readonly root: Root;
  /** The verified content of the role's parent. */
  readonly content: Targets;
  /** The present keys of the parent. */
  readonly signers: RoleKeySet;
}

/** How far back the parent, and the root, are looked at. */
export interface HistoryLimits {
  readonly parents: number;
  readonly roots: number;
}

/** By which keys a file was validly signed. */
export interface FormerSigning {
  readonly signers: RoleKeySet;
  /** A later version of the parent did not list the role: it was removed since, and made again. */
  readonly removedSince: boolean;
}

const defaultLimits: HistoryLimits = { parents: 64, roots: 16 };
const concurrency = 4;

/**
 * The keys by which an earlier version of the parent vouched for this file.
 *
 * @param file the role's file; its own content is not judged
 * @param since the parent's version from which on the file can have been signed
 * @returns undefined when no earlier version that can be had and verified vouches for it; that proves
 * nothing about the file, since a server may withhold versions
 * @throws nothing of the server's answers: a version that cannot be had is passed over
 */
export async function formerSigners(
  remote: Pick<RemoteStore, 'get'>,
  role: string,
  file: Envelope,
  present: PresentParent,
  since = 1,
  limits: HistoryLimits = defaultLimits,
): Promise<FormerSigning | undefined> {
  const parent = parentRole(role);
  const vouchers = new FormerKeys(remote, parent, present, limits.roots);
  const newest = present.content.version - 1;
  const oldest = Math.max(1, since, newest - limits.parents + 1);
  let removedSince = false;
  for (let next = newest; next >= oldest; next -= concurrency) {
    const count = Math.min(concurrency, next - oldest + 1);
    const versions = Array.from({ length: count }, (_, index) => next - index);
    const files = await Promise.all(
      versions.map((version) => fetch(remote, `${version}.${parent}`, sizeLimits.file)),
    );
    for (const [index, version] of versions.entries()) {
      const content = await vouchers.read(files[index], version);
      if (content === undefined) continue;
      const signers = signersIn(content, role);
      if (signers === undefined) removedSince = true;
      else if (isSignedBy(file, signers, role, vouchers.allowance)) return { signers, removedSince };
    }
  }
  return undefined;
}

/** The keys that may have signed earlier versions of a role. Earlier roots are fetched when they are needed. */
export class FormerKeys {
  readonly #remote: Pick<RemoteStore, 'get'>;
  readonly #parent: string;
  readonly #present: Pick<PresentParent, 'root' | 'signers'>;
  readonly #maxRoots: number;
  readonly allowance = new VerificationAllowance();
  #former: Promise<readonly RoleKeySet[]> | undefined;

  constructor(
    remote: Pick<RemoteStore, 'get'>,
    parent: string,
    present: Pick<PresentParent, 'root' | 'signers'>,
    maxRoots = defaultLimits.roots,
  ) {
    this.#remote = remote;
    this.#parent = parent;
    this.#present = present;
    this.#maxRoots = maxRoots;
  }

  /** The content of an earlier version of the parent; undefined when it cannot be verified. */
  async read(bytes: Uint8Array | undefined, version: number): Promise<Targets | undefined> {
    if (bytes === undefined) return undefined;
    try {
      const envelope = parseEnvelope(bytes);
      if (!(await this.haveSigned(envelope))) return undefined;
      const { content } = parseTargets(envelope, this.#parent);
      return content.version === version ? content : undefined;
    } catch (error) {
      if (isNotaryError(error)) return undefined;
      throw error;
    }
  }

  /** True for a file that present keys of the role have signed or, for a base role, those of an earlier root. */
  async haveSigned(envelope: Envelope): Promise<boolean> {
    if (isSignedBy(envelope, this.#present.signers, this.#parent, this.allowance)) return true;
    if (this.#parent.includes('/')) return false;
    this.#former ??= this.#formerBaseKeys();
    return (await this.#former).some((signers) =>
      isSignedBy(envelope, signers, this.#parent, this.allowance),
    );
  }

  /** The keys of the role in earlier roots that the present root keys have signed. */
  async #formerBaseKeys(): Promise<readonly RoleKeySet[]> {
    const { root } = this.#present;
    const count = Math.max(0, Math.min(this.#maxRoots, root.version - 1));
    const names = Array.from({ length: count }, (_, index) => `${root.version - 1 - index}.root`);
    const files = await Promise.all(names.map((name) => fetch(this.#remote, name, sizeLimits.rootOfHistory)));
    return files.flatMap((bytes) => baseKeysOf(bytes, this.#parent, baseRole(root, 'root')));
  }
}

function baseKeysOf(
  bytes: Uint8Array | undefined,
  role: string,
  rootSigners: RoleKeySet,
): readonly RoleKeySet[] {
  if (bytes === undefined) return [];
  try {
    const envelope = parseEnvelope(bytes, sizeLimits.rootOfHistory);
    return isSignedBy(envelope, rootSigners, 'root') ? [baseRole(parseRoot(envelope).content, role)] : [];
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}

function signersIn(parent: Targets, role: string): RoleKeySet | undefined {
  const delegation = findDelegation(parent, role);
  return delegation && delegationSigners(parent, delegation);
}

async function fetch(
  remote: Pick<RemoteStore, 'get'>,
  resource: string,
  limit: number,
): Promise<Uint8Array | undefined> {
  try {
    return await remote.get(resource, limit);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
