/** Lists private keys. */

import { compareUtf8 } from '../encoding/bytes.ts';
import type { KeyInfo } from './key-file.ts';
import type { KeyStore } from './key-store.ts';

export interface ListedKey extends KeyInfo {
  /** The directory in which the key lies. */
  readonly location: string;
}

/** All keys, root keys first, then by GUN, role and key ID (Notary 0.7.0). */
export async function listKeys(store: Pick<KeyStore, 'list' | 'location'>): Promise<readonly ListedKey[]> {
  const listed = (await store.list()).map((info) => ({ ...info, location: store.location }));
  return listed.sort(compareKeys);
}

function compareKeys(a: ListedKey, b: ListedKey): number {
  const rank = ({ role }: ListedKey) => (role === 'root' ? 0 : 1);
  return (
    rank(a) - rank(b) ||
    compareUtf8(a.gun, b.gun) ||
    compareUtf8(a.role, b.role) ||
    compareUtf8(a.keyId, b.keyId)
  );
}
