/** What a server can publish that holds the keys of timestamp and snapshot, without anybody's help. */

import { expiryFor } from '../../src/metadata/expiry.ts';
import { baseRole, parseRoot } from '../../src/metadata/root.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import {
  parseSnapshot,
  parseTimestamp,
  snapshotToJson,
  timestampToJson,
} from '../../src/metadata/snapshot.ts';
import { signWithServerKeys } from '../../src/server/store/server-keys.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import type { MemoryServer } from './memory-server.ts';
import { type Signer, sealed, type TargetsOptions, targetsContent } from './metadata-author.ts';

/**
 * Makes a file the current one of a role, whatever it is; undefined takes the role out of the snapshot.
 *
 * @param version as the server counts it
 */
export async function serveFile(
  { server }: MemoryServer,
  gun: string,
  role: string,
  file: { readonly bytes: Uint8Array; readonly version: number } | undefined,
): Promise<void> {
  const { store, clock } = server;
  const now = clock.now();
  const current = async (name: string) => {
    const stored = await store.current(gun, name);
    if (stored === undefined) throw new Error(`the server has no ${name}`);
    return parseEnvelope(stored.bytes);
  };
  const root = parseRoot(await current('root')).content;
  const snapshot = parseSnapshot(await current('snapshot')).content;
  const meta = new Map(snapshot.meta);
  if (file === undefined) meta.delete(role);
  else meta.set(role, fileMetaOf(file.bytes));
  const version = snapshot.version + 1;
  const signed = await signWithServerKeys(
    store,
    snapshotToJson({ meta, version, expires: expiryFor('snapshot', now) }),
    baseRole(root, 'snapshot'),
  );
  const timestamp = parseTimestamp(await current('timestamp')).content;
  const stamped = await signWithServerKeys(
    store,
    timestampToJson({
      version: timestamp.version + 1,
      expires: expiryFor('timestamp', now),
      meta: new Map([['snapshot', fileMetaOf(signed.bytes)]]),
    }),
    baseRole(root, 'timestamp'),
  );
  const files = [
    ...(file === undefined ? [] : [{ role, ...file }]),
    { role: 'snapshot', version, bytes: signed.bytes },
    { role: 'timestamp', version: timestamp.version + 1, bytes: stamped.bytes },
  ];
  const outcome = await store.update(gun, files, now);
  if (outcome !== 'stored') throw new Error(`the forgery of ${role} was not stored`);
}

/** A file of a role by signers of the caller's choice. */
export function fileBy(
  options: TargetsOptions & { readonly version: number },
  ...signers: readonly Signer[]
) {
  return { version: options.version, bytes: sealed(targetsContent(options), ...signers) };
}
