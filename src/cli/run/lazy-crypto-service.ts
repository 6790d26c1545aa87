/** Private keys for commands most of which never touch one. */

import type { CryptoService } from '../../keys/crypto-service.ts';

/** A crypto service that is opened when it is first asked for something. */
export function lazyCryptoService(open: () => Promise<CryptoService>): CryptoService {
  let opened: Promise<CryptoService> | undefined;
  const service = () => (opened ??= open());
  return {
    add: async (key, role, gun) => (await service()).add(key, role, gun),
    checkAddable: async (keyId, role) => (await service()).checkAddable(keyId, role),
    create: async (role, gun) => (await service()).create(role, gun),
    find: async (canonicalId, use) => (await service()).find(canonicalId, use),
    info: async (canonicalId) => (await service()).info(canonicalId),
    list: async (role) => (await service()).list(role),
    share: async (canonicalId) => (await service()).share(canonicalId),
    remove: async (canonicalId, only) => (await service()).remove(canonicalId, only),
    open: async (pem, role) => (await service()).open(pem, role),
  };
}
