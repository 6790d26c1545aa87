/** Makes, stores and uses the keys that a server signs timestamps and snapshots with. */

import { asCanonicalKeyId, type CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { ed25519FromSeed, generateEcdsaKey, sign } from '../../crypto/keys/private-key.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { utf8 } from '../../encoding/bytes.ts';
import { goJson } from '../../encoding/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { NotaryError } from '../../errors.ts';
import { baseRole, type Root } from '../../metadata/root.ts';
import { buildEnvelope, type Envelope, type Signature, signedMessage } from '../../metadata/signed.ts';
import type { RoleKeySet } from '../../tuf/verify-signatures.ts';
import type { NotaryServer } from '../server.ts';
import type { ServerStore } from './store.ts';

/** Makes a key and keeps it. */
export async function createKey({ store, random, keyAlgorithm }: NotaryServer): Promise<PublicKey> {
  const key = keyAlgorithm === 'ecdsa' ? generateEcdsaKey() : ed25519FromSeed(random(32));
  await store.addKey(key);
  return key.publicKey;
}

/** The first key of a role that the server holds, or a new one. */
export async function findOrCreateKey(
  server: NotaryServer,
  root: Root | undefined,
  role: 'timestamp' | 'snapshot',
): Promise<PublicKey> {
  if (root !== undefined) {
    for (const id of baseRole(root, role).keys.keys()) {
      const held = await server.store.key(asCanonicalKeyId(id));
      if (held !== undefined) return held.publicKey;
    }
  }
  return createKey(server);
}

/** A public key as the key endpoints print it: unlike in metadata, `public` comes first. */
export function keyJson(key: PublicKey): Uint8Array {
  const value = new Map<string, JsonValue>([
    ['public', key.value],
    ['private', null],
  ]);
  return utf8(
    goJson(
      new Map<string, JsonValue>([
        ['keytype', key.keyType],
        ['keyval', value],
      ]),
    ),
  );
}

/**
 * Signs with every key of the role that the server holds.
 *
 * @throws NotaryError INSUFFICIENT_SIGNATURES when they are fewer than the threshold
 */
export async function signWithServerKeys(
  store: ServerStore,
  signed: JsonObject,
  { keys, threshold }: RoleKeySet,
): Promise<Envelope> {
  const message = signedMessage(signed);
  const signatures: Signature[] = [];
  const missing: CanonicalKeyId[] = [];
  for (const [id, key] of keys) {
    const canonicalId = canonicalKeyId(key);
    const held = await store.key(canonicalId);
    if (held === undefined) missing.push(canonicalId);
    else signatures.push({ keyId: id, ...sign(held, message) });
  }
  if (signatures.length < threshold) {
    throw new NotaryError(
      'INSUFFICIENT_SIGNATURES',
      `not enough signing keys: found ${signatures.length} of ${threshold} needed keys`,
      { details: { missing } },
    );
  }
  return buildEnvelope(signed, signatures);
}
