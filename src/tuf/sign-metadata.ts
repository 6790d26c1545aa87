/** Signing a role's content: the next version, a new expiry, signatures by every key at hand. */

import { type PrivateKey, sign } from '../crypto/private-key.ts';
import type { KeyId, PublicKey } from '../crypto/public-key.ts';
import { utf8 } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/canonical-json.ts';
import type { JsonObject } from '../encoding/json-value.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { buildEnvelope, type Envelope, type Signature } from '../metadata/signed.ts';
import { canonicalIds, canonicalOr, type Signers } from './verify-signatures.ts';

/** Where private keys are found; asking may ask a person for a passphrase. */
export interface SigningKeys {
  /**
   * @throws NotaryError KEY_NOT_FOUND, PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED
   */
  find(canonicalId: KeyId): Promise<{ readonly key: PrivateKey }>;
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
  groups: readonly Signers[],
  keys: SigningKeys,
): Promise<Envelope> {
  const canonical = canonicalJson(signed);
  const message = utf8(canonical);
  const signatures = new Map<KeyId, Signature>();
  for (const group of groups) {
    const missing = new Set<KeyId>();
    let found = 0;
    for (const [id, key] of group.keys) {
      const signature = signatures.get(id) ?? (await signWith(id, key, message, keys, group));
      if (signature === undefined) {
        missing.add(canonicalOr(id, key));
        continue;
      }
      signatures.set(id, signature);
      found++;
    }
    if (found < group.threshold) throw insufficient(group, found, [...missing].sort());
  }
  return buildEnvelope(signed, [...signatures.values()], canonical);
}

async function signWith(
  id: KeyId,
  key: PublicKey,
  message: Uint8Array,
  keys: SigningKeys,
  { threshold }: Signers,
): Promise<Signature | undefined> {
  try {
    const { key: privateKey } = await keys.find(canonicalOr(id, key));
    return { keyId: id, ...sign(privateKey, message) };
  } catch (error) {
    if (isNotaryError(error, ...(threshold === 0 ? passedOver : passedOver.slice(0, 1)))) return undefined;
    throw error;
  }
}

/** The wording of Notary 0.7.0. */
function insufficient({ threshold }: Signers, found: number, missing: readonly KeyId[]): NotaryError {
  const candidates = missing.length === 0 ? '' : ` (${missing.join(', ')})`;
  const message =
    found === 0
      ? `signing keys not available: need ${threshold} keys from ${missing.length} possible keys${candidates}`
      : `not enough signing keys: found ${found} of ${threshold} needed keys - ${missing.length} other possible keys${candidates}`;
  return new NotaryError('INSUFFICIENT_SIGNATURES', message, {
    details: { keys: missing, threshold, found },
    hint: 'Import the private key with "key import", or ask its holder to publish.',
  });
}

/**
 * Makes sure that a role can be signed here before anything is changed in its name. As Notary does,
 * the key is looked up under its listed ID first and then under its canonical one.
 *
 * @throws NotaryError NO_KEYS naming the canonical IDs
 */
export async function checkCanSign(role: string, signers: Signers, keys: SigningKeys): Promise<void> {
  if (await canSign(signers, keys)) return;
  const ids = canonicalIds(signers.keys);
  throw new NotaryError(
    'NO_KEYS',
    `could not find necessary signing keys, at least one of these keys must be available: ${ids.join(', ')}`,
    { details: { role, keys: ids }, hint: noKeysHint(role, ids.length) },
  );
}

/** True when one of the keys can be opened here. As Notary does, it is looked up under both of its IDs. */
export async function canSign(signers: Signers, keys: SigningKeys): Promise<boolean> {
  for (const [id, key] of signers.keys) {
    for (const candidate of [id, canonicalOr(id, key)]) {
      if (await opens(candidate, keys)) return true;
    }
  }
  return false;
}

function noKeysHint(role: string, keys: number): string {
  if (keys === 0) return `No key may sign ${role} any more; its owner can add one with "delegation add".`;
  return role === 'targets'
    ? 'This changes the top-level role targets. A holder of a delegation key stages with -r ROLE, for instance -r targets/releases.'
    : `None of the keys of ${role} can be used here; import one with "key import", or ask a holder to publish.`;
}

async function opens(id: KeyId, keys: SigningKeys): Promise<boolean> {
  try {
    await keys.find(id);
    return true;
  } catch (error) {
    if (isNotaryError(error, ...passedOver)) return false;
    throw error;
  }
}
