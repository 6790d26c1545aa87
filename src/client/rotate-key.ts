/** New keys for a base role, published at once and apart from staged changes (Notary 0.7.0). */

import { canonicalKeyId, certificateKey, type KeyAlgorithm } from '../crypto/key-object.ts';
import type { KeyId, PublicKey } from '../crypto/public-key.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { isBaseRole } from '../metadata/role-name.ts';
import { replaceBaseKeys } from '../tuf/base-keys.ts';
import { parseServerKey } from './initialize.ts';
import { legacyRootKeys } from './legacy-roots.ts';
import { publishChanges } from './publish.ts';
import type { RepositoryPorts } from './repository-ports.ts';

export interface Rotation {
  readonly role: string;
  /** The server shall make and hold the new key. */
  readonly serverManaged: boolean;
  /** Canonical IDs of stored keys to use; a new key is made when the list is empty. */
  readonly newKeyIds: readonly KeyId[];
  /** How many older roots' keys shall sign a new root too; -1 for all. */
  readonly legacyVersions: number;
}

/**
 * Which side may hold which key.
 *
 * @throws NotaryError INVALID_LOCAL_ROLE, INVALID_REMOTE_ROLE, INVALID_ROLE
 */
export function checkRotation(role: string, serverManaged: boolean): void {
  if (!isBaseRole(role)) {
    throw new NotaryError('INVALID_ROLE', `notary does not currently permit rotating the ${role} key`, {
      details: { role },
      hint: 'Keys of delegations are changed with "delegation add" and "delegation remove".',
    });
  }
  if (serverManaged && (role === 'targets' || role === 'root')) {
    throw new NotaryError(
      'INVALID_REMOTE_ROLE',
      `notary does not permit the server managing the ${role} key`,
      {
        details: { role },
      },
    );
  }
  if (!serverManaged && role === 'timestamp') {
    throw new NotaryError(
      'INVALID_LOCAL_ROLE',
      'notary does not permit the client managing the timestamp key',
      {
        details: { role },
        hint: 'Rotate it with -r.',
      },
    );
  }
}

/**
 * Rotates. The private key of a replaced targets or snapshot key is deleted only after the server has
 * been seen to serve the new root; when the rotation fails before anything was sent, the key that was
 * made for it is removed again, and when it fails later both keys stay.
 *
 * @throws NotaryError the codes of `checkRotation` and `publish`
 */
export async function rotateKey(ports: RepositoryPorts, rotation: Rotation): Promise<void> {
  const { role, serverManaged, legacyVersions } = rotation;
  checkRotation(role, serverManaged);
  const { keys, made } = await newKeys(ports, rotation);
  const progress = { sent: false };
  let replaced: readonly PublicKey[] = [];
  try {
    await publishChanges(ports, {
      changes: [],
      edit: (repo) => {
        replaced = replaceBaseKeys(repo, role, keys);
      },
      legacyRootKeys: (root) => legacyRootKeys(ports, root, legacyVersions),
      onUpload: () => {
        progress.sent = true;
      },
    });
  } catch (error) {
    if (!progress.sent && made !== undefined) await ports.cryptoService.remove(made);
    throw error;
  }
  if (role !== 'targets' && role !== 'snapshot') return;
  const kept = new Set(keys.map(canonicalKeyId));
  for (const key of replaced) {
    const id = canonicalKeyId(key);
    if (!kept.has(id)) await ports.cryptoService.remove(id);
  }
}

/** The public keys that the role shall have, and the ID of the private key that was made for it here. */
async function newKeys(
  ports: RepositoryPorts,
  { role, serverManaged, newKeyIds }: Rotation,
): Promise<{ keys: readonly PublicKey[]; made: KeyId | undefined }> {
  if (serverManaged) return { keys: [await serverKey(ports, role)], made: undefined };
  if (newKeyIds.length > 0) {
    const found = await Promise.all(
      newKeyIds.map(async (id) => (await ports.cryptoService.find(id)).key.publicKey),
    );
    return { keys: await asRoleKeys(ports, role, found), made: undefined };
  }
  const key = await worded('unable to generate key', () =>
    ports.cryptoService.create(role, role === 'root' ? '' : ports.gun),
  );
  return { keys: await asRoleKeys(ports, role, [key]), made: canonicalKeyId(key) };
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
