/**
 * Makes the rows of an expiry report: when the metadata of every role expires, and the certificates in root and
 * delegations.
 */

import type { CanonicalKeyId, ListedKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { certificateEnd } from '../../crypto/keys/verification-key.ts';
import { compareUtf8 } from '../../encoding/bytes.ts';
import { formatInstant, parseInstant } from '../../encoding/rfc3339.ts';
import { isNotaryError } from '../../errors.ts';
import { baseRole } from '../../metadata/root.ts';
import type { DelegationRole, Targets } from '../../metadata/targets.ts';
import { compareRoles } from '../../review/compare.ts';
import { rootCertificates } from '../../trust-pinning/root-certificates.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import { snapshotHolder } from '../../tuf/snapshot-holder.ts';
import type { RoleKeySet } from '../../tuf/verify-signatures.ts';
import { canonicalIdOr, canonicalIds } from '../../tuf/verify-signatures.ts';
import type { Updated } from '../update/update.ts';

/** How near its end something is. */
export type ExpiryStatus = 'ok' | 'warning' | 'critical' | 'expired';

/** Something that ends. */
export interface ExpiryRow {
  readonly what: 'metadata' | 'certificate';
  readonly role: string;
  /** The key of a certificate. */
  readonly keyId?: CanonicalKeyId;
  /** The ID under which the role lists the certificate, where it is another one. */
  readonly tufKeyId?: ListedKeyId;
  /** RFC 3339. */
  readonly expires: string;
  /** At the time that is looked at; below zero for what has ended. */
  readonly secondsLeft: number;
  readonly status: ExpiryStatus;
  /** The server signs it again whenever it is asked for it. */
  readonly heldByServer: boolean;
  /**
   * The server signs it again, if it has the key: which is not known here. Where it has not, and the owner does not
   * renew it, no reader gets anything any more.
   */
  readonly mayBeServers: boolean;
  /** The keys of which a holder can renew it. */
  readonly holders: readonly CanonicalKeyId[];
  /** A private key that can renew it is on this machine. */
  readonly here: boolean;
}

export interface ExpiryQuestion {
  readonly gun: string;
  /** The time that is looked at. */
  readonly at: Date;
  /** The time that it is now: what the server signs itself counts as signed anew after that. */
  readonly now: Date;
  /** Milliseconds: less than that is left. */
  readonly warn: number;
  readonly critical: number;
  /** Canonical IDs of the private keys on this machine. */
  readonly keysHere: ReadonlySet<string>;
}

/**
 * Base roles first, then delegations by name; of each role its metadata, then its certificates.
 *
 * @param targets the files of `targets` and of delegations that the server serves
 */
export function expiryRows(
  loaded: Updated,
  targets: Updated['targets'],
  question: ExpiryQuestion,
): readonly ExpiryRow[] {
  const rows = [
    ...metadataRows(loaded, targets, question),
    ...rootCertificateRows(loaded, question),
    ...delegationCertificateRows(targets, question),
  ];
  return rows.sort(compareRows);
}

/** Of a role its metadata first. */
function compareRows(one: ExpiryRow, other: ExpiryRow): number {
  const place = ({ what, keyId }: ExpiryRow): string => (what === 'metadata' ? '' : String(keyId));
  return compareRoles(one.role, other.role) || compareUtf8(place(one), place(other));
}

function metadataRows(
  loaded: Updated,
  targets: Updated['targets'],
  question: ExpiryQuestion,
): readonly ExpiryRow[] {
  const { root, snapshot, timestamp, unusable } = loaded;
  const holder = snapshotHolder(root.content);
  const files = new Map<string, string>([['root', root.content.expires]]);
  for (const [role, { content }] of targets) files.set(role, content.expires);
  for (const [role, { content }] of unusable) files.set(role, content.expires);
  if (snapshot !== undefined) files.set('snapshot', snapshot.content.expires);
  if (timestamp !== undefined) files.set('timestamp', timestamp.content.expires);
  return [...files].flatMap(([role, expires]) => {
    const signers = signersOrNone(loaded, role);
    const holders = signers === undefined ? [] : canonicalIds(signers.keys);
    const here = holders.some((id) => question.keysHere.has(id));
    const isElsewhere = role === 'snapshot' && !here && timestamp !== undefined;
    const heldByServer = role === 'timestamp' || (isElsewhere && holder === 'server');
    const mayBeServers = isElsewhere && holder === 'unknown';
    const end = parseInstant(expires);
    return [
      {
        ...{ what: 'metadata' as const, role, expires, holders, here, heldByServer, mayBeServers },
        ...standing(end, question, { heldByServer, mayBeServers }),
      },
    ];
  });
}

function standing(
  end: number,
  { at, now, warn, critical }: ExpiryQuestion,
  { heldByServer, mayBeServers }: Pick<ExpiryRow, 'heldByServer' | 'mayBeServers'>,
): Pick<ExpiryRow, 'secondsLeft' | 'status'> {
  const left = end - at.getTime();
  const secondsLeft = Math.floor(left / 1000);
  // Near its end is where such a file usually is; it ended only if the server gives one that has expired.
  if (heldByServer) return { secondsLeft, status: end < now.getTime() ? 'expired' : 'ok' };
  if (mayBeServers && end >= now.getTime()) return { secondsLeft, status: left < warn ? 'warning' : 'ok' };
  if (left < 0) return { secondsLeft, status: 'expired' };
  if (left < critical) return { secondsLeft, status: 'critical' };
  return { secondsLeft, status: left < warn ? 'warning' : 'ok' };
}

function signersOrNone(loaded: Updated, role: string): RoleKeySet | undefined {
  try {
    return loaded.signers(role);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/** A bundle ends with the first of its certificates: readers leave out what has expired, and then its ID is another. */
function rootCertificateRows({ root }: Updated, question: ExpiryQuestion): readonly ExpiryRow[] {
  const certificates = rootCertificates(root.content, question.gun, question.now, { expiry: false });
  const holders = canonicalIds(baseRole(root.content, 'root').keys);
  const here = holders.some((id) => question.keysHere.has(id));
  return [...certificates].map(([id, { key, leaf, intermediates }]) => {
    const end = intermediates.reduce((first, { notAfter }) => Math.min(first, notAfter), leaf.notAfter);
    return certificateRow('root', { id, key, end, holders, here }, question);
  });
}

function delegationCertificateRows(
  targets: Updated['targets'],
  question: ExpiryQuestion,
): readonly ExpiryRow[] {
  const rows: ExpiryRow[] = [];
  for (const { content } of targets.values()) {
    for (const entry of content.delegations.roles) {
      for (const row of certificatesOfRole(entry, content, question)) rows.push(row);
    }
  }
  return rows;
}

function certificatesOfRole(
  entry: DelegationRole,
  parent: Targets,
  question: ExpiryQuestion,
): readonly ExpiryRow[] {
  return [...delegationSigners(parent, entry).keys].flatMap(([id, key]) => {
    const end = certificateEnd(key);
    if (end === undefined) return [];
    const holders = [canonicalIdOr(id, key)];
    const here = holders.some((one) => question.keysHere.has(one));
    return [certificateRow(entry.name, { id, key, end, holders, here }, question)];
  });
}

interface ListedCertificate extends Pick<ExpiryRow, 'holders' | 'here'> {
  readonly id: ListedKeyId;
  readonly key: PublicKey;
  readonly end: number;
}

const renewedByHolders = { heldByServer: false, mayBeServers: false };

function certificateRow(
  role: string,
  { id, key, end, holders, here }: ListedCertificate,
  question: ExpiryQuestion,
): ExpiryRow {
  const keyId = canonicalIdOr(id, key);
  return {
    ...{ what: 'certificate', role, keyId, holders, here, ...renewedByHolders },
    ...(String(id) !== String(keyId) && { tufKeyId: id }),
    expires: formatInstant(new Date(end)),
    ...standing(end, question, renewedByHolders),
  };
}
