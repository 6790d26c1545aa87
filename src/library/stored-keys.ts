/** Declares the types of the private keys of a trust directory, as scripts use them. */

import type { OpenOptions } from './repository.ts';

/** Relative paths start at the working directory. */
export type KeysOptions = Pick<OpenOptions, 'trustDir' | 'passphrase' | 'onLog'>;

/** A private key of a trust directory, known without its passphrase. */
export interface StoredKey {
  /** 64 hexadecimal digits. */
  readonly keyId: string;
  /** `root`, `targets`, `snapshot`, or any word for a key of delegations; empty when the file says nothing. */
  readonly role: string;
  /** Empty for keys that belong to no single collection. */
  readonly gun: string;
}

/** A key pair in PEM: the private key encrypted, to keep, and the public key, to hand over. */
export interface KeyPair {
  readonly keyId: string;
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** The private keys of a trust directory. */
export interface Keys {
  /** All keys: root keys first, then by GUN, role and ID. @throws NotaryError FILE_UNREADABLE */
  list(): Promise<readonly StoredKey[]>;
  /** Makes a P-256 key for a role and stores it. @throws NotaryError ATTEMPTS_EXCEEDED, FILE_UNWRITABLE */
  generate(role: string): Promise<StoredKey>;
  /** Makes a P-256 key for a role and stores nothing. @throws NotaryError ATTEMPTS_EXCEEDED */
  generatePair(role: string): Promise<KeyPair>;
  /**
   * Stores every private key of a PEM bundle, or of the DER of one key, and replaces none by another.
   *
   * @param options role and GUN of keys that name none
   * @returns the IDs of the keys that were stored
   * @throws NotaryError INVALID_KEY when no key was stored, FLAG_CONTRADICTED, KEY_EXISTS, ATTEMPTS_EXCEEDED,
   * FILE_UNREADABLE, FILE_UNWRITABLE
   */
  import(
    source: Uint8Array | { readonly file: string },
    options?: { readonly role?: string; readonly gun?: string },
  ): Promise<readonly string[]>;
  /**
   * The PEM bundle of all keys, still encrypted, or of those of some GUNs or IDs: not of both.
   *
   * @throws NotaryError KEY_NOT_FOUND when that is no key at all, FILE_UNREADABLE
   */
  export(options?: {
    readonly guns?: readonly string[];
    readonly keyIds?: readonly string[];
  }): Promise<Uint8Array>;
  /** Deletes a key. Without another copy it is lost; no question is asked. @throws NotaryError KEY_NOT_FOUND */
  remove(keyId: string): Promise<void>;
  /**
   * Encrypts a key anew.
   *
   * @param passphrase the new one; `openKeys` was given the present one
   * @throws NotaryError KEY_NOT_FOUND for an unknown key and for a wrong passphrase, ATTEMPTS_EXCEEDED
   */
  changePassphrase(keyId: string, passphrase: string): Promise<void>;
}
