/** Opens the private keys of a trust directory; what signs is loaded on the first call. */

import { openKeyStorage } from '../../adapters/fs/file-key-storage.ts';
import { KeyStore } from '../../keys/key-store.ts';
import type { Log } from '../../ports/log.ts';
import type { PassphraseRetriever } from '../../ports/prompts.ts';
import type { Keys, OpenMode } from '../spec/command-context.ts';
import { lazyCryptoService } from './lazy-crypto-service.ts';

/** Loads Node's cryptography on the first call: commands that only read never call it. */
export const uuid = (): string => process.getBuiltinModule('node:crypto').randomUUID();

export interface KeyAccess {
  readonly log: Log;
  readonly retrieve: PassphraseRetriever;
  readonly mode: OpenMode;
  /** Directories of which the user has been told that others may read their files. */
  readonly openFolders?: Set<string>;
}

export function openKeysOf(
  trustDir: string,
  { log, retrieve, mode, openFolders = new Set() }: KeyAccess,
): Keys {
  const storage = openKeyStorage(trustDir, log, openFolders, mode === 'read-only');
  const store = new KeyStore(storage, retrieve, log);
  const cryptoService = lazyCryptoService(async () => {
    const { makeCryptoService } = await import('../../keys/crypto-service.ts');
    return makeCryptoService(store, retrieve, log);
  });
  const heldMetadata = async () =>
    (await import('../../adapters/fs/trust-dir-metadata.ts')).openHeldMetadata(trustDir);
  return { storage, store, retrieve, cryptoService, heldMetadata };
}
