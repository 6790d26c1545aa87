/** Makes, finds, keeps and removes private keys for the verbs. */

import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { generateEcdsaKey, type PrivateKey } from '../crypto/keys/private-key.ts';
import type { PublicKey } from '../crypto/keys/public-key.ts';
import { NotaryError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { PassphraseRetriever } from '../ports/prompts.ts';
import type { KeyInfo } from './key-file.ts';
import { otherOwner, unfitness } from './key-owner.ts';
import type { FoundKey, KeyStore, RemovalCondition } from './key-store.ts';
import { type KeyAdder, openKeyFile } from './user-key-file.ts';

/** What a key is wanted for. */
export interface KeyUse {
  /** The role that is to be signed. */
  readonly role: string;
  readonly gun: string;
}

/** A key that is not stored yet. */
export interface PreparedKey {
  readonly publicKey: PublicKey;
  /** For signing before it is stored. */
  readonly key: PrivateKey;
  readonly store: () => Promise<void>;
}

export interface CryptoService extends KeyAdder {
  /**
   * Makes a P-256 key and stores it under a role; the GUN is kept for targets, snapshot and timestamp.
   *
   * @throws NotaryError ATTEMPTS_EXCEEDED, FILE_UNWRITABLE
   */
  create(role: string, gun: string): Promise<PublicKey>;
  /**
   * As `create`, with the passphrase asked for now and the key stored later.
   *
   * @throws NotaryError ATTEMPTS_EXCEEDED; from `store` FILE_UNWRITABLE
   */
  prepare(role: string, gun: string): Promise<PreparedKey>;
  /**
   * The key for a use. One whose file is for something else counts as absent (`unfitness`); no passphrase of it is
   * asked for.
   *
   * @throws NotaryError KEY_NOT_FOUND, with a hint and the detail `unfit` when the key is here and for something
   * else, or `unreadable` when its file cannot be used; PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED
   */
  find(canonicalId: CanonicalKeyId, use: KeyUse): Promise<FoundKey>;
  info(canonicalId: CanonicalKeyId): Promise<KeyInfo | undefined>;
  /**
   * As `find`, without asking for a passphrase: a key whose passphrase would have to be asked for counts as found.
   *
   * @throws NotaryError KEY_NOT_FOUND as `find` does; PASSPHRASE_INVALID when the passphrase that is at hand does not
   * open it; INVALID_KEY
   */
  check(canonicalId: CanonicalKeyId, use: KeyUse): Promise<void>;
  /**
   * Finds out whether a key that is here can be opened, where no question has to be asked for that.
   *
   * @throws NotaryError PASSPHRASE_INVALID when the passphrase that is at hand does not open it; INVALID_KEY
   */
  openUnasked(canonicalId: CanonicalKeyId): Promise<void>;
  /** The keys of a role, or all keys, sorted by ID. */
  list(role?: string): Promise<readonly KeyInfo[]>;
  /**
   * Lets a key that is stored for one GUN serve others as well. No program deletes it on its own any more.
   *
   * @throws NotaryError FILE_UNWRITABLE
   */
  share(canonicalId: CanonicalKeyId): Promise<void>;
  /**
   * Removes a key's file; none is no error.
   *
   * @param only what the file must say just before it is removed; else it stays
   * @returns false when it stays
   * @throws NotaryError FILE_UNWRITABLE
   */
  remove(canonicalId: CanonicalKeyId, only?: RemovalCondition): Promise<boolean>;
  /**
   * Opens a key file that the user brings along for a role, with the passphrases of this service.
   *
   * @throws NotaryError INVALID_KEY, PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED
   */
  open(pem: Uint8Array, role: string): Promise<PrivateKey>;
}

/** A crypto service over one key store. The retriever is asked for passphrases of brought files only. */
export function makeCryptoService(store: KeyStore, retrieve: PassphraseRetriever, log: Log): CryptoService {
  /** True when the key is there. */
  const isPresent = async (keyId: CanonicalKeyId, role: string, gun: string): Promise<boolean> => {
    const present = await store.info(keyId);
    const taken = present && otherOwner(present, role, gun);
    if (taken !== undefined) throw taken;
    return present !== undefined;
  };
  const add = async (key: PrivateKey, role: string, gun: string): Promise<boolean> => {
    if (!(await isPresent(key.keyId, role, gun))) {
      await store.add(key, role, gun);
      return true;
    }
    log.debug(`key with same ID ${key.keyId} and role ${role} already exists`);
    return false;
  };
  return {
    add,
    async checkAddable(keyId, role) {
      const present = await store.info(keyId);
      // A key of another GUN can be shared.
      const taken = present && otherOwner(present, role, present.gun);
      if (taken !== undefined) throw taken;
    },
    async create(role, gun) {
      const key = generateEcdsaKey();
      log.debug(`generated new ecdsa key for role: ${role} and keyID: ${key.keyId}`);
      await add(key, role, gun);
      return key.publicKey;
    },
    async prepare(role, gun) {
      const key = generateEcdsaKey();
      log.debug(`generated new ecdsa key for role: ${role} and keyID: ${key.keyId}`);
      return { publicKey: key.publicKey, key, store: await store.prepare(key, role, gun) };
    },
    async find(canonicalId, use) {
      checkFit(await store.info(canonicalId), use);
      return store.get(canonicalId);
    },
    async check(canonicalId, use) {
      const present = await store.info(canonicalId);
      checkFit(present, use);
      // Of a key that is not here, or whose file cannot be used, nothing is asked.
      if (present === undefined) await store.get(canonicalId);
      else await store.openUnasked(canonicalId);
    },
    info: (canonicalId) => store.info(canonicalId),
    openUnasked: (canonicalId) => store.openUnasked(canonicalId),
    async list(role) {
      const all = await store.list();
      return role === undefined ? all : all.filter((info) => info.role === role);
    },
    share: (canonicalId) => store.dropGun(canonicalId),
    remove: (canonicalId, only) => store.remove(canonicalId, only),
    open: (pem, role) => openKeyFile(pem, role, retrieve),
  };
}

/** @throws NotaryError KEY_NOT_FOUND for a key whose file is for something else */
function checkFit(present: KeyInfo | undefined, use: KeyUse): void {
  const unfit = present && unfitness(present, use);
  if (present !== undefined && unfit !== undefined) throw notForThis(present, use, unfit);
}

function notForThis({ keyId }: KeyInfo, { role, gun }: KeyUse, unfit: string): NotaryError {
  return new NotaryError('KEY_NOT_FOUND', `signing key not found: ${keyId}`, {
    details: { key: keyId, role, gun, unfit: true },
    hint: `The key ${keyId} is here, but ${unfit}, so it does not sign ${role} of ${gun}.`,
  });
}
