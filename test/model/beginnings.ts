/** How histories begin: a published collection with delegations, and people with homes. Made once, copied for each. */

import { initialize } from '../../src/client/initialize/initialize.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { rotateKey } from '../../src/client/rotate/rotate-key.ts';
import { addTarget, fileMetaOfStream } from '../../src/client/stage/add-target.ts';
import { addDelegation } from '../../src/client/stage/delegations.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { epoch, memoryClock } from '../support/memory-ports.ts';
import { saboteur } from './faults.ts';
import { type Folder, Home } from './home.ts';
import { HistoryServer, type Holdings } from './server.ts';
import { everybody, type Name } from './steps.ts';
import type { OwnKey, OwnKeys } from './verbs.ts';

export const gun = 'docker.io/alice/demo';

/** Whose keys the roles list in the beginning. */
export const signersAtFirst: Readonly<Record<string, readonly Name[]>> = {
  'targets/a': ['alice', 'bob'],
  'targets/a/x': ['bob', 'carol'],
  'targets/b': ['carol'],
};

const firstTags = [
  ['owner', 'targets'],
  ['alice', 'targets/a'],
  ['bob', 'targets/a/x'],
  ['carol', 'targets/b'],
] as const;

async function* chunksOf(text: string) {
  yield Buffer.from(text);
}

export interface Beginning {
  readonly holdings: Holdings;
  readonly folders: ReadonlyMap<Name, Folder>;
  readonly keys: OwnKeys;
}

/** @param serverSnapshot the server holds the key of the snapshot, so that collaborators can publish */
export async function begin({ serverSnapshot }: { readonly serverSnapshot: boolean }): Promise<Beginning> {
  const clock = memoryClock(epoch);
  const server = new HistoryServer(gun, clock);
  const homes = new Map(everybody.map((name) => [name, new Home(name, gun, server.url, clock)]));
  const start = (name: Name) => {
    const home = homes.get(name);
    if (home === undefined) throw new Error(`${name} has no home`);
    return home.start(
      saboteur(undefined, async () => undefined),
      server.send,
    );
  };
  const keys = new Map<Name, OwnKey>();
  for (const name of everybody) {
    if (name === 'laptop') continue;
    const key = generateEcdsaKey();
    await start(name).cryptoService.add(key, 'delegation', '');
    keys.set(name, { id: key.keyId, publicKey: key.publicKey });
  }
  const owner = start('owner');
  await initialize(owner, {});
  await publish(owner);
  if (serverSnapshot) {
    await rotateKey(owner, { role: 'snapshot', serverManaged: true, newKeyIds: [], legacyVersions: 0 });
  }
  for (const [role, names] of Object.entries(signersAtFirst)) {
    // Where the owner alone can publish, the owner signs everything.
    const able: readonly Name[] = serverSnapshot ? names : [...names, 'owner'];
    const given = able.flatMap((name) => keys.get(name)?.publicKey ?? []);
    const lister = role === 'targets/a/x' && serverSnapshot ? start('alice') : owner;
    await addDelegation(lister, { role, keys: given, paths: [''] });
    await publish(lister);
  }
  for (const [name, role] of firstTags) {
    const signer = start(serverSnapshot ? name : 'owner');
    for (const tag of ['1', `${role.at(-1) ?? ''}1`]) {
      await addTarget(signer, { name: tag, meta: await fileMetaOfStream(chunksOf(role)), roles: [role] });
    }
    await publish(signer);
  }
  const ownersFolder = homes.get('owner')?.folder() ?? new Map();
  const folders = new Map(
    [...homes].map(([name, home]) => [name, name === 'laptop' ? ownersFolder : home.folder()]),
  );
  return { holdings: server.holdings, folders, keys };
}
