/** Who holds the snapshot key, as far as the kind of its key tells. */

import { expect, it } from 'vitest';
import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import type { Root } from '../../src/metadata/root.ts';
import { snapshotHolder } from '../../src/tuf/snapshot-holder.ts';

function rootWith(snapshot: string, timestamp: string): Root {
  const keys = new Map([
    [asListedKeyId('a'.repeat(64)), { keyType: snapshot, value: '' }],
    [asListedKeyId('b'.repeat(64)), { keyType: timestamp, value: '' }],
  ]);
  const [one, other] = [...keys.keys()];
  const role = (id: typeof one) => ({ keyIds: id === undefined ? [] : [id], threshold: 1 });
  return {
    ...{ version: 1, expires: '2036-01-01T00:00:00Z', consistentSnapshot: false, keys },
    roles: new Map([
      ['snapshot', role(one)],
      ['timestamp', role(other)],
    ]),
  };
}

it.each([
  ['an Ed25519 key beside such a timestamp key is the server', 'ed25519', 'ed25519', 'server'],
  ['an ECDSA key beside an Ed25519 timestamp key is an owner', 'ecdsa', 'ed25519', 'owner'],
  ['an ECDSA key beside an ECDSA timestamp key may be of either', 'ecdsa', 'ecdsa', 'unknown'],
  ['an RSA key is an owner', 'rsa', 'ecdsa', 'owner'],
])("%s's", (_name, snapshot, timestamp, holder) => {
  expect(snapshotHolder(rootWith(snapshot, timestamp))).toBe(holder);
});
