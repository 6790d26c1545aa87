/** Signs a role's content: the next version, a new expiry, signatures by every key at hand. */

import { asCanonicalKeyId, type CanonicalKeyId, type ListedKeyId } from '../crypto/keys/key-id.ts';
import { type PrivateKey, sign } from '../crypto/keys/private-key.ts';
import { utf8 } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/canonical-json.ts';
import type { JsonObject } from '../encoding/json-value.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { buildEnvelope, type Envelope, type Signature } from '../metadata/signed.ts';
import { type HeldKey, hintsOf, isUnfit, isUnreadable, noKeyCanSign } from './missing-keys.ts';
import { canonicalIdOr, canonicalIds, type RoleKeySet } from './verify-signatures.ts';

/** Finds out whether private keys are here. */
export interface KeyFinder {
  /**
   * Looks for the key for signing a role. Metadata is written by many and may list any public key there is, so that
   * the ID alone must not choose.
   *
   * @throws NotaryError KEY_NOT_FOUND, with the detail `unfit` when the key is here and for something else, or
   * `unreadable` when its file cannot be used; PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED
   */
  find(canonicalId: CanonicalKeyId, role: string): Promise<unknown>;
  /** The repository whose files are signed; for messages. */
  readonly gun?: string;
  /** All keys that are here, whatever for; for messages. */
  readonly held?: () => Promise<readonly HeldKey[]>;
}

/** Where private keys are found; finding one may ask a person for a passphrase. */
export interface SigningKeys extends KeyFinder {
  find(canonicalId: CanonicalKeyId, role: string): Promise<{ readonly key: PrivateKey }>;
}

/** Reasons for which a key that does not have to sign is passed over. */
const passedOver = ['KEY_NOT_FOUND', 'PASSPHRASE_INVALID', 'ATTEMPTS_EXCEEDED', 'INVALID_KEY'] as const;

/**
 * Signs with every available key of each group; each group must reach its own threshold. A root after
 * a rotation has two groups: its own keys and those of the root before it. A group with threshold 0
 * signs with what can be had and never fails.
 *
 * @throws NotaryError INSUFFICIENT_SIGNATURES when keys are missing, PASSPHRASE_INVALID when one is
 * there and cannot be opened
 */
export async function signContent(
  signed: JsonObject,
  groups: readonly RoleKeySet[],
  keys: SigningKeys,
  role: string,
): Promise<Envelope> {
  const canonical = canonicalJson(signed);
  const message = utf8(canonical);
  const signatures = new Map<ListedKeyId, Signature>();
  for (const group of groups) {
    const missing = new Map<CanonicalKeyId, NotaryError>();
    // Readers count a key once, however many certificates it has.
    const found = new Set<CanonicalKeyId>();
    for (const [id, key] of group.keys) {
      const canonicalId = canonicalIdOr(id, key);
      const privateKey = signatures.has(id) ? undefined : await available(canonicalId, keys, role, group);
      if (privateKey instanceof NotaryError) {
        missing.set(canonicalId, privateKey);
        continue;
      }
      if (privateKey !== undefined) signatures.set(id, { keyId: id, ...sign(privateKey, message) });
      found.add(canonicalId);
    }
    if (found.size < group.threshold) throw insufficient(role, group, found.size, missing);
  }
  return buildEnvelope(signed, [...signatures.values()], canonical);
}

/** The private key, or why it cannot be had. */
async function available(
  canonicalId: CanonicalKeyId,
  keys: SigningKeys,
  role: string,
  { threshold }: RoleKeySet,
): Promise<PrivateKey | NotaryError> {
  try {
    return (await keys.find(canonicalId, role)).key;
  } catch (error) {
    if (isNotaryError(error, ...(threshold === 0 ? passedOver : passedOver.slice(0, 1)))) return error;
    throw error;
  }
}

/**
 * Finds out, without signing, why `signContent` would fail for a group of signers.
 *
 * @returns undefined when enough keys can be had
 */
export async function signingFailure(
  group: RoleKeySet,
  keys: KeyFinder,
  role: string,
): Promise<NotaryError | undefined> {
  const missing = new Map<CanonicalKeyId, NotaryError>();
  const found = new Set<CanonicalKeyId>();
  for (const [id, key] of group.keys) {
    const canonicalId = canonicalIdOr(id, key);
    const reason = await whyNotOpen(canonicalId, keys, role);
    if (reason === undefined) found.add(canonicalId);
    else if (!isNotaryError(reason, 'KEY_NOT_FOUND')) return reason;
    else missing.set(canonicalId, reason);
  }
  return found.size < group.threshold ? insufficient(role, group, found.size, missing) : undefined;
}

/** The wording of Notary 0.7.0. */
function insufficient(
  role: string,
  { threshold }: RoleKeySet,
  found: number,
  reasons: ReadonlyMap<CanonicalKeyId, NotaryError>,
): NotaryError {
  const missing = [...reasons.keys()].sort();
  const candidates = missing.length === 0 ? '' : ` (${missing.join(', ')})`;
  const message =
    found === 0
      ? `signing keys not available: need ${threshold} keys from ${missing.length} possible keys${candidates}`
      : `not enough signing keys: found ${found} of ${threshold} needed keys - ${missing.length} other possible keys${candidates}`;
  const unfit = [...reasons.values()].filter(isUnfit).length;
  const unreadable = [...reasons.values()].filter(isUnreadable).length;
  return new NotaryError('INSUFFICIENT_SIGNATURES', message, {
    details: {
      ...{ role, keys: missing, threshold, found },
      ...(unfit > 0 && { unfit }),
      ...(unreadable > 0 && { unreadable }),
    },
    hint:
      hintsOf(reasons.values()) ??
      `No key of ${role} is here: import the private key with "key import", or ask its holder to publish.`,
  });
}

/**
 * Makes sure that a role can be signed here before anything is changed in its name. As Notary does,
 * the key is looked up under its listed ID first and then under its canonical one.
 *
 * @throws NotaryError the codes of `noKeyCanSign`, with the canonical IDs
 */
export async function checkCanSign(role: string, signers: RoleKeySet, keys: KeyFinder): Promise<void> {
  const reasons = await whyNotSign(role, signers, keys);
  if (reasons === undefined) return;
  throw await noKeyCanSign(role, canonicalIds(signers.keys), reasons, keys);
}

/** True when one of the role's keys can be used here, as checkCanSign finds out. */
export async function canSign(role: string, signers: RoleKeySet, keys: KeyFinder): Promise<boolean> {
  return (await whyNotSign(role, signers, keys)) === undefined;
}

/** Why none of the keys can be used; undefined when one can. */
async function whyNotSign(
  role: string,
  signers: RoleKeySet,
  keys: KeyFinder,
): Promise<readonly NotaryError[] | undefined> {
  const reasons: NotaryError[] = [];
  for (const [id, key] of signers.keys) {
    for (const candidate of [asCanonicalKeyId(id), canonicalIdOr(id, key)]) {
      const reason = await whyNotOpen(candidate, keys, role);
      if (reason === undefined) return undefined;
      reasons.push(reason);
    }
  }
  return reasons;
}

async function whyNotOpen(
  id: CanonicalKeyId,
  keys: KeyFinder,
  role: string,
): Promise<NotaryError | undefined> {
  try {
    await keys.find(id, role);
    return undefined;
  } catch (error) {
    if (isNotaryError(error, ...passedOver)) return error;
    throw error;
  }
}
