/** Opens the crypto service lazily: most commands never use a private key. */

import type { CryptoService } from '../../keys/crypto-service.ts';

/** A lazy crypto service: it opens the key store on the first call. */
export function lazyCryptoService(open: () => Promise<CryptoService>): CryptoService {
  let opened: Promise<CryptoService> | undefined;
  const service = () => (opened ??= open());
  return {
    add: async (key, role, gun) => (await service()).add(key, role, gun),
    checkAddable: async (keyId, role) => (await service()).checkAddable(keyId, role),
    prepare: async (role, gun) => (await service()).prepare(role, gun),
    create: async (role, gun) => (await service()).create(role, gun),
    find: async (canonicalId, use) => (await service()).find(canonicalId, use),
    info: async (canonicalId) => (await service()).info(canonicalId),
    check: async (canonicalId, use) => (await service()).check(canonicalId, use),
    openUnasked: async (canonicalId) => (await service()).openUnasked(canonicalId),
    list: async (role) => (await service()).list(role),
    share: async (canonicalId) => (await service()).share(canonicalId),
    remove: async (canonicalId, only) => (await service()).remove(canonicalId, only),
    open: async (pem, role) => (await service()).open(pem, role),
  };
}
