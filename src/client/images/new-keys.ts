/** Keeps the private keys that one publication makes out of the key store until it is about to be sent. */

import { asCanonicalKeyId, type CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import type { CryptoService, PreparedKey } from '../../keys/crypto-service.ts';
import type { RetiringPorts } from '../key-lifecycle/retire-keys.ts';
import { nameShared, takeBack } from '../key-lifecycle/take-back-keys.ts';

interface NewKey extends PreparedKey {
  readonly id: CanonicalKeyId;
  readonly role: string;
  readonly gun: string;
  /** Once `store` has been called. */
  stored: boolean;
}

/**
 * New keys of one publication. They sign before they are in the key store, so that a run which fails or is killed before
 * anything was sent leaves none.
 */
export class NewKeys {
  /** Finds the new keys as well as those that are stored. */
  readonly cryptoService: CryptoService;
  readonly #ports: RetiringPorts;
  readonly #made = new Map<string, NewKey>();

  constructor(ports: RetiringPorts) {
    this.#ports = ports;
    this.cryptoService = this.#withNewKeys(ports.cryptoService);
  }

  /**
   * Makes a P-256 key for a role and asks for its passphrase; the same key when it is asked again.
   *
   * @param gun empty for root keys and for those of signers, which are for every repository
   * @throws NotaryError ATTEMPTS_EXCEEDED
   */
  async make(role: string, gun: string): Promise<PublicKey> {
    const name = JSON.stringify([role, gun]);
    const known = this.#made.get(name);
    if (known !== undefined) return known.publicKey;
    const prepared = await this.#ports.cryptoService.prepare(role, gun);
    const id = canonicalKeyId(prepared.publicKey);
    this.#made.set(name, { ...prepared, id, role, gun, stored: false });
    return prepared.publicKey;
  }

  /** Stores all of them: call it just before the upload. @throws NotaryError FILE_UNWRITABLE */
  async store(): Promise<void> {
    for (const made of this.#made.values()) {
      if (made.stored) continue;
      made.stored = true;
      await made.store();
    }
  }

  /**
   * Removes what `store` has stored, when the server has certainly not taken what they are for. A root key and those of
   * signers stay and are named, since another command may have taken them by now. It never fails.
   */
  async takeBack(): Promise<void> {
    const { log, gun: own } = this.#ports;
    for (const { id, role, gun, stored } of this.#made.values()) {
      if (!stored) continue;
      const isSigners = gun === '' && role !== 'root';
      if (isSigners)
        nameShared(
          log,
          `the key ${id} of ${role}, which was stored for ${own},`,
          id,
          'the next signature uses it',
        );
      else await takeBack(this.#ports, { id, role, by: 'init' });
    }
  }

  #find(id: CanonicalKeyId): NewKey | undefined {
    return [...this.#made.values()].find((made) => made.id === id && !made.stored);
  }

  #withNewKeys(service: CryptoService): CryptoService {
    return {
      ...service,
      find: async (id, use) => {
        const made = this.#find(asCanonicalKeyId(id));
        return made === undefined ? service.find(id, use) : { key: made.key, role: made.role };
      },
      check: async (id, use) => {
        if (this.#find(id) === undefined) await service.check(id, use);
      },
    };
  }
}
