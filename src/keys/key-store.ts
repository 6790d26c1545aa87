/** Stores private keys in key files, opens them with passphrases when they are needed, and remembers them then. */

import { asCanonicalKeyId, type CanonicalKeyId } from '../crypto/keys/key-id.ts';
import type { PrivateKey } from '../crypto/keys/private-key.ts';
import { compareUtf8, equalBytes } from '../encoding/bytes.ts';
import { encodePem, type PemBlock } from '../encoding/pem.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { PassphraseRetriever } from '../ports/prompts.ts';
import type { KeyStorage } from '../ports/trust-dir.ts';
import { encodeKeyFile, hasGun, type KeyInfo, keyBlock, keyInfoOf } from './key-file.ts';
import { otherOwner } from './key-owner.ts';
import { choosePassphrase, openWithPassphrase, unaskedPassphrase } from './passphrase-attempts.ts';

/** A key that can sign, and the role that its file names. */
export interface FoundKey {
  readonly key: PrivateKey;
  readonly role: string;
}

/** When a key's file may be removed: what it is at that moment. */
export interface RemovalCondition {
  /** Its file names this role and this GUN. */
  readonly role: string;
  readonly gun: string;
  /** True: and it has the very bytes that this store has written. */
  readonly asWritten?: boolean;
}

/** What is wrong with a file. */
type Damage = Pick<NotaryError, 'code' | 'message'>;

/** By directory: the last storing of a key in this process, which may have several stores of one directory. */
const storing = new Map<string, Promise<unknown>>();

/**
 * The keys of one storage. Asking for a key may ask a person; two such questions never overlap.
 *
 * A damaged file blocks nothing but its own key: it is named in a log message of level error and passed over.
 */
export class KeyStore {
  readonly location: string;
  readonly #storage: KeyStorage;
  readonly #retrieve: PassphraseRetriever;
  readonly #log: Log;
  readonly #opened = new Map<CanonicalKeyId, FoundKey>();
  /** The files that `add` has written. */
  readonly #written = new Map<CanonicalKeyId, Uint8Array>();
  /** Why files cannot be used, by name. */
  readonly #damages = new Map<string, Damage>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(storage: KeyStorage, retrieve: PassphraseRetriever, log: Log) {
    this.location = storage.location;
    this.#storage = storage;
    this.#retrieve = retrieve;
    this.#log = log;
  }

  /**
   * All keys by their files' headers, sorted by ID. A key in a subdirectory is listed although it
   * cannot be used (Notary 0.7.0).
   *
   * @throws NotaryError FILE_UNREADABLE when the directory cannot be listed
   */
  async list(): Promise<readonly KeyInfo[]> {
    const infos = new Map<CanonicalKeyId, KeyInfo>();
    for (const name of await this.#storage.list()) {
      const block = await this.#block(name);
      const keyId = asCanonicalKeyId(name.slice(name.lastIndexOf('/') + 1));
      if (block !== undefined) infos.set(keyId, keyInfoOf(keyId, block));
    }
    return [...infos.values()].sort((a, b) => compareUtf8(a.keyId, b.keyId));
  }

  /** Role and GUN of a key that can be used, or undefined. */
  async info(keyId: CanonicalKeyId): Promise<KeyInfo | undefined> {
    const block = await this.#ownBlock(keyId);
    return block && keyInfoOf(keyId, block);
  }

  /**
   * The key itself. The passphrase is asked for at most once per key while it is right.
   *
   * @throws NotaryError KEY_NOT_FOUND, with the detail `unreadable` when its file is here and cannot be used;
   * PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED
   */
  get(keyId: CanonicalKeyId): Promise<FoundKey> {
    return this.#inTurn(async () => {
      const known = this.#opened.get(keyId);
      if (known !== undefined) return known;
      const block = await this.#ownBlock(keyId);
      if (block === undefined) throw this.#notFound(keyId);
      const info = keyInfoOf(keyId, block);
      const { role } = info;
      const found = { key: await this.#open(info, block), role };
      this.#opened.set(keyId, found);
      return found;
    });
  }

  /**
   * Opens a key that is here, if that takes no question to the user: a passphrase that is at hand is right, or wrong.
   *
   * @throws NotaryError PASSPHRASE_INVALID, INVALID_KEY
   */
  async openUnasked(keyId: CanonicalKeyId): Promise<void> {
    const info = this.#opened.has(keyId) ? undefined : await this.info(keyId);
    if (info === undefined) return;
    const retrieve = this.#retrieverFor(info.gun);
    if ((await unaskedPassphrase(retrieve, keyId, info.role)) !== undefined) await this.get(keyId);
  }

  /**
   * Encrypts a key with a new passphrase and puts it in place of the file that has its name, if that is damaged or
   * for the same role and GUN.
   *
   * @throws NotaryError KEY_EXISTS when the file is for another role or GUN; ATTEMPTS_EXCEEDED, FILE_UNWRITABLE,
   * MALFORMED_PEM for a role with a line break
   */
  add(key: PrivateKey, role: string, gun: string): Promise<void> {
    return this.#storing(async () => this.#store(key, role, gun, await this.#encrypt(key, role, gun)));
  }

  /**
   * Encrypts a key with a new passphrase, and stores it later.
   *
   * @returns stores it as `add` does, without a question
   * @throws NotaryError as `add` does
   */
  async prepare(key: PrivateKey, role: string, gun: string): Promise<() => Promise<void>> {
    const pem = await this.#inTurn(() => this.#encrypt(key, role, gun));
    return () => this.#storing(() => this.#store(key, role, gun, pem));
  }

  async #encrypt(key: PrivateKey, role: string, gun: string): Promise<Uint8Array> {
    await this.#checkFree(key.keyId, role, gun);
    const ownGun = hasGun(role) ? gun : '';
    const passphrase = await choosePassphrase(this.#retrieverFor(ownGun), key.keyId, role);
    return encodeKeyFile(key, role, ownGun, passphrase);
  }

  async #store(key: PrivateKey, role: string, gun: string, pem: Uint8Array): Promise<void> {
    // Another process may have stored the key while the passphrase was typed.
    await this.#checkFree(key.keyId, role, gun);
    await this.#storage.set(key.keyId, pem);
    this.#written.set(key.keyId, pem);
    this.#opened.set(key.keyId, { key, role });
  }

  /**
   * Takes the GUN out of a key's file, which then is for every GUN.
   *
   * @throws NotaryError FILE_UNWRITABLE
   */
  dropGun(keyId: CanonicalKeyId): Promise<void> {
    return this.#storing(async () => {
      const block = await this.#ownBlock(keyId);
      if (block === undefined) return;
      const headers = new Map(block.headers);
      if (headers.delete('gun')) await this.#storage.set(keyId, encodePem({ ...block, headers }));
    });
  }

  /**
   * Removes a key's file; none is no error.
   *
   * @param only what must hold of the file just before it is removed; else it stays
   * @returns false when it stays
   * @throws NotaryError FILE_UNWRITABLE
   */
  remove(keyId: CanonicalKeyId, only?: RemovalCondition): Promise<boolean> {
    return this.#storing(async () => {
      const pem = only && (await this.#storage.get(keyId));
      if (only !== undefined && pem !== undefined && !this.#meets(keyId, pem, only)) return false;
      this.#opened.delete(keyId);
      await this.#storage.remove(keyId);
      return true;
    });
  }

  /** A damaged file meets nothing. */
  #meets(
    keyId: CanonicalKeyId,
    pem: Uint8Array,
    { role, gun, asWritten = false }: RemovalCondition,
  ): boolean {
    const written = this.#written.get(keyId);
    if (asWritten && (written === undefined || !equalBytes(pem, written))) return false;
    try {
      const info = keyInfoOf(keyId, keyBlock(pem));
      return info.role === role && info.gun === gun;
    } catch (error) {
      if (isNotaryError(error, 'INVALID_KEY')) return false;
      throw error;
    }
  }

  /** @throws NotaryError KEY_EXISTS */
  async #checkFree(keyId: CanonicalKeyId, role: string, gun: string): Promise<void> {
    const present = await this.info(keyId);
    const taken = present && otherOwner(present, role, gun);
    if (taken !== undefined) throw taken;
  }

  /** The passphrase of a key may depend on the GUN that its file names. */
  #retrieverFor(gun: string): PassphraseRetriever {
    return gun === '' ? this.#retrieve : (request) => this.#retrieve({ ...request, gun });
  }

  async #open(info: KeyInfo, block: PemBlock): Promise<PrivateKey> {
    const { keyId } = info;
    let key: PrivateKey;
    try {
      key = await this.#decrypt(info, block);
    } catch (error) {
      if (!isNotaryError(error, 'INVALID_KEY')) throw error;
      this.#reportDamage(keyId, error);
      throw this.#notFound(keyId);
    }
    if (key.keyId !== keyId) {
      this.#reportDamage(keyId, { code: 'INVALID_KEY', message: `it holds the key ${key.keyId}` });
      throw this.#notFound(keyId);
    }
    return key;
  }

  async #decrypt({ keyId, role, gun }: KeyInfo, block: PemBlock): Promise<PrivateKey> {
    // Listing keys needs no cryptography, and should not wait for it.
    const { readPrivateKey } = await import('../crypto/key-files/read-private-key.ts');
    try {
      return readPrivateKey(block);
    } catch (error) {
      if (!isNotaryError(error, 'PASSPHRASE_INVALID')) throw error;
    }
    const retrieve = this.#retrieverFor(gun);
    return openWithPassphrase(retrieve, keyId, role, (passphrase) => readPrivateKey(block, passphrase));
  }

  /** Keys are used from the directory itself only, never from a subdirectory. */
  async #ownBlock(keyId: CanonicalKeyId): Promise<PemBlock | undefined> {
    return /^[^/\0]+$/.test(keyId) ? this.#block(keyId) : undefined;
  }

  async #block(name: string): Promise<PemBlock | undefined> {
    this.#damages.delete(name);
    try {
      const pem = await this.#storage.get(name);
      return pem && keyBlock(pem);
    } catch (error) {
      if (!isNotaryError(error, 'INVALID_KEY', 'FILE_UNREADABLE')) throw error;
      this.#reportDamage(name, error);
      return undefined;
    }
  }

  #reportDamage(name: string, { code, message }: Damage): void {
    this.#damages.set(name, { code, message });
    this.#log.error(`${message}: cannot use private key file ${this.location}/${name}.key`, 'INVALID_KEY');
  }

  /** Absent and unreadable are not the same. */
  #notFound(keyId: CanonicalKeyId): NotaryError {
    const damage = this.#damages.get(keyId);
    const file = `${this.location}/${keyId}.key`;
    return new NotaryError('KEY_NOT_FOUND', `signing key not found: ${keyId}`, {
      details: { key: keyId, ...(damage && { unreadable: damage.code, file }) },
      ...(damage && {
        hint: `The file ${file} of the key ${keyId} is here and cannot be used: ${damage.message}.`,
      }),
    });
  }

  /** What looks at a file and then replaces it is never done by two stores of one directory at a time. */
  #storing<Result>(action: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(() => {
      const result = (storing.get(this.location) ?? Promise.resolve()).then(action);
      storing.set(
        this.location,
        result.catch(() => undefined),
      );
      return result;
    });
  }

  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
