/** What the server may serve after an upload that it took, and still have it reported as published. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import { baseRole, parseRoot } from '../../../src/metadata/root.ts';
import { parseEnvelope } from '../../../src/metadata/signed.ts';
import {
  parseSnapshot,
  parseTimestamp,
  snapshotToJson,
  timestampToJson,
} from '../../../src/metadata/snapshot.ts';
import { parseTargets } from '../../../src/metadata/targets.ts';
import { signWithServerKeys } from '../../../src/server/store/server-keys.ts';
import { fileMetaOf } from '../../../src/tuf/checksums.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { fileBy, serveFile } from '../../support/forging-server.ts';
import { type MemoryClock, memoryClock } from '../../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../../support/memory-server.ts';
import { plainSigner, type Signer, sealed } from '../../support/metadata-author.ts';

const gun = 'docker.io/alice/demo';
const role = 'targets/releases';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;
let bob: Actor;
let bobsKey: Signer;

/** The owner has given bob a role, in which he has published 1.0; the server signs the snapshot. */
beforeEach(async () => {
  clock = memoryClock();
  server = memoryServer({ clock });
  [owner, bob] = [actor(server, clock), actor(server, clock)];
  bobsKey = plainSigner(generateEcdsaKey());
  await bob.cryptoService.add(bobsKey.key, 'delegation', '');
  await publish(owner);
  await team.shareSnapshot(owner);
  await team.delegate(owner, role, [bobsKey.entry]);
  await publish(owner);
  await team.publishTarget(bob, '1.0', role);
  await team.stageTarget(bob, '2.0', role);
});

/** As a person, but as soon as the server has taken the upload something else happens to it. */
function followed(who: Actor, then: () => Promise<unknown>): Actor {
  const publishThen: Actor['remote']['publish'] = async (files) => {
    await who.remote.publish(files);
    await then();
  };
  return { ...who, remote: { ...who.remote, publish: publishThen } };
}

async function current(name: string) {
  const stored = await server.server.store.current(gun, name);
  if (stored === undefined) throw new Error(`the server has no ${name}`);
  return stored;
}

/** Makes another file of the role current, of a version so many above the one that was sent. */
const replaced =
  (by: Signer, step: number, keeps = true) =>
  async () => {
    const sent = await current(role);
    const { targets } = parseTargets(parseEnvelope(sent.bytes), role).content;
    const evil = { evil: fileMetaOf(Buffer.from('evil')) };
    const other = fileBy(
      { version: sent.version + step, targets: { ...(keeps && Object.fromEntries(targets)), ...evil } },
      by,
    );
    await serveFile(server, gun, role, { bytes: other.bytes, version: sent.version + 1 });
  };

/** Makes a snapshot current that says the same and is signed by this key, under a sound timestamp. */
const snapshotBy = (signer: Signer) => async () => {
  const { store } = server.server;
  const snapshot = parseSnapshot(parseEnvelope((await current('snapshot')).bytes)).content;
  const timestamp = parseTimestamp(parseEnvelope((await current('timestamp')).bytes)).content;
  const root = parseRoot(parseEnvelope((await current('root')).bytes)).content;
  const bytes = sealed(snapshotToJson({ ...snapshot, version: snapshot.version + 1 }), signer);
  const version = timestamp.version + 1;
  const meta = new Map([['snapshot', fileMetaOf(bytes)]]);
  const stamped = await signWithServerKeys(
    store,
    timestampToJson({ ...timestamp, version, meta }),
    baseRole(root, 'timestamp'),
  );
  const files = [
    { role: 'snapshot', version: snapshot.version + 1, bytes },
    { role: 'timestamp', version, bytes: stamped.bytes },
  ];
  expect(await store.update(gun, files, clock.now())).toBe('stored');
};

const unverified = (reason: string) => ({ code: 'PUBLISH_UNVERIFIED', details: { gun, reason } });

describe('G17 an upload that the server took', () => {
  it('an upload that the server took is published when the same key has signed a newer file on top of it', async () => {
    await publish(followed(bob, replaced(bobsKey, 1)));
    expect(bob.changelist.changes.size).toBe(0);
  });

  it('an upload that the server took is not published when a newer file of the same key lacks what was sent', async () => {
    const failure = publish(followed(bob, replaced(bobsKey, 1, false)));
    await expect(failure).rejects.toMatchObject(unverified('CHECKSUM_MISMATCH'));
    expect(bob.changelist.changes.size).toBe(1);
  });

  it('an upload that the server took is not published when a newer file in its place is signed by a stranger', async () => {
    const failure = publish(followed(bob, replaced(plainSigner(), 1)));
    await expect(failure).rejects.toMatchObject(unverified('CHECKSUM_MISMATCH'));
    expect(bob.changelist.changes.size).toBe(1);
  });

  it.each([0, -1])(
    'an upload that the server took is not published when another file in its place has a version that is not newer: %i',
    async (step) => {
      const failure = publish(followed(bob, replaced(bobsKey, step)));
      await expect(failure).rejects.toMatchObject(unverified('CHECKSUM_MISMATCH'));
      expect(bob.changelist.changes.size).toBe(1);
    },
  );

  it('an upload that the server took is not published when its file is not in the snapshot any more', async () => {
    const failure = publish(followed(bob, () => serveFile(server, gun, role, undefined)));
    await expect(failure).rejects.toMatchObject(unverified('CHECKSUM_MISMATCH'));
    expect(bob.changelist.changes.size).toBe(1);
  });

  it('an upload that the server took is not published when the snapshot that names its file is signed by a stranger', async () => {
    const failure = publish(followed(bob, snapshotBy(plainSigner())));
    await expect(failure).rejects.toMatchObject(unverified('ROLE_THRESHOLD'));
    expect(bob.changelist.changes.size).toBe(1);
  });
});
