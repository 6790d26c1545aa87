/**
 * Verifies the earlier versions in an archive: each must be signed by the keys that the role had at one time, as the
 * verified roots and the verified earlier versions of its parent list them.
 */

import type { ArchivedFile, RepositoryRecord } from '../../archive/repository-record.ts';
import { isNotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { isTargetsRole } from '../../metadata/role-name.ts';
import { baseRole, type Root } from '../../metadata/root.ts';
import { type Envelope, parseEnvelope, type Signed } from '../../metadata/signed.ts';
import { parseSnapshot, parseTimestamp } from '../../metadata/snapshot.ts';
import { parseTargets, type Targets } from '../../metadata/targets.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';
import type { Finding } from '../../review/finding.ts';
import { sha256Hex } from '../../tuf/checksums.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import { VerificationAllowance } from '../../tuf/verification-allowance.ts';
import { isSignedBy, type RoleKeySet } from '../../tuf/verify-signatures.ts';
import type { Updated } from '../update/update.ts';

interface Verified {
  readonly loaded: Updated;
  /** The verified chain, the newest root last. */
  readonly roots: readonly Signed<Root>[];
}

/** Versions that are named in one finding. */
const maxShown = 5;

/**
 * Roles are looked at from the top down, and the versions of one from the newest on. Roots are those of the chain.
 *
 * @throws NotaryError FILE_UNREADABLE, ARCHIVE_INVALID
 */
export async function verifyVersions(
  remote: Pick<RemoteStore, 'get'>,
  { gun, files, history, absent }: Pick<RepositoryRecord, 'gun' | 'files' | 'history' | 'absent'>,
  { loaded, roots }: Verified,
): Promise<readonly Finding[]> {
  const earlier = files.filter(({ role, current }) => !current && role !== 'root');
  if (earlier.length === 0) return [];
  const held = new Set([...files.map(({ role, sha256 }) => `${role}.${sha256}`), ...absent]);
  const lacking = new Set<string>();
  const keySets = new KeySets();
  for (const role of ['targets', 'snapshot', 'timestamp'])
    for (const root of roots) keySets.add(role, baseRole(root.content, role));
  for (const file of loaded.targets.values()) keySets.addDelegations(file.content);
  const findings: Finding[] = [];
  for (const [role, versions] of byRole(earlier)) {
    const unverified: number[] = [];
    for (const file of versions) {
      const envelope = parseEnvelope(await remote.get(`${role}.${file.sha256}`, sizeLimits.file));
      if (!keySets.haveSigned(role, envelope)) unverified.push(file.version);
      else if (isTargetsRole(role)) readDelegations(envelope, role, keySets);
      else noteNamed(envelope, held, lacking);
    }
    if (unverified.length > 0) findings.push(unverifiedFinding(gun, role, unverified));
  }
  if (history && lacking.size > 0) findings.push(lackingFinding(gun, lacking));
  return findings;
}

function readDelegations(envelope: Envelope, role: string, keySets: KeySets): void {
  try {
    keySets.addDelegations(parseTargets(envelope, role).content);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
  }
}

/** What an earlier timestamp or snapshot names is in the archive, or was not served. */
function noteNamed(envelope: Envelope, held: ReadonlySet<string>, lacking: Set<string>): void {
  try {
    const isTimestamp = envelope.signed.get('_type') === 'Timestamp';
    const { meta } = (isTimestamp ? parseTimestamp : parseSnapshot)(envelope).content;
    for (const [role, file] of meta) {
      const resource = `${role}.${sha256Hex(file) ?? ''}`;
      if (!held.has(resource)) lacking.add(resource);
    }
  } catch (error) {
    if (!isNotaryError(error)) throw error;
  }
}

/** Parents come before the roles below them; of a role, the newest version first. */
function byRole(files: readonly ArchivedFile[]): ReadonlyMap<string, readonly ArchivedFile[]> {
  const depth = (role: string) => role.split('/').length;
  const sorted = [...files].sort(
    (one, other) =>
      depth(one.role) - depth(other.role) ||
      (one.role < other.role ? -1 : one.role > other.role ? 1 : other.version - one.version),
  );
  const found = new Map<string, ArchivedFile[]>();
  for (const file of sorted) found.set(file.role, [...(found.get(file.role) ?? []), file]);
  return found;
}

/** The keys that a role had at one time or another, each set once. */
class KeySets {
  readonly #sets = new Map<string, Map<string, RoleKeySet>>();

  add(role: string, signers: RoleKeySet): void {
    const name = JSON.stringify([signers.threshold, ...[...signers.keys.keys()].sort()]);
    const sets = this.#sets.get(role) ?? new Map<string, RoleKeySet>();
    this.#sets.set(role, sets.set(name, signers));
  }

  addDelegations(content: Targets): void {
    for (const entry of content.delegations.roles) this.add(entry.name, delegationSigners(content, entry));
  }

  /** What verifying may cost is limited for each file: an archive may well hold more files than one run reads. */
  haveSigned(role: string, envelope: Envelope): boolean {
    const allowance = new VerificationAllowance();
    const sets = [...(this.#sets.get(role)?.values() ?? [])];
    return sets.some((signers) => isSignedBy(envelope, signers, role, allowance));
  }
}

function lackingFinding(gun: string, lacking: ReadonlySet<string>): Finding {
  const shown = [...lacking].slice(0, maxShown).join(', ') + (lacking.size > maxShown ? ' …' : '');
  const message = `the archive lacks what earlier versions of ${gun} name, and does not say that the server lacked it: ${shown}`;
  return { code: 'ARCHIVE_INCOMPLETE', severity: 'warning', message };
}

function unverifiedFinding(gun: string, role: string, versions: readonly number[]): Finding {
  const shown = versions.slice(0, maxShown).join(', ') + (versions.length > maxShown ? ' …' : '');
  const message = `${versions.length === 1 ? 'version' : 'versions'} ${shown} of ${role} of ${gun} cannot be verified: no keys that the role is known to have had have signed ${versions.length === 1 ? 'it' : 'them'}`;
  return { code: 'VERSION_UNVERIFIED', severity: 'warning', role, message };
}
