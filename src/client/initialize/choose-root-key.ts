/** Chooses the root key of a new collection: one that the user brings, or one of this machine. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { addKeyFromFile, checkKeyFromFile } from '../../keys/user-key-file.ts';
import { baseRole, parseRoot } from '../../metadata/root.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import type { TrustDirFile, TrustDirMetadata } from '../../ports/trust-dir.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { certifiedKey, readCertificate } from './root-certificate.ts';

/** Where the root key comes from. */
export interface RootKeyChoice {
  /** Canonical ID of a stored root key; a new one is made when there is none. */
  readonly keyId?: CanonicalKeyId;
  /** True for a key that the user has brought, and that was not here before. */
  readonly stored?: boolean;
  /** PEM text of a certificate to use in place of a new self-signed one. */
  readonly certificate?: string;
}

/** What the user brings for a root key. */
export interface RootKeyFiles {
  readonly rootKeyPem?: Uint8Array;
  /** Or why the file that was named cannot be read. */
  readonly rootCertificatePem?: Uint8Array | NotaryError;
}

/**
 * Chooses the root key: a file that the user brings, the key that fits a certificate, or a stored root
 * key. Of several, those come first that a repository of this machine has, then the lowest ID; which one it is and why
 * is said. A key that the user brings is stored when nothing is wrong with the certificate, else not at all.
 *
 * @param onFound called with the canonical ID of a key that is there; also before a certificate is refused in the words
 * of Notary, which names the key first
 * @throws NotaryError INVALID_KEY, PASSPHRASE_INVALID, KEY_EXISTS, INVALID_CERTIFICATE, KEY_NOT_FOUND, and the failure
 * of the certificate file; ATTEMPTS_EXCEEDED, FILE_UNWRITABLE
 */
export async function findRootKey(
  ports: Pick<RepositoryPorts, 'gun' | 'cryptoService' | 'heldMetadata' | 'log' | 'clock'>,
  { rootKeyPem, rootCertificatePem: file }: RootKeyFiles,
  onFound: (keyId: CanonicalKeyId) => void = () => undefined,
): Promise<RootKeyChoice> {
  const { cryptoService } = ports;
  const brought = rootKeyPem && (await cryptoService.open(rootKeyPem, 'root'));
  if (brought !== undefined) await checkKeyFromFile(cryptoService, brought, 'root');
  const certified =
    file === undefined || isNotaryError(file) ? undefined : await certifiedKey(ports, file, brought?.keyId);
  const given = await givenCertificate(cryptoService, file, brought?.keyId);
  const stored =
    brought !== undefined &&
    !isNotaryError(given) &&
    (await addKeyFromFile(cryptoService, brought, 'root', ''));
  const found = brought?.keyId ?? certified ?? (await announcedRootKey(ports));
  if (found !== undefined) onFound(found);
  if (isNotaryError(given)) throw given;
  const choice = given ?? (found === undefined ? {} : { keyId: found });
  return stored ? { ...choice, stored } : choice;
}

/** The certificate with the key that it is for, or why it is refused. */
async function givenCertificate(
  cryptoService: RepositoryPorts['cryptoService'],
  file: RootKeyFiles['rootCertificatePem'],
  brought: CanonicalKeyId | undefined,
): Promise<RootKeyChoice | NotaryError | undefined> {
  if (file === undefined || isNotaryError(file)) return file;
  try {
    const { certificate, id } = readCertificate(file);
    if (brought !== undefined && brought !== id) {
      throw new NotaryError(
        'INVALID_CERTIFICATE',
        'could not obtain public key from IDs: private key is nil or does not match public key',
        { details: { key: brought } },
      );
    }
    if (brought === undefined && (await cryptoService.info(id)) === undefined) {
      throw new NotaryError(
        'KEY_NOT_FOUND',
        'error initializing repository with certificate: cannot find matching private key id',
        { details: { key: id } },
      );
    }
    return { keyId: id, certificate };
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
}

/** As `storedRootKey`, and says which of several it is. */
async function announcedRootKey(
  ports: Pick<RepositoryPorts, 'gun' | 'cryptoService' | 'heldMetadata' | 'log'>,
): Promise<CanonicalKeyId | undefined> {
  const stored = await storedRootKey(ports);
  if (stored?.why !== undefined)
    ports.log.warn(`${stored.why}; --rootkey FILE takes another`, 'ROOT_KEY_CHOSEN');
  return stored?.keyId;
}

/** A stored root key. */
interface StoredRootKey {
  readonly keyId: CanonicalKeyId;
  /** Which of several it is and why, in words; undefined when there is no other. */
  readonly why?: string;
}

/**
 * The stored root key; of several, one that a repository of this machine has as its root key, since any file that was
 * imported may call itself a root key; then the one with the lowest ID.
 *
 * @returns undefined when there is none
 */
export async function storedRootKey({
  gun,
  cryptoService,
  heldMetadata,
}: Pick<RepositoryPorts, 'gun' | 'cryptoService' | 'heldMetadata'>): Promise<StoredRootKey | undefined> {
  const stored = (await cryptoService.list('root')).map(({ keyId }) => keyId);
  const [only] = stored;
  if (only === undefined) return undefined;
  if (stored.length === 1) return { keyId: only };
  const used = await rootKeysInUse(heldMetadata);
  const proven = stored.filter((id) => used.has(id));
  const [keyId = only] = proven;
  const which =
    proven.length > 0
      ? 'a repository of this machine has it as its root key'
      : 'none is in use on this machine';
  const tie = proven.length === 1 ? '' : ', and its ID is the lowest';
  return { keyId, why: `of ${stored.length} root keys ${keyId} is taken for ${gun}: ${which}${tie}` };
}

/** Canonical IDs. What cannot be read proves nothing. */
async function rootKeysInUse(held: TrustDirMetadata): Promise<ReadonlySet<CanonicalKeyId>> {
  const used = new Set<CanonicalKeyId>();
  try {
    for (const file of await held.files()) {
      if (file.role !== 'root') continue;
      for (const id of await rootKeysOf(file)) used.add(id);
    }
  } catch (error) {
    if (!isNotaryError(error)) throw error;
  }
  return used;
}

async function rootKeysOf(file: TrustDirFile): Promise<readonly CanonicalKeyId[]> {
  try {
    const { content } = parseRoot(parseEnvelope(await file.read()));
    return [...baseRole(content, 'root').keys.values()].map(canonicalKeyId);
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}
