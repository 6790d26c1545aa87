/** Opens what a trust directory holds for looking through it without changing anything: completion of names. */

import { openChangelist } from '../adapters/fs/file-changelist.ts';
import { openKeyStorage } from '../adapters/fs/file-key-storage.ts';
import { openMetadataStore } from '../adapters/fs/file-metadata-store.ts';
import { holdsOldKeys } from '../adapters/fs/trust-dir.ts';
import { openHeldMetadata } from '../adapters/fs/trust-dir-metadata.ts';
import type { KeyInfo } from '../keys/key-file.ts';
import { KeyStore } from '../keys/key-store.ts';
import type { Gun } from '../metadata/gun.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { ChangelistStore, MetadataStore, TrustDirMetadata } from '../ports/trust-dir.ts';

export interface HeldNames {
  readonly metadata: TrustDirMetadata;
  cacheOf(gun: Gun): Pick<MetadataStore, 'get' | 'location'>;
  changesOf(gun: Gun): Pick<ChangelistStore, 'list'>;
  /**
   * Every private key by the headers of its file; none where keys of versions before 0.4 wait for the next command,
   * which moves them.
   *
   * @throws NotaryError FILE_UNREADABLE
   */
  keys(): Promise<readonly KeyInfo[]>;
}

/** No file or directory is made. */
export function openHeldNames(trustDir: string, clock: Clock, log: Log): HeldNames {
  const noName = () => '';
  return {
    metadata: openHeldMetadata(trustDir),
    cacheOf: (gun) => openMetadataStore(trustDir, gun),
    changesOf: (gun) => openChangelist(trustDir, gun, clock, noName, log),
    async keys() {
      if (holdsOldKeys(trustDir)) return [];
      const storage = openKeyStorage(trustDir, log);
      return new KeyStore(storage, neverAsked, log).list();
    },
  };
}

function neverAsked(): Promise<never> {
  return Promise.reject(new Error('a passphrase was asked for'));
}
