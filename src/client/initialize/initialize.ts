/**
 * Initializes a new trusted collection on this machine: keys, root certificate, first metadata. It uploads nothing.
 */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { PrivateKey } from '../../crypto/keys/private-key.ts';
import { keyId, type PublicKey } from '../../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { expiryFor } from '../../metadata/expiry.ts';
import type { RoleKeys } from '../../metadata/key.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { type Root, rootToJson } from '../../metadata/root.ts';
import type { Envelope } from '../../metadata/signed.ts';
import { snapshotToJson } from '../../metadata/snapshot.ts';
import { type Targets, targetsToJson } from '../../metadata/targets.ts';
import type { LoginQuestions } from '../../ports/prompts.ts';
import { fileMetaOf } from '../../tuf/checksums.ts';
import { signContent } from '../../tuf/sign-metadata.ts';
import { asResult, withRole } from '../fetch/deferred-failure.ts';
import { readableKeysOf } from '../key-lifecycle/listed-keys.ts';
import { foreignServerKey } from '../key-lifecycle/server-key.ts';
import { takeBack } from '../key-lifecycle/take-back-keys.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { signingKeys } from '../sign/signing-keys.ts';
import { withRepositoryContext } from '../update/error-context.ts';
import type { RootKeyChoice } from './choose-root-key.ts';
import { checkNothingCached } from './load-unpublished.ts';
import { askedInOrder } from './order-of-prompts.ts';
import { certificateEntry } from './root-certificate.ts';

type InitializePorts = Pick<
  RepositoryPorts,
  'gun' | 'cache' | 'remote' | 'cryptoService' | 'heldMetadata' | 'log' | 'clock' | 'random' | 'expiryOf'
>;

/**
 * Makes a collection here: the keys that are missing, and root, targets and snapshot (version 1 each) in
 * the cache.
 *
 * @throws NotaryError every code of `makeCollection`; COLLECTION_BUSY
 */
export async function initialize(
  ports: InitializePorts & Pick<RepositoryPorts, 'lock' | 'login'>,
  choice: RootKeyChoice,
): Promise<{ rootKeyId: CanonicalKeyId }> {
  return ports.lock.hold(() => makeCollection(ports, choice, ports.login));
}

/**
 * As `initialize`, for callers that hold the lock.
 *
 * The server is asked first, so that a server that cannot be reached, or that has the collection
 * already, leaves no keys behind; where the user has to log in, passphrases come before that (`askedInOrder`). Only its answer that there is no root (404) means that it has none.
 * Targets and snapshot keys made for a collection that then does not come about are removed; a root key that was made,
 * or that the user has brought, stays and is named (`takeBack`).
 *
 * @throws NotaryError REPOSITORY_EXISTS when the server has the collection, or a root is cached here: a
 * root is the anchor of trust and never overwritten (Notary 0.7.0 does); INVALID_KEY_TYPE for a timestamp
 * key that cannot verify anything, ATTEMPTS_EXCEEDED, FILE_UNREADABLE, FILE_UNWRITABLE, OFFLINE and the
 * server's codes
 */
export async function makeCollection(
  ports: InitializePorts,
  choice: RootKeyChoice,
  login?: LoginQuestions,
): Promise<{ rootKeyId: CanonicalKeyId }> {
  const made: { id: CanonicalKeyId; role: string }[] = [];
  if (choice.stored === true && choice.keyId !== undefined) made.push({ id: choice.keyId, role: 'root' });
  try {
    await checkNothingCached(ports);
    const { timestampKey, prepared } = await askedInOrder(ports, choice.keyId, () => askServer(ports), login);
    const create = async (role: string, gun: string): Promise<PublicKey> => {
      const ready = prepared.get(role);
      await ready?.store();
      const key = ready?.publicKey ?? (await ports.cryptoService.create(role, gun));
      made.push({ id: canonicalKeyId(key), role });
      return key;
    };
    return await makeFiles(ports, choice, timestampKey, create);
  } catch (error) {
    // The root may be in its place although writing it has failed, and is worth nothing without its keys.
    const written = await keysOfCachedRoot(ports);
    for (const { id, role } of made) {
      if (written?.includes(id) === true || (written === undefined && role !== 'root')) continue;
      await takeBack(ports, { id, role, by: 'init' });
    }
    throw error;
  }
}

/** Canonical IDs; undefined when the metadata cannot be read. */
async function keysOfCachedRoot({
  cache,
  gun,
}: InitializePorts): Promise<readonly CanonicalKeyId[] | undefined> {
  try {
    const bytes = await cache.get('root');
    if (bytes === undefined) return [];
    return await readableKeysOf({
      gun,
      role: 'root',
      length: bytes.length,
      location: cache.location('root'),
      read: async () => bytes,
    });
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

async function makeFiles(
  ports: InitializePorts,
  choice: RootKeyChoice,
  timestampKey: PublicKey,
  create: (role: string, gun: string) => Promise<PublicKey>,
): Promise<{ rootKeyId: CanonicalKeyId }> {
  const { gun, cache, cryptoService, clock, random, expiryOf = expiryFor } = ports;
  const rootKeyId = choice.keyId ?? canonicalKeyId(await create('root', ''));
  const { key: rootKey } = await cryptoService.find(rootKeyId, { role: 'root', gun });
  const now = clock.now();
  const expires = (role: string) => expiryOf(role, now);
  const certificate = choice.certificate ?? (await newCertificate(rootKey, gun, now, random));
  const rootEntry = certificateEntry(rootKey.publicKey.keyType, certificate);
  const targetsKey = await create('targets', gun);
  const snapshotKey = await create('snapshot', gun);

  const root = firstRoot(
    { root: rootEntry, targets: targetsKey, snapshot: snapshotKey, timestamp: timestampKey },
    expires('root'),
  );
  const sign = (role: string, json: Parameters<typeof signContent>[0], key: PublicKey) =>
    signContent(json, [{ keys: new Map([[keyId(key), key]]), threshold: 1 }], signingKeys(ports), role);
  const rootFile = await sign('root', rootToJson(root), rootEntry);
  const targetsFile = await sign('targets', targetsToJson(firstTargets(expires('targets'))), targetsKey);
  const first = firstSnapshot(rootFile, targetsFile, expires('snapshot'));
  const snapshotFile = await sign('snapshot', snapshotToJson(first), snapshotKey);
  // The root comes last: without it there is no collection here, and init begins anew.
  await cache.set('targets', targetsFile.bytes);
  await cache.set('snapshot', snapshotFile.bytes);
  await cache.set('root', rootFile.bytes);
  return { rootKeyId };
}

async function newCertificate(
  key: PrivateKey,
  gun: string,
  now: Date,
  random: RepositoryPorts['random'],
): Promise<string> {
  const { createRootCertificate } = await import('../../crypto/certificate-issuance/signing-certificate.ts');
  return createRootCertificate(key, gun, now, random);
}

/** The server's timestamp key; first checks whether the server has the collection already. */
async function askServer(ports: InitializePorts): Promise<PublicKey> {
  const { gun, remote } = ports;
  const [root, keyBytes] = await Promise.all([
    asResult(withRole('root', remote.get('root', sizeLimits.download))),
    remote.getKey('timestamp'),
  ]);
  if (isNotaryError(root, 'METADATA_NOT_FOUND')) return foreignServerKey(ports, 'timestamp', keyBytes);
  if (isNotaryError(root)) throw withRepositoryContext(root, { gun, remote });
  throw new NotaryError(
    'REPOSITORY_EXISTS',
    `${gun} is already published on ${remote.location}; a new root would make it unreadable from this machine`,
    {
      details: { gun, server: remote.location },
      hint: `Nothing has to be initialized: "tsnotary list ${shellWord(gun)}" shows what is there, and changes are staged and published as usual. If it is not yours, take another GUN. Only to begin anew for all its users is there "tsnotary delete ${shellWord(gun)} --remote": it asks nothing, and all that was signed is lost.`,
    },
  );
}

/** Version 1 of a root with one key for each base role. */
export function firstRoot(keys: Readonly<Record<string, PublicKey>>, expires: string): Root {
  const roles = Object.entries(keys).map(([role, key]): [string, RoleKeys] => [
    role,
    { keyIds: [keyId(key)], threshold: 1 },
  ]);
  return {
    version: 1,
    expires,
    consistentSnapshot: false,
    keys: new Map(Object.values(keys).map((key) => [keyId(key), key])),
    roles: new Map(roles),
  };
}

/** Version 1 of targets, with nothing in it. */
export function firstTargets(expires: string): Targets {
  return {
    version: 1,
    expires,
    targets: new Map(),
    delegations: { keys: new Map(), roles: [] },
  };
}

function firstSnapshot(root: Envelope, targets: Envelope, expires: string) {
  const meta = new Map([
    ['root', fileMetaOf(root.bytes)],
    ['targets', fileMetaOf(targets.bytes)],
  ]);
  return { version: 1, expires, meta };
}
