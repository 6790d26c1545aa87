/** Reads and writes key files: one PEM block, whose headers say which role and GUN the key is for. */

import { isPrivateKeyType } from '../crypto/key-files/pem-types.ts';
import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import type { PrivateKey } from '../crypto/keys/private-key.ts';
import { encodePem, type PemBlock, parsePem } from '../encoding/pem.ts';
import { NotaryError } from '../errors.ts';

/** What is known of a key without opening it. */
export interface KeyInfo {
  /** Canonical key ID: the file's name. */
  readonly keyId: CanonicalKeyId;
  /** As the file says; empty when it says nothing. Roles of delegation keys can be any word. */
  readonly role: string;
  /** Empty for keys that belong to no collection: root keys and delegation keys. */
  readonly gun: string;
}

/** True for the roles whose keys belong to one GUN each. */
export function hasGun(role: string): boolean {
  return role === 'targets' || role === 'snapshot' || role === 'timestamp';
}

/**
 * The block of a key file: its first, as in Notary 0.7.0.
 *
 * @throws NotaryError INVALID_KEY when there is none or it holds no private key
 */
export function keyBlock(pem: Uint8Array): PemBlock {
  const block = parsePem(pem)[0];
  if (block === undefined) throw new NotaryError('INVALID_KEY', 'PEM block is empty');
  if (!isPrivateKeyType(block.type)) throw new NotaryError('INVALID_KEY', 'unknown key format');
  return block;
}

/** Role and GUN by the headers of a key file's block. */
export function keyInfoOf(keyId: CanonicalKeyId, block: PemBlock): KeyInfo {
  return { keyId, role: block.headers.get('role') ?? '', gun: block.headers.get('gun') ?? '' };
}

/** The headers of a new key file. Only targets, snapshot and timestamp keys name a GUN. */
export function keyHeaders(role: string, gun: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  if (role !== '') headers.set('role', role);
  if (gun !== '' && hasGun(role)) headers.set('gun', gun);
  return headers;
}

/**
 * The bytes of a key file: PKCS#8, encrypted unless the passphrase is empty.
 *
 * @throws NotaryError MALFORMED_PEM for a role or GUN with a line break
 */
export async function encodeKeyFile(
  key: PrivateKey,
  role: string,
  gun: string,
  passphrase: string,
): Promise<Uint8Array> {
  const { writePrivateKey } = await import('../crypto/key-files/read-private-key.ts');
  return encodePem(await writePrivateKey(key, passphrase, keyHeaders(role, gun)));
}
