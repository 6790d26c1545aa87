/**
 * Chooses the base of a role: the content on which a delegation that readers do not trust at present is signed
 * again.
 *
 * "Cannot be verified" is not "does not exist": a draft starts empty only for a role that is made in this very
 * publish or that never had a file. Notary 0.7.0 starts every such draft empty, so that what the role had signed is
 * lost as soon as a holder of a listed key adds a target.
 */

import type { Change } from '../../changelist/change.ts';
import { isNotaryError, type NotaryError } from '../../errors.ts';
import { hasExpired } from '../../metadata/expiry.ts';
import { parentRole } from '../../metadata/role-name.ts';
import { baseRole } from '../../metadata/root.ts';
import { hasSameContent, parseEnvelope, type Signed } from '../../metadata/signed.ts';
import { findDelegation, parseTargets, type Targets } from '../../metadata/targets.ts';
import type { MetadataStore } from '../../ports/trust-dir.ts';
import { checkHashes } from '../../tuf/checksums.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { isSignedBy, type RoleKeySet, verifySignatures } from '../../tuf/verify-signatures.ts';
import { fetchFile } from '../fetch/fetch-metadata.ts';
import { BoundedHistory } from '../history/history-limit.ts';
import { formerSigners } from '../history/role-history.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { unreadableRole } from '../update/unreadable-delegations.ts';
import { needsWitness, neverSigned, withdrawn } from './role-base-errors.ts';
import { type Touched, touchedRoles } from './touched-roles.ts';

export type BasePorts = Pick<RepositoryPorts, 'gun' | 'cache' | 'remote' | 'clock' | 'log' | 'caution'>;

export interface Bases {
  /** By role: the content to edit, for delegations that `loaded.targets` does not hold. */
  readonly bases: ReadonlyMap<string, Signed<Targets>>;
  /** By role: why its content may not be signed again (ROLE_NEEDS_WITNESS, ROLE_UNVERIFIED, ROLE_WITHDRAWN). */
  readonly unresolved: ReadonlyMap<string, NotaryError>;
  /** By role: the highest version that was validly signed, for roles whose draft starts empty. */
  readonly floors: ReadonlyMap<string, number>;
}

/**
 * The bases of the delegations that the changes touch, and of their ancestors.
 *
 * - A file that is signed by keys that are still listed, and has only expired: the file itself.
 * - A file whose signers have been taken away: the file itself, if a witness of the role is staged in the same
 *   publish, in whatever order.
 * - A file that was never validly signed: the last verified copy in the cache.
 *
 * @throws NotaryError ROLE_HIDDEN when strict, and what fetching a file may throw
 */
export async function loadBases(
  ports: BasePorts,
  loaded: LoadedRepo,
  changes: readonly Change[],
): Promise<Bases> {
  const search = new BaseSearch(ports, loaded);
  for (const touched of touchedRoles(changes)) await search.visit(touched);
  return search;
}

class BaseSearch implements Bases {
  readonly bases = new Map<string, Signed<Targets>>();
  readonly floors = new Map<string, number>();
  readonly unresolved = new Map<string, NotaryError>();
  readonly #ports: BasePorts;
  readonly #loaded: LoadedRepo;
  readonly #history: BoundedHistory;

  constructor(ports: BasePorts, loaded: LoadedRepo) {
    this.#ports = ports;
    this.#history = new BoundedHistory(ports.remote);
    this.#loaded = loaded;
  }

  /** Ancestors have been visited before. */
  async visit(touched: Touched): Promise<void> {
    const { role } = touched;
    if (role === 'targets') return;
    const failure = this.#loaded.unreadable?.get(role);
    if (failure !== undefined) {
      if (!touched.removed) this.unresolved.set(role, unreadableRole(this.#ports.gun, role, failure));
      return;
    }
    const current = this.#loaded.targets.get(role);
    // A role for which a copy stands in is among the unusable ones, too.
    if (current !== undefined && !this.#loaded.unusable.has(role)) {
      this.floors.set(role, current.content.version);
      return;
    }
    const signers = this.#signers(role);
    // A role that its parent does not list is unknown, or is made in this publish.
    if (signers === undefined) return;
    const served = this.#loaded.unusable.get(role) ?? (await this.#fetch(role));
    const cached = await readStored(this.#ports.cache, role);
    if (cached !== undefined) this.floors.set(role, cached.content.version);
    if (touched.removed) return;
    const base = await this.#choose(touched, { signers, served, cached });
    if (isNotaryError(base)) this.unresolved.set(role, base);
    else if (base !== undefined) this.bases.set(role, base);
  }

  async #choose(
    touched: Touched,
    { signers, served, cached }: Candidates,
  ): Promise<Signed<Targets> | NotaryError | undefined> {
    const { role } = touched;
    const { gun } = this.#ports;
    if (served === undefined) {
      if (cached === undefined || touched.witnessed) return cached;
      return withdrawn(gun, role, cached);
    }
    const own = cached !== undefined && isSignedBy(cached.envelope, signers, role) ? cached : undefined;
    if (own !== undefined && isBehind(served, own)) return this.#instead(role, served, own);
    if (countsForThreshold(served, signers, role)) {
      if (touched.direct) this.#sayRenewed(role, served);
      return served;
    }
    if (touched.accepts(served.envelope.bytes)) return served;
    // The update has found that no key has ever signed the served file.
    if (own !== undefined && this.#loaded.targets.has(role)) return own;
    const former = await this.#formerLife(role, served, cached);
    if (former !== 'never') this.#raiseFloor(role, served);
    if (former === 'removed') return undefined;
    if (former === 'present') return touched.witnessed ? served : needsWitness(gun, role, served);
    if (own !== undefined) return this.#instead(role, served, own);
    if (cached === undefined) return neverSigned(gun, role, served);
    return touched.witnessed ? cached : needsWitness(gun, role, cached);
  }

  #instead(role: string, served: Signed<Targets>, own: Signed<Targets>): Signed<Targets> {
    if (!this.#loaded.targets.has(role)) this.#sayHidden(role, served, own);
    return own;
  }

  /** Whether the served file was validly signed by keys that have been taken away since. */
  async #formerLife(
    role: string,
    served: Signed<Targets>,
    cached: Signed<Targets> | undefined,
  ): Promise<'present' | 'removed' | 'never'> {
    // Only verified files are cached.
    const isCached = cached !== undefined && hasSameContent(cached.envelope, served.envelope);
    const parent = parentRole(role);
    const content = this.#contentOf(parent);
    const signers = this.#signers(parent);
    if (content === undefined || signers === undefined) return isCached ? 'present' : 'never';
    const present = { root: this.#loaded.root.content, content, signers };
    const history = this.#history.of(this.#verifiedLength(parent));
    const former = await formerSigners(history, role, served.envelope, present);
    if (former === undefined) return isCached ? 'present' : 'never';
    return former.removedSince ? 'removed' : 'present';
  }

  #verifiedLength(role: string): number {
    return (this.#loaded.targets.get(role) ?? this.bases.get(role))?.envelope.bytes.length ?? 0;
  }

  #contentOf(role: string): Targets | undefined {
    return (this.#loaded.targets.get(role) ?? this.bases.get(role))?.content;
  }

  /** The keys that the published parent lists; undefined when it does not list the role. */
  #signers(role: string): RoleKeySet | undefined {
    if (role === 'targets') return baseRole(this.#loaded.root.content, 'targets');
    const parent = this.#contentOf(parentRole(role));
    const delegation = parent && findDelegation(parent, role);
    return parent && delegation && delegationSigners(parent, delegation);
  }

  /** The file that the snapshot names, for a role below one that readers do not trust. */
  async #fetch(role: string): Promise<Signed<Targets> | undefined> {
    const meta = this.#loaded.snapshot?.content.meta.get(role);
    if (meta === undefined) return undefined;
    const { bytes } = await fetchFile(this.#ports, role, meta);
    checkHashes(bytes, meta, role);
    return parseTargets(parseEnvelope(bytes), role);
  }

  #raiseFloor(role: string, { content: { version } }: Signed<Targets>): void {
    this.floors.set(role, Math.max(version, this.floors.get(role) ?? 0));
  }

  #sayRenewed(role: string, { content: { expires, targets } }: Signed<Targets>): void {
    const { clock, log } = this.#ports;
    const expired = hasExpired(expires, clock.now());
    log.warn(
      `${role} ${expired ? `expired at ${expires}` : 'is not trusted as it is'}; this publish signs it again with all of its ${targets.size} targets`,
      'ROLE_RENEWED',
    );
  }

  #sayHidden(role: string, served: Signed<Targets>, cached: Signed<Targets>): void {
    const unsigned = `version ${served.content.version} of ${role} on the server was signed by no key that may sign it`;
    const verified = `version ${cached.content.version}, which has been verified,`;
    this.#ports.caution(
      'ROLE_HIDDEN',
      `${unsigned}; ${verified} is used instead`,
      { role, version: served.content.version, used: cached.content.version },
      `${unsigned}; ${verified} would be used instead, and nothing was sent`,
    );
  }
}

/** An older version than one that was verified, or another content of the same version. */
function isBehind(served: Signed<Targets>, own: Signed<Targets>): boolean {
  const { version } = served.content;
  if (version !== own.content.version) return version < own.content.version;
  return !hasSameContent(served.envelope, own.envelope);
}

/** A file in whose signatures a key ID is repeated is signed all the same; only readers refuse it. */
function countsForThreshold({ envelope }: Signed<Targets>, signers: RoleKeySet, role: string): boolean {
  try {
    verifySignatures(envelope, signers, role);
    return true;
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}

async function readStored(store: MetadataStore, role: string): Promise<Signed<Targets> | undefined> {
  try {
    const bytes = await store.get(role);
    return bytes && parseTargets(parseEnvelope(bytes), role);
  } catch (error) {
    // The update of the collection names a damaged copy.
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

interface Candidates {
  readonly signers: RoleKeySet;
  readonly served: Signed<Targets> | undefined;
  readonly cached: Signed<Targets> | undefined;
}
