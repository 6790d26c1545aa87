/**
 * Makes the first metadata of an image's repository as docker does (docker CLI 28.2.2): the root key is one that is here,
 * else a new one; the targets key is new; the server holds the keys of snapshot and timestamp. Nothing is stored or sent.
 */

import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { keyId } from '../../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { expiryFor } from '../../metadata/expiry.ts';
import { parseRoot, type Root, rootToJson } from '../../metadata/root.ts';
import { parseTargets, targetsToJson } from '../../metadata/targets.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { signContent } from '../../tuf/sign-metadata.ts';
import { firstRoot, firstTargets } from '../initialize/initialize.ts';
import { certificateEntry } from '../initialize/root-certificate.ts';
import { checkServerKeyIsNew, foreignServerKey } from '../key-lifecycle/server-key.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { signingKeys } from '../sign/signing-keys.ts';
import type { NewKeys } from './new-keys.ts';

const serverRoles = ['timestamp', 'snapshot'] as const;

/**
 * The repository as it is to be published for the first time: root and targets, version 1 each. Call it when the
 * repository exists neither here nor on the server.
 *
 * @param ports with the crypto service of `keys`
 * @param keys gets the keys that are made
 * @throws NotaryError ATTEMPTS_EXCEEDED, PASSPHRASE_INVALID; for the server's keys INVALID_KEY_TYPE, SERVER_KEY_REFUSED and
 * the server's codes
 */
export async function makeImageRepository(ports: RepositoryPorts, keys: NewKeys): Promise<LoadedRepo> {
  const { gun, clock, expiryOf = expiryFor } = ports;
  const now = clock.now();
  const held = await serverKeys(ports);
  const rootEntry = await rootKeyEntry(ports, keys);
  const targetsKey = await keys.make('targets', gun);
  const content = firstRoot({ root: rootEntry, targets: targetsKey, ...held }, expiryOf('root', now));
  checkServerKeys(ports, content, held);
  const sign = (json: Parameters<typeof signContent>[0], key: PublicKey, role: string) =>
    signContent(json, [{ keys: new Map([[keyId(key), key]]), threshold: 1 }], signingKeys(ports), role);
  const root = await sign(rootToJson(content), rootEntry, 'root');
  const targets = await sign(targetsToJson(firstTargets(expiryOf('targets', now))), targetsKey, 'targets');
  return {
    root: parseRoot(root),
    targets: new Map([['targets', parseTargets(targets, 'targets')]]),
    snapshot: undefined,
    unusable: new Map(),
  };
}

type ServerKeys = Readonly<Record<(typeof serverRoles)[number], PublicKey>>;

async function serverKeys(ports: RepositoryPorts): Promise<ServerKeys> {
  const [timestamp, snapshot] = await Promise.all([
    serverKey(ports, 'timestamp'),
    serverKey(ports, 'snapshot'),
  ]);
  return { timestamp, snapshot };
}

async function serverKey(ports: RepositoryPorts, role: keyof ServerKeys): Promise<PublicKey> {
  return foreignServerKey(ports, role, await ports.remote.getKey(role));
}

/** A key of the server serves one role alone. */
function checkServerKeys(ports: RepositoryPorts, publishedRoot: Root, held: ServerKeys): void {
  for (const role of serverRoles)
    checkServerKeyIsNew(
      ports,
      { publishedRoot, targets: new Map() },
      { role, key: held[role], maybePresent: true },
    );
}

/** The certificate of the root key: of several that are here docker takes the one with the lowest ID. */
async function rootKeyEntry(ports: RepositoryPorts, keys: NewKeys): Promise<PublicKey> {
  const { gun, cryptoService, clock, random, log } = ports;
  const [stored, ...others] = (await cryptoService.list('root')).map((key) => key.keyId);
  if (stored !== undefined && others.length > 0)
    log.warn(
      `of ${others.length + 1} root keys ${stored} is taken for ${gun}: its ID is the lowest, as docker chooses`,
      'ROOT_KEY_CHOSEN',
    );
  const id = stored ?? canonicalKeyId(await keys.make('root', ''));
  const { key } = await cryptoService.find(id, { role: 'root', gun });
  const { createRootCertificate } = await import('../../crypto/certificate-issuance/signing-certificate.ts');
  return certificateEntry(key.publicKey.keyType, createRootCertificate(key, gun, clock.now(), random));
}
