/** A rotation of the root while the passphrase at hand is not that of the former key. */

import { beforeEach, describe, expect, it } from 'vitest';
import { rotateKey } from '../../src/client/rotate/rotate-key.ts';
import { makeCryptoService } from '../../src/keys/crypto-service.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import type { Actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';
import { constantPassphrase } from '../support/memory-ports.ts';

const rotation = { role: 'root', serverManaged: false, newKeyIds: [], legacyVersions: 0 };

let owner: Actor;

beforeEach(async () => {
  ({ owner } = freshServer());
  await team.publishTarget(owner, '1.0');
});

function withPassphrase(passphrase: string): Actor {
  const { retrieve } = constantPassphrase(passphrase);
  const store = new KeyStore(owner.keyStorage, retrieve, owner.log);
  return { ...owner, cryptoService: makeCryptoService(store, retrieve, owner.log) };
}

const rootKeys = async () => (await owner.cryptoService.list('root')).map(({ keyId }) => keyId);

describe('a rotation of the root with a mistyped passphrase', () => {
  it('a rotation of the root with a mistyped passphrase fails before a new key is made, and the right one succeeds', async () => {
    const before = await rootKeys();
    await expect(rotateKey(withPassphrase('mistyped'), rotation)).rejects.toMatchObject({
      code: 'PASSPHRASE_INVALID',
    });
    expect(await rootKeys()).toEqual(before);
    await rotateKey(withPassphrase('passphrase'), rotation);
    expect(await rootKeys()).toHaveLength(before.length + 1);
  });
});
