/** Checks an upload: reads the very bytes to be sent back, and verifies them by a second implementation. */

import { keyId as idOf, type PublicKey } from '../crypto/keys/public-key.ts';
import { usableKey } from '../crypto/keys/verification-key.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { NotaryError } from '../errors.ts';
import { parseRoot, rootToJson } from '../metadata/root.ts';
import { buildEnvelope, type Envelope, parseEnvelope, signedMessage } from '../metadata/signed.ts';
import { parseSnapshot, snapshotToJson } from '../metadata/snapshot.ts';
import { parseTargets, targetsToJson } from '../metadata/targets.ts';
import type { RoleKeySet } from './verify-signatures.ts';

/** Verifies one signature; `crypto/signatures/verify-independently.ts` in earnest. */
export type Verifier = (
  key: PublicKey,
  method: string,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

/**
 * Refuses to send a file that Go would write differently (the server would answer 200 and the
 * collection could never be read again), or that holds a signature that does not verify.
 *
 * @param groups the keys whose signatures may stand under the file, one group per threshold to reach
 * @throws NotaryError SIGNATURE_SELF_CHECK
 */
export function checkUpload(
  role: string,
  bytes: Uint8Array,
  groups: readonly RoleKeySet[],
  verify: Verifier,
): void {
  const envelope = parseEnvelope(bytes);
  if (!formOfServer(role, envelope)) throw refusal(role, 'its bytes are not those that the server will hash');
  const message = signedMessage(envelope.signed);
  const good = new Set<string>();
  for (const { keyId, method, signature } of envelope.signatures) {
    const key = groups.map(({ keys }) => keys.get(keyId)).find((found) => found !== undefined);
    if (key === undefined) throw refusal(role, `key ${keyId} may not sign it`);
    if (idOf(key) !== keyId) throw refusal(role, `the ID of key ${keyId} is not that of its content`);
    if (!verify(key, method, message, signature))
      throw refusal(role, `the signature of key ${keyId} does not verify`);
    good.add(keyId);
  }
  for (const { keys, threshold } of groups) {
    const signers = [...keys].filter(([id]) => good.has(id)).map(([, key]) => usableKey(key).identity);
    if (new Set(signers).size < threshold) {
      throw refusal(role, 'it has fewer signatures than its threshold');
    }
  }
}

/**
 * True for a file whose bytes are those that Notary's server hashes when it signs the snapshot (Notary 0.7.0 hashes what it
 * would write itself).
 */
export function formOfServer(role: string, envelope: Envelope): boolean {
  return equalBytes(rewrite(role, envelope), envelope.bytes);
}

/** The file as it comes out of the typed model, where unknown members are dropped as the server drops them. */
function rewrite(role: string, envelope: Envelope): Uint8Array {
  const json =
    role === 'root'
      ? rootToJson(parseRoot(envelope).content)
      : role === 'snapshot'
        ? snapshotToJson(parseSnapshot(envelope).content)
        : targetsToJson(parseTargets(envelope, role).content);
  return buildEnvelope(json, envelope.signatures).bytes;
}

function refusal(role: string, reason: string): NotaryError {
  return new NotaryError('SIGNATURE_SELF_CHECK', `${role} was not uploaded: ${reason}`, {
    details: { role },
    hint: 'Nothing was sent and the staged changes are kept. This is a defect of tsnotary; please report it.',
  });
}
