/** What the engine asks about private keys: make one, find one, keep one, forget one. */

import { generateEcdsaKey, type PrivateKey } from '../crypto/private-key.ts';
import type { KeyId, PublicKey } from '../crypto/public-key.ts';
import { NotaryError } from '../errors.ts';
import type { Log, PassphraseRetriever } from '../ports.ts';
import type { KeyInfo } from './key-file.ts';
import type { FoundKey, KeyStore } from './key-store.ts';
import { type KeyAdder, openKeyFile } from './root-key-file.ts';

export interface CryptoService extends KeyAdder {
  /**
   * Makes a P-256 key and stores it under a role; the GUN is kept for targets, snapshot and timestamp.
   *
   * @throws NotaryError ATTEMPTS_EXCEEDED, FILE_UNWRITABLE
   */
  create(role: string, gun: string): Promise<PublicKey>;
  /** @throws NotaryError KEY_NOT_FOUND, PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED */
  find(canonicalId: KeyId): Promise<FoundKey>;
  info(canonicalId: KeyId): Promise<KeyInfo | undefined>;
  /** The keys of a role, or all keys, sorted by ID. */
  list(role?: string): Promise<readonly KeyInfo[]>;
  /** @throws NotaryError FILE_UNWRITABLE */
  remove(canonicalId: KeyId): Promise<void>;
  /**
   * Opens a key file that the user brings along for a role, with the passphrases of this service.
   *
   * @throws NotaryError INVALID_KEY, PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED
   */
  open(pem: Uint8Array, role: string): Promise<PrivateKey>;
}

/** A crypto service over one key store. The retriever is asked for passphrases of brought files only. */
export function makeCryptoService(store: KeyStore, retrieve: PassphraseRetriever, log: Log): CryptoService {
  const add = async (key: PrivateKey, role: string, gun: string): Promise<void> => {
    const present = await store.info(key.keyId);
    if (present === undefined) {
      await store.add(key, role, gun);
      return;
    }
    if (present.role !== role) {
      throw new NotaryError('KEY_EXISTS', `key with same ID already exists for role: ${present.role}`, {
        details: { key: key.keyId, role: present.role },
      });
    }
    log.debug(`key with same ID ${key.keyId} and role ${role} already exists`);
  };
  return {
    add,
    async create(role, gun) {
      const key = generateEcdsaKey();
      log.debug(`generated new ecdsa key for role: ${role} and keyID: ${key.keyId}`);
      await add(key, role, gun);
      return key.publicKey;
    },
    find: (canonicalId) => store.get(canonicalId),
    info: (canonicalId) => store.info(canonicalId),
    async list(role) {
      const all = await store.list();
      return role === undefined ? all : all.filter((info) => info.role === role);
    },
    remove: (canonicalId) => store.remove(canonicalId),
    open: (pem, role) => openKeyFile(pem, role, retrieve),
  };
}
