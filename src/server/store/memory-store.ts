/** Stores in memory what a server keeps, for as long as the process runs. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { PrivateKey } from '../../crypto/keys/private-key.ts';
import { digest } from '../../crypto/signatures/digest.ts';
import { toHex } from '../../encoding/bytes.ts';
import type { PublishedChange, ServerStore, StoredFile } from './store.ts';
import { isNewer } from './version-check.ts';

interface HeldFile extends StoredFile {
  /** Lower-case hex. */
  readonly sha256: string;
}

export function memoryServerStore(): ServerStore {
  /** By GUN and role, ascending versions. */
  const repositories = new Map<string, Map<string, HeldFile[]>>();
  const keys = new Map<CanonicalKeyId, PrivateKey>();
  const changes: PublishedChange[] = [];
  const versions = (gun: string, role: string) => repositories.get(gun)?.get(role) ?? [];
  const record = (change: Omit<PublishedChange, 'id'>): void => {
    changes.push({ id: changes.length + 1, ...change });
  };

  return {
    current: async (gun, role) => versions(gun, role).at(-1),
    byChecksum: async (gun, role, sha256) => versions(gun, role).find((file) => file.sha256 === sha256),
    byVersion: async (gun, role, version) => versions(gun, role).find((file) => file.version === version),
    update: async (gun, files, at) => {
      if (!isNewer(files, (role) => versions(gun, role).at(-1)?.version)) return 'old version';
      const repository = repositories.get(gun) ?? new Map<string, HeldFile[]>();
      repositories.set(gun, repository);
      for (const { role, version, bytes } of files) {
        const sha256 = toHex(digest('sha256', bytes));
        const held = repository.get(role) ?? [];
        repository.set(
          role,
          [...held, { version, bytes, sha256, storedAt: at }].sort(
            (left, right) => left.version - right.version,
          ),
        );
        if (role === 'timestamp') record({ at, gun, version, sha256, category: 'update' });
      }
      return 'stored';
    },
    remove: async (gun, at) => {
      if (repositories.delete(gun)) record({ at, gun, version: 0, sha256: '', category: 'deletion' });
    },
    key: async (id) => keys.get(id),
    addKey: async (key) => {
      keys.set(key.keyId, key);
    },
    changes: async () => [...changes],
  };
}
