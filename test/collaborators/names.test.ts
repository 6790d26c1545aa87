/** Which name a key has: of the file, of a docker role, of its certificate. */

import { describe, expect, it } from 'vitest';
import { keyNames } from '../../src/collaborators/names.ts';
import type { PrivateKey } from '../../src/crypto/keys/private-key.ts';
import { der } from '../support/der.ts';
import { handMade, oids, utf8String } from '../support/hand-made-certificate.ts';
import { certifiedSigner, plainSigner, type Signer, signerWith } from '../support/metadata-author.ts';
import { collectionOf, fileOf } from '../support/named-collection.ts';

const now = new Date('2026-11-01T00:00:00Z');
const idOf = ({ key }: Signer) => key.keyId;

function withEmail(
  commonName: string,
  email: string,
  { key }: { readonly key: PrivateKey } = plainSigner(),
): Signer {
  const bytes = handMade({
    key: key.object,
    names: [utf8String(commonName)],
    extensions: [
      {
        oid: oids.alternativeNames,
        value: der(0x30, der(0x82, Buffer.from('dns')), der(0x81, Buffer.from(email))),
      },
    ],
  });
  return signerWith(
    `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key,
  );
}

describe('the name of a key', () => {
  const signer = certifiedSigner('Robert', now);
  const delegates = [
    { name: 'targets/bob', signers: [signer] },
    { name: 'targets/releases', signers: [signer] },
  ];

  it('the file comes before a role, a role before a certificate', () => {
    const of = (...input: Parameters<typeof keyNames>) => keyNames(...input).of(idOf(signer));
    const collections = [collectionOf(...delegates)];
    const file = fileOf({ alice: [idOf(signer)] });
    expect(of({ file, collections })).toEqual({ collaborator: 'alice', nameSource: 'file' });
    expect(of({ file: undefined, collections })).toEqual({ collaborator: 'bob', nameSource: 'role' });
    const releases = [collectionOf({ name: 'targets/releases', signers: [signer] })];
    expect(of({ file: undefined, collections: releases })).toEqual({
      collaborator: 'Robert',
      nameSource: 'certificate',
    });
  });

  it('a bare key in no docker role, and a key that is nowhere, have none', () => {
    const bare = plainSigner();
    const names = keyNames({
      file: undefined,
      collections: [collectionOf({ name: 'targets/releases', signers: [bare] })],
    });
    expect(names.of(idOf(bare))).toEqual({ nameSource: 'none' });
    expect(names.of(idOf(signer))).toEqual({ nameSource: 'none' });
    expect(names.keyIds).toEqual([idOf(bare)]);
  });

  it('the e-mail address in a certificate comes before its common name, and both are found', () => {
    const carol = withEmail('Carol C', 'carol@acme.com');
    const names = keyNames({
      file: undefined,
      collections: [collectionOf({ name: 'targets/releases', signers: [carol] })],
    });
    expect(names.of(idOf(carol))).toEqual({ collaborator: 'carol@acme.com', nameSource: 'certificate' });
    expect(names.certifiedAs('Carol C')).toEqual([idOf(carol)]);
    expect(names.certifiedAs('carol')).toEqual([]);
    expect(names.keysOf('carol@acme.com')).toBeUndefined();
  });

  it('a key in several roles has the name of the smallest', () => {
    const other = plainSigner();
    const names = keyNames({
      file: undefined,
      collections: [
        collectionOf(
          { name: 'targets/all', signers: [other, signer] },
          { name: 'targets/bob', signers: [signer] },
        ),
      ],
    });
    expect(names.of(idOf(signer)).collaborator).toBe('bob');
    expect(names.of(idOf(other)).collaborator).toBe('all');
  });

  it('a nested role and a role that looks like a key ID name no one', () => {
    const names = keyNames({
      file: undefined,
      collections: [new Map([...collectionOf({ name: 'targets/deadbeef', signers: [plainSigner()] })])],
    });
    expect(names.keyIds.map((id) => names.of(id).nameSource)).toEqual(['none']);
    expect(names.keysOf('deadbeef')).toBeUndefined();
  });
});
