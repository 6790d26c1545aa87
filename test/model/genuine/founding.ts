/** A collection on a real server with the people who sign it, made in this process: programs take their time. */

import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { initialize } from '../../../src/client/initialize/initialize.ts';
import { publish } from '../../../src/client/publish/publish.ts';
import { rotateKey } from '../../../src/client/rotate/rotate-key.ts';
import { addTarget, fileMetaOfStream } from '../../../src/client/stage/add-target.ts';
import { addDelegation } from '../../../src/client/stage/delegations.ts';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import { compose } from '../../../src/library/compose.ts';
import type { Home } from '../../support/genuine/home.ts';
import { fetchBytes } from '../../support/genuine/served-files.ts';
import type { Stage } from '../../support/genuine/stage.ts';
import { memoryLog } from '../../support/memory-ports.ts';
import { signersAtFirst } from '../beginnings.ts';
import { everybody, type Name } from '../steps.ts';
import type { OwnKey } from '../verbs.ts';
import { RealMachine } from './machine.ts';
import { delegationsListed, listed, type Setting } from './real-history.ts';

const word = 'a long passphrase';
const words = { root: word, targets: word, snapshot: word, delegation: word };

async function* chunksOf(text: string) {
  yield Buffer.from(text);
}

function publicPem(value: string): string {
  const lines = value.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}

/** @param number makes the GUN and the homes differ from those of other histories */
export async function found(stage: Stage, number: string): Promise<Setting & { readonly end: () => void }> {
  const gun = `docker.io/model/${number}`;
  const homes = new Map(
    everybody.map((name) => [name, stage.home(`model/${number}/${name}`, { passphrases: words })]),
  );
  const keys = new Map<Name, OwnKey>();
  for (const [name, home] of homes) await prepare(stage, gun, name, home, keys);
  for (const home of homes.values()) {
    for (const [name, { publicKey }] of keys) home.write(`${name}.pub`, publicPem(publicKey.value));
  }
  await foundCollection(stage, gun, homes, keys);
  const [owner, laptop] = [homes.get('owner'), homes.get('laptop')];
  if (owner !== undefined && laptop !== undefined)
    cpSync(owner.trustDir, laptop.trustDir, { recursive: true });
  const reader = stage.home(`model/${number}/reader`);
  return {
    machines: new Map([...homes].map(([name, home]) => [name, new RealMachine(home, gun)])),
    keys,
    fetch: async (resource) =>
      fetchBytes(stage, `/v2/${gun}/_trust/tuf/${resource}.json`).catch(() => undefined),
    freshSight: async () => {
      rmSync(reader.trustDir, { recursive: true, force: true });
      const [targets, delegations] = [
        await reader.notary('list', gun),
        await reader.notary('delegation', 'list', gun),
      ];
      return { targets: listed(targets.stdout), delegations: delegationsListed(delegations.stdout) };
    },
    end: () => {
      for (const home of [...homes.values(), reader]) rmSync(home.folder, { recursive: true, force: true });
    },
  };
}

async function open(stage: Stage, gun: string, home: Home) {
  const options = { trustDir: home.trustDir, gun, passphrase: word, ca: stage.certificates.caCertificate };
  return compose({ ...options, server: stage.server.url }, stage.server.url, memoryLog());
}

async function prepare(
  stage: Stage,
  gun: string,
  name: Name,
  home: Home,
  keys: Map<Name, OwnKey>,
): Promise<void> {
  mkdirSync(home.trustDir, { recursive: true });
  if (name === 'laptop') return;
  const parts = await open(stage, gun, home);
  const key = generateEcdsaKey();
  await parts.offline.cryptoService.add(key, 'delegation', '');
  keys.set(name, { id: key.keyId, publicKey: key.publicKey });
  await parts.close();
}

async function foundCollection(
  stage: Stage,
  gun: string,
  homes: ReadonlyMap<Name, Home>,
  keys: ReadonlyMap<Name, OwnKey>,
): Promise<void> {
  const parts = new Map<Name, Awaited<ReturnType<typeof open>>>();
  for (const [name, home] of homes) parts.set(name, await open(stage, gun, home));
  const online = async (name: Name) => {
    const opened = parts.get(name);
    if (opened === undefined) throw new Error(`${name} has no home`);
    return opened.online('push,pull');
  };
  const owner = await online('owner');
  await initialize(owner, {});
  await publish(owner);
  await rotateKey(owner, { role: 'snapshot', serverManaged: true, newKeyIds: [], legacyVersions: 0 });
  for (const [role, names] of Object.entries(signersAtFirst)) {
    const given = names.flatMap((name) => keys.get(name)?.publicKey ?? []);
    const lister = role === 'targets/a/x' ? await online('alice') : owner;
    await addDelegation(lister, { role, keys: given, paths: [''] });
    await publish(lister);
    const signer = await online(names[0] ?? 'owner');
    const meta = await fileMetaOfStream(chunksOf(role));
    for (const tag of ['1', `${role.at(-1) ?? ''}1`])
      await addTarget(signer, { name: tag, meta, roles: [role] });
    await publish(signer);
  }
  for (const opened of parts.values()) await opened.close();
}
