/** Several actors on one collection of a server in memory, and what they usually do. */

import { publish } from '../../src/client/publish/publish.ts';
import { listTargets } from '../../src/client/read/list-targets.ts';
import type { Rotation } from '../../src/client/rotate/new-role-keys.ts';
import { rotateKey } from '../../src/client/rotate/rotate-key.ts';
import { addTarget, fileMetaOfStream } from '../../src/client/stage/add-target.ts';
import { addDelegation } from '../../src/client/stage/delegations.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { makeCryptoService } from '../../src/keys/crypto-service.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import type { Actor } from './actor.ts';
import { constantPassphrase } from './memory-ports.ts';

async function* chunksOf(text: string) {
  yield Buffer.from(text);
}

/** Stages a target whose payload is its name. */
export async function stageTarget(who: Actor, name: string, ...roles: readonly string[]): Promise<void> {
  await addTarget(who, { name, meta: await fileMetaOfStream(chunksOf(name)), roles });
}

export async function publishTarget(who: Actor, name: string, ...roles: readonly string[]): Promise<void> {
  await stageTarget(who, name, ...roles);
  await publish(who);
}

/** `name: role` of everything that may be trusted. */
export async function listing(who: Actor, ...roles: readonly string[]): Promise<readonly string[]> {
  return (await listTargets(who, { roles })).map(({ name, role }) => `${name}: ${role}`);
}

/** A key for a delegation, stored with its actor under the role word `delegation`. */
export async function delegationKey(who: Actor): Promise<PublicKey> {
  const key = generateEcdsaKey();
  await who.cryptoService.add(key, 'delegation', '');
  return key.publicKey;
}

export async function delegate(
  owner: Actor,
  role: string,
  keys: readonly PublicKey[],
  paths: readonly string[] = [''],
): Promise<void> {
  await addDelegation(owner, { role, keys, paths });
}

/** Rotates the key of a role; a new key is made on this side unless told otherwise. */
export async function rotate(who: Actor, role: string, options: Partial<Rotation> = {}): Promise<void> {
  await rotateKey(who, { role, serverManaged: false, newKeyIds: [], legacyVersions: 0, ...options });
}

/** Hands the snapshot to the server, without which nobody but the owner can publish. */
export function shareSnapshot(owner: Actor): Promise<void> {
  return rotate(owner, 'snapshot', { serverManaged: true });
}

/** The same actor in a new process: all files are there, nothing is remembered. */
export function restarted(who: Actor): Actor {
  const passphrase = constantPassphrase();
  const store = new KeyStore(who.keyStorage, passphrase.retrieve, who.log);
  return { ...who, passphrase, cryptoService: makeCryptoService(store, passphrase.retrieve, who.log) };
}

/** The same actor, and something that happens once the server has taken an upload, before the client reads it back. */
export function afterUpload(who: Actor, work: () => Promise<void>): Actor {
  return {
    ...who,
    remote: {
      ...who.remote,
      publish: async (files) => {
        await who.remote.publish(files);
        await work();
      },
    },
  };
}

/** The role words for which passphrases were asked for, sorted. */
export function askedFor(who: Actor): readonly string[] {
  return who.passphrase.requests.map(({ alias }) => alias).sort();
}

/** The signed part of a file as the server has it, and the IDs of the keys that signed it. */
export async function served(who: Actor, resource: string) {
  const { signed, signatures } = parseEnvelope(await who.remote.get(resource, 1e8));
  return { signed, signers: signatures.map(({ keyId }) => keyId), version: signed.get('version') };
}
