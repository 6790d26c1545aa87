/** Opens an archived repository for reading: an archive takes the place of the server, and its time that of the clock. */

import type { RepositoryRecord } from '../../archive/repository-record.ts';
import type { ListedKeyId } from '../../crypto/keys/key-id.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { baseRole, parseRoot, type Root } from '../../metadata/root.ts';
import { parseEnvelope, type Signed } from '../../metadata/signed.ts';
import type { ArchiveFile } from '../../ports/archive.ts';
import { isSignedBy } from '../../tuf/verify-signatures.ts';
import { heldAnchor } from '../anchor/held-anchor.ts';
import { servedAnchor } from '../anchor/served-anchor.ts';
import { rootCertificates } from '../history/former-roots.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { memoryCache } from '../update/memory-cache.ts';
import { archiveTime } from './archive-time.ts';
import { archivedRemote } from './archived-remote.ts';

/**
 * The ports of a first reader at the time of the archive. A root that this machine trusts counts: the archived one must be
 * one of the same chain. Everything else that this machine has seen is left aside, since an archive may well be older.
 *
 * @param collection the repository on this machine, opened without a server
 * @param at in place of the time of the archive
 * @throws NotaryError ROOT_NOT_TRUSTED; METADATA_NOT_FOUND, ARCHIVE_INVALID, FILE_UNREADABLE; CACHE_DAMAGED; what reading may
 * throw
 */
export async function archivedRepository(
  collection: RepositoryPorts,
  { archive, record }: { readonly archive: ArchiveFile; readonly record: RepositoryRecord },
  at: Date | undefined,
): Promise<RepositoryPorts> {
  const remote = archivedRemote(archive, record);
  const now = at ?? (await archiveTime(remote, record));
  const cache = { ...memoryCache(), location: (role: string) => `${role}.json in ${archive.path}` };
  if (await isTrusted({ ...collection, remote }, archive.path, now))
    await cache.set('root', await remote.get('root', sizeLimits.download));
  const clock = { ...collection.clock, now: () => now };
  const asOf = { now: collection.clock.now(), heldByServer: () => false, archive: archive.path };
  return { ...collection, remote, cache, clock, asOf };
}

/**
 * False where this machine trusts no root yet, so that pins decide as on first use.
 *
 * @throws NotaryError ROOT_NOT_TRUSTED when nothing leads from the root that this machine trusts to the archived one
 */
async function isTrusted(
  ports: Pick<RepositoryPorts, 'gun' | 'cache' | 'remote' | 'caution'>,
  path: string,
  now: Date,
): Promise<boolean> {
  const held = await heldAnchor(ports, now);
  if (held.kind === 'none') return false;
  if (held.kind === 'damaged') throw held.reason;
  const archived = parseRoot(parseEnvelope(await ports.remote.get('root', sizeLimits.download)));
  if (isFormer(archived, held.root.content)) {
    cautionOfFormer(archived, held.root.content, ports, path);
    return true;
  }
  if (await leadsTo(ports, held, now)) return true;
  throw new NotaryError(
    'ROOT_NOT_TRUSTED',
    `the root of ${ports.gun} in ${path} is not of the chain of the one that this machine trusts`,
    {
      details: { gun: ports.gun, file: path },
      hint: `Another repository of that name may have been made since. Compare the fingerprint of the archived root (tsnotary archive verify ${path} --root FINGERPRINT), and read it with an empty trust directory: -d DIRECTORY.`,
    },
  );
}

/** Keys are replaced for reasons, and those who have the former ones can make such an archive at any time. */
function cautionOfFormer(
  { content }: Signed<Root>,
  trusted: Root,
  { gun, caution }: Pick<RepositoryPorts, 'gun' | 'caution'>,
  path: string,
): void {
  const isReplaced = (id: ListedKeyId) => !baseRole(trusted, 'root').keys.has(id);
  if (![...baseRole(content, 'root').keys.keys()].some(isReplaced)) return;
  caution(
    'ROOT_NOT_TRUSTED',
    `the root of ${gun} in ${path} is signed by a root key that was replaced since, so that the holder of that key can have made the archive at any time`,
    { gun, file: path },
  );
}

/** An older root: the trusted one keeps the certificates of former root keys, and those of the archived root are among them. */
function isFormer({ content, envelope }: Signed<Root>, trusted: Root): boolean {
  if (content.version >= trusted.version) return false;
  const { keys: listed, threshold } = baseRole(content, 'root');
  const keys = new Map([...rootCertificates(trusted)].filter(([id]) => listed.has(id)));
  return keys.size === listed.size && isSignedBy(envelope, { keys, threshold }, 'root');
}

async function leadsTo(
  ports: Pick<RepositoryPorts, 'gun' | 'remote'>,
  held: Awaited<ReturnType<typeof heldAnchor>>,
  now: Date,
): Promise<boolean> {
  try {
    const { proof } = await servedAnchor(ports, held, now);
    return proof === 'same' || proof === 'chain';
  } catch (error) {
    // An archived root that has expired says nothing of the chain.
    if (isNotaryError(error)) return false;
    throw error;
  }
}
