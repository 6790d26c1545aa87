/**
 * Refuses rollbacks: compares a new file with what this machine has seen of the repository, so that the server
 * cannot go back to an older version or give one version two contents. Stricter than Notary 0.7.0 where the version
 * is the same.
 */

import { equalBytes } from '../../encoding/bytes.ts';
import type { JsonObject } from '../../encoding/json-value.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { hasExpired } from '../../metadata/expiry.ts';
import {
  type Common,
  metadataType,
  parseCommon,
  parseEnvelope,
  type Signed,
  signedMessage,
} from '../../metadata/signed.ts';
import { parseTimestamp } from '../../metadata/snapshot.ts';
import type { MetadataStore } from '../../ports/trust-dir.ts';
import { matches } from '../../tuf/checksums.ts';
import { type RoleKeySet, verifySignatures } from '../../tuf/verify-signatures.ts';

/** A file that was verified before and still is by the role's present keys. */
export interface TrustedFile {
  readonly role: string;
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly signed: JsonObject;
  /** Its time has passed: it still sets the least version, and may be replaced. */
  readonly expired: boolean;
}

/** What is known of the content of such a file. */
type TrustedState = Omit<TrustedFile, 'bytes'>;

interface TrustCheck {
  /** Not `root`, whose versions are a chain. */
  readonly role: string;
  /** The present keys of the role. */
  readonly signers: RoleKeySet;
  readonly now: Date;
  /** The new file; when it is the cached one, nothing has to be compared. */
  readonly received?: Uint8Array;
}

/**
 * The cached copy of a role, if the role's present keys vouch for it. When the keys have been rotated the old copy
 * counts no more, which is how a repository recovers after a thief of the keys has used up the version numbers (TUF
 * 5.3.11).
 */
export function lastTrusted(cached: Uint8Array | undefined, question: TrustCheck): TrustedFile | undefined {
  const { role, signers, now, received } = question;
  if (cached === undefined || (received !== undefined && equalBytes(cached, received))) return undefined;
  try {
    const envelope = parseEnvelope(cached);
    verifySignatures(envelope, signers, role);
    const { version, expires } = parseCommon(envelope.signed, role, metadataType(role));
    const expired = hasExpired(expires, now);
    return { role, version, bytes: cached, signed: envelope.signed, expired };
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/** True when the new file has other content under the version of one that was seen and is still good. */
export function hasDifferentContent(
  seen: TrustedState,
  next: Pick<TrustedState, 'version' | 'signed'> | undefined,
): boolean {
  if (seen.expired || seen.version !== next?.version) return false;
  return !saysTheSame(seen, next);
}

/** True when two files have the same signed content, its version included, whatever bytes and signatures they have. */
export function saysTheSame(one: Pick<TrustedState, 'signed'>, other: Pick<TrustedState, 'signed'>): boolean {
  return equalBytes(signedMessage(one.signed), signedMessage(other.signed));
}

/**
 * A version has one content as long as it is good; its signatures and its white space may differ. Call it
 * once the new file has been verified.
 *
 * @param seen undefined when the new file is the very one that was seen
 * @throws NotaryError LOW_VERSION
 */
export function checkNotReplaced(
  { envelope, content: { version } }: Signed<Common>,
  seen: TrustedState | undefined,
): void {
  if (seen === undefined || !hasDifferentContent(seen, { version, signed: envelope.signed })) return;
  throw new NotaryError(
    'LOW_VERSION',
    `version ${version} of ${seen.role} has been seen with other content`,
    {
      details: { role: seen.role, version, expected: version + 1 },
      hint: `Two files of ${seen.role} were signed under one version; the server may be showing different collections to different people.`,
    },
  );
}

/**
 * True when the timestamp has been of use: the cached snapshot is the one that it names. One that was followed by
 * no snapshot must not block another.
 *
 * @param timestamp a cached file whose signatures have been verified
 */
export async function snapshotWasSeen(timestamp: Uint8Array, cache: MetadataStore): Promise<boolean> {
  const snapshot = await cache.get('snapshot');
  try {
    const meta = parseTimestamp(parseEnvelope(timestamp)).content.meta.get('snapshot');
    return meta !== undefined && snapshot !== undefined && matches(snapshot, meta);
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}
