/** Provides the new keys of a base role: generated here, stored here, or held by the server. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { PrivateKey } from '../../crypto/keys/private-key.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { canonicalKeyId, certificateKey, type KeyAlgorithm } from '../../crypto/keys/verification-key.ts';
import { isNotaryError, type NotaryError, rephrased, sameWords } from '../../errors.ts';
import { addKeyFromFile } from '../../keys/user-key-file.ts';
import { baseRole, parseRoot, type Root } from '../../metadata/root.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { canonicalIds } from '../../tuf/verify-signatures.ts';
import { foreignServerKey } from '../key-lifecycle/server-key.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** What a rotation asks for. */
export interface Rotation {
  readonly role: string;
  /** The server makes and holds the new key. */
  readonly serverManaged: boolean;
  /**
   * Canonical IDs of stored keys to use; a new key is made when there is neither one of these nor an imported one.
   */
  readonly newKeyIds: readonly CanonicalKeyId[];
  /** Keys to use that the caller has and that need not be stored yet. */
  readonly broughtKeys?: readonly PrivateKey[];
  /** How many older roots' keys also sign a new root; -1 for all. */
  readonly legacyVersions: number;
}

/** Canonical IDs of the keys that the caller names; none when one is to be made. */
export function namedKeys({ newKeyIds, broughtKeys = [] }: Rotation): readonly CanonicalKeyId[] {
  return [...newKeyIds, ...broughtKeys.map(({ keyId }) => keyId)];
}

/** Private keys that this run has put into the key store: what fails before anything is sent takes them back. */
export interface AddedKeys {
  /** Canonical ID of the key that was made just now. */
  made: CanonicalKeyId | undefined;
  /** Canonical IDs of imported keys that were not there before. */
  readonly stored: CanonicalKeyId[];
}

/**
 * The public keys that the role gets, as they will stand in the root.
 *
 * @param leftOver canonical ID of a key made for an earlier rotation that did not come about
 * @param added filled in as keys are added, also when it fails
 * @throws NotaryError KEY_NOT_FOUND, KEY_EXISTS, PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED, FILE_UNWRITABLE; for the
 * server's keys INVALID_KEY_TYPE, SERVER_KEY_REFUSED and the server's codes
 */
export async function newRoleKeys(
  ports: RepositoryPorts,
  rotation: Rotation,
  leftOver: CanonicalKeyId | undefined,
  added: AddedKeys,
): Promise<readonly PublicKey[]> {
  const { role, serverManaged, broughtKeys = [] } = rotation;
  const { gun, cryptoService } = ports;
  if (serverManaged) return [await serverKey(ports, role)];
  for (const key of broughtKeys) await storeBrought(ports, role, key, added);
  const named = namedKeys(rotation);
  const stored = named.length > 0 ? named : await stillStored(ports, leftOver);
  if (stored.length > 0) {
    const use = { role, gun };
    const found = await Promise.all(
      stored.map(
        async (id) => (await cryptoService.find(id, use).catch(ofLeftOver(id, leftOver))).key.publicKey,
      ),
    );
    return asRoleKeys(ports, role, found);
  }
  if (role === 'root') await openFormerKeys(ports);
  const key = await worded('unable to generate key', () =>
    cryptoService.create(role, role === 'root' ? '' : gun),
  );
  added.made = canonicalKeyId(key);
  return asRoleKeys(ports, role, [key]);
}

/**
 * A new root key stays when the rotation fails, and is encrypted with the passphrase at hand. One that is wrong shows
 * at the former keys, before a key is made that the right one would not open.
 */
async function openFormerKeys({
  cache,
  cryptoService,
}: Pick<RepositoryPorts, 'cache' | 'cryptoService'>): Promise<void> {
  const bytes = await cache.get('root');
  const root = bytes && cachedRoot(bytes);
  if (root === undefined) return;
  const { keys, threshold } = baseRole(root, 'root');
  const refusals: NotaryError[] = [];
  for (const id of canonicalIds(keys)) {
    try {
      await cryptoService.openUnasked(id);
    } catch (error) {
      if (!isNotaryError(error, 'PASSPHRASE_INVALID')) throw error;
      refusals.push(error);
    }
  }
  const [locked] = refusals;
  if (locked !== undefined && keys.size - refusals.length < threshold) throw locked;
}

/** Undefined for a damaged one: what loads it names it. */
function cachedRoot(bytes: Uint8Array): Root | undefined {
  try {
    return parseRoot(parseEnvelope(bytes)).content;
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/** Says of a key which an earlier rotation has left here how to do without it. */
function ofLeftOver(id: CanonicalKeyId, leftOver: CanonicalKeyId | undefined) {
  return (error: unknown): never => {
    if (id !== leftOver || !isNotaryError(error, 'PASSPHRASE_INVALID', 'ATTEMPTS_EXCEEDED')) throw error;
    const way = `It was made for a rotation that failed before anything was sent. If its passphrase is not known: tsnotary key remove ${id}, then the same command makes another.`;
    throw rephrased(error, sameWords, { hint: error.hint === undefined ? way : `${error.hint} ${way}` });
  };
}

async function storeBrought(
  { gun, cryptoService, caution }: Pick<RepositoryPorts, 'gun' | 'cryptoService' | 'caution'>,
  role: string,
  key: PrivateKey,
  { stored }: AddedKeys,
): Promise<void> {
  try {
    if (await addKeyFromFile(cryptoService, key, role, gun)) stored.push(key.keyId);
  } catch (error) {
    const other = isNotaryError(error, 'KEY_EXISTS') ? error.details.gun : undefined;
    if (other === undefined) throw error;
    const risk = `a server that has both can pass the ${role} metadata of one off as that of the other; a key of its own for each repository prevents that`;
    caution(
      'KEY_IN_SEVERAL_REPOSITORIES',
      `the ${role} key ${key.keyId} serves ${other} and now ${gun} as well: ${risk}`,
      { gun, key: key.keyId, role, other },
      `the ${role} key ${key.keyId} serves ${other} already and was not taken for ${gun}: ${risk}`,
    );
    await cryptoService.share(key.keyId);
  }
}

async function stillStored(
  { cryptoService }: Pick<RepositoryPorts, 'cryptoService'>,
  id: CanonicalKeyId | undefined,
): Promise<readonly CanonicalKeyId[]> {
  return id !== undefined && (await cryptoService.info(id)) !== undefined ? [id] : [];
}

async function serverKey(ports: RepositoryPorts, role: string): Promise<PublicKey> {
  const managed = role === 'snapshot' ? 'snapshot' : 'timestamp';
  return worded('unable to rotate remote key', async () =>
    foreignServerKey(ports, role, await ports.remote.rotateKey(managed)),
  );
}

async function worded<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, (message) => `${what}: ${message}`);
  }
}

/** Root keys stand in metadata as certificates. */
async function asRoleKeys(
  { gun, cryptoService, clock, random }: RepositoryPorts,
  role: string,
  keys: readonly PublicKey[],
): Promise<readonly PublicKey[]> {
  if (role !== 'root') return keys;
  const { createRootCertificate } = await import('../../crypto/certificate-issuance/signing-certificate.ts');
  return Promise.all(
    keys.map(async (key) => {
      const { key: privateKey } = await cryptoService.find(canonicalKeyId(key), { role, gun });
      return certificateKey(
        key.keyType as KeyAlgorithm,
        createRootCertificate(privateKey, gun, clock.now(), random),
      );
    }),
  );
}
