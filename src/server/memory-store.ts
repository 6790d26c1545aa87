/** A server's store that lives as long as the process. */

import { digest } from '../crypto/digest.ts';
import type { PrivateKey } from '../crypto/private-key.ts';
import type { KeyId } from '../crypto/public-key.ts';
import { toHex } from '../encoding/bytes.ts';
import type { Change, FileUpdate, ServerStore, StoredFile } from './store.ts';

/** Versions of one role, ascending. */
type Versions = StoredFile[];

export function memoryServerStore(): ServerStore {
  const repositories = new Map<string, Map<string, Versions>>();
  const keys = new Map<KeyId, PrivateKey>();
  const changes: Change[] = [];
  const versions = (gun: string, role: string): Versions => repositories.get(gun)?.get(role) ?? [];
  const record = (change: Omit<Change, 'id'>): void => {
    changes.push({ id: changes.length + 1, ...change });
  };

  return {
    current: async (gun, role) => versions(gun, role).at(-1),
    byChecksum: async (gun, role, sha256) =>
      versions(gun, role).find(({ bytes }) => sha256Hex(bytes) === sha256),
    byVersion: async (gun, role, version) => versions(gun, role).find((file) => file.version === version),
    update: async (gun, files, at) => {
      if (!isNewer(files, (role) => versions(gun, role))) return 'old version';
      const repository = repositories.get(gun) ?? new Map<string, Versions>();
      repositories.set(gun, repository);
      for (const { role, version, bytes } of files) {
        const held = repository.get(role) ?? [];
        repository.set(role, [...held, { version, bytes, storedAt: at }].sort(byVersion));
        if (role === 'timestamp') {
          record({ at, gun, version, sha256: sha256Hex(bytes), category: 'update' });
        }
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

function isNewer(files: readonly FileUpdate[], held: (role: string) => Versions): boolean {
  const seen = new Set<string>();
  return files.every(({ role, version }) => {
    const name = `${String(version)}.${role}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return held(role).every((file) => file.version < version);
  });
}

function byVersion(left: StoredFile, right: StoredFile): number {
  return left.version - right.version;
}

function sha256Hex(bytes: Uint8Array): string {
  return toHex(digest('sha256', bytes));
}
