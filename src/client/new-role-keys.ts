/** Where the new keys of a base role come from: made here, stored here, or held by the server. */

import { canonicalKeyId, certificateKey, type KeyAlgorithm } from '../crypto/key-object.ts';
import type { KeyId, PublicKey } from '../crypto/public-key.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { parseServerKey } from './initialize.ts';
import type { RepositoryPorts } from './repository-ports.ts';

/** What a rotation asks for. */
export interface Rotation {
  readonly role: string;
  /** The server shall make and hold the new key. */
  readonly serverManaged: boolean;
  /** Canonical IDs of stored keys to use; a new key is made when the list is empty. */
  readonly newKeyIds: readonly KeyId[];
  /** How many older roots' keys shall sign a new root too; -1 for all. */
  readonly legacyVersions: number;
}

export interface NewRoleKeys {
  /** As they will stand in the root. */
  readonly keys: readonly PublicKey[];
  /** Canonical ID of the private key that was made just now. */
  readonly made: KeyId | undefined;
}

/**
 * The public keys that the role shall have.
 *
 * @param leftOver canonical ID of a key made for an earlier rotation that did not come about
 * @throws NotaryError KEY_NOT_FOUND, PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED, FILE_UNWRITABLE; for the
 * server's keys INVALID_KEY_TYPE and the server's codes
 */
export async function newRoleKeys(
  ports: RepositoryPorts,
  { role, serverManaged, newKeyIds }: Rotation,
  leftOver: KeyId | undefined,
): Promise<NewRoleKeys> {
  if (serverManaged) return { keys: [await serverKey(ports, role)], made: undefined };
  const stored = newKeyIds.length > 0 ? newKeyIds : await stillStored(ports, leftOver);
  if (stored.length > 0) {
    const found = await Promise.all(
      stored.map(async (id) => (await ports.cryptoService.find(id)).key.publicKey),
    );
    return { keys: await asRoleKeys(ports, role, found), made: undefined };
  }
  const key = await worded('unable to generate key', () =>
    ports.cryptoService.create(role, role === 'root' ? '' : ports.gun),
  );
  return { keys: await asRoleKeys(ports, role, [key]), made: canonicalKeyId(key) };
}

async function stillStored(
  { cryptoService }: Pick<RepositoryPorts, 'cryptoService'>,
  id: KeyId | undefined,
): Promise<readonly KeyId[]> {
  return id !== undefined && (await cryptoService.info(id)) !== undefined ? [id] : [];
}

async function serverKey({ remote }: RepositoryPorts, role: string): Promise<PublicKey> {
  const managed = role === 'snapshot' ? 'snapshot' : 'timestamp';
  return worded('unable to rotate remote key', async () => parseServerKey(await remote.rotateKey(managed)));
}

async function worded<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    const { code, message, details, hint } = error;
    throw new NotaryError(code, `${what}: ${message}`, {
      details,
      cause: error,
      ...(hint !== undefined && { hint }),
    });
  }
}

/** Root keys stand in metadata as certificates. */
async function asRoleKeys(
  { gun, cryptoService, clock, random }: RepositoryPorts,
  role: string,
  keys: readonly PublicKey[],
): Promise<readonly PublicKey[]> {
  if (role !== 'root') return keys;
  const { createRootCertificate } = await import('../crypto/create-certificate.ts');
  return Promise.all(
    keys.map(async (key) => {
      const { key: privateKey } = await cryptoService.find(canonicalKeyId(key));
      return certificateKey(
        key.keyType as KeyAlgorithm,
        createRootCertificate(privateKey, gun, clock.now(), random),
      );
    }),
  );
}
