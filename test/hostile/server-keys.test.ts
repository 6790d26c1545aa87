/** Keys that a server offers for its roles, at init and at rotation: only one that can verify something is signed. */

import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { initialize } from '../../src/client/initialize/initialize.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { rotateKey } from '../../src/client/rotate/rotate-key.ts';
import { update } from '../../src/client/update/update.ts';
import { isNotaryError } from '../../src/errors.ts';
import { type Actor, actor } from '../support/actor.ts';
import {
  base64,
  der,
  ecSamples,
  ed25519,
  goodSamples,
  otherPointForm,
  rsa1024,
  rsa2048,
  rsaPublic,
  secp256k1,
  spkiOf,
} from '../support/key-samples.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';

const p256 = ecSamples.find(({ name }) => name === 'P-256') ?? secp256k1;
const spki = spkiOf(p256.privateKey);
const key = (keytype: unknown, value: unknown) =>
  JSON.stringify({ keytype, keyval: { private: null, public: value } });
const bytes = (keytype: string, value: Uint8Array) => key(keytype, base64(value));
const privateDer = (sample: typeof p256) => sample.privateKey.export({ format: 'der', type: 'pkcs8' });
const curve = (namedCurve: string) => spkiOf(generateKeyPairSync('ec', { namedCurve }).privateKey);
/** Points of small order on Ed25519, which verify anything. */
const smallOrder = [
  '01' + '00'.repeat(31),
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '00'.repeat(32),
  '00'.repeat(31) + '80',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
];

const bad: readonly (readonly [what: string, body: string])[] = [
  // Curves and sizes.
  ['of secp256k1', bytes('ecdsa', spkiOf(secp256k1.privateKey))],
  ['of P-192', bytes('ecdsa', curve('prime192v1'))],
  ['of brainpool', bytes('ecdsa', curve('brainpoolP256r1'))],
  ['of RSA 1024', bytes('rsa', spkiOf(rsa1024.privateKey))],
  [
    'of RSA 512',
    bytes(
      'rsa',
      rsaPublic(Buffer.concat([Buffer.of(0xc1), Buffer.alloc(62, 7), Buffer.of(1)]), Buffer.of(1, 0, 1)),
    ),
  ],
  [
    'of RSA with an exponent of 1',
    bytes(
      'rsa',
      rsaPublic(Buffer.concat([Buffer.of(0xc1), Buffer.alloc(254, 7), Buffer.of(1)]), Buffer.of(1)),
    ),
  ],
  [
    'of RSA 16384',
    bytes(
      'rsa',
      rsaPublic(Buffer.concat([Buffer.of(0xc1), Buffer.alloc(2046, 7), Buffer.of(1)]), Buffer.of(1, 0, 1)),
    ),
  ],
  ['of X25519', bytes('ed25519', spkiOf(generateKeyPairSync('x25519').privateKey))],
  ...smallOrder.map(
    (hex, index) =>
      [`of Ed25519 and small order (${index})`, bytes('ed25519', Buffer.from(hex, 'hex'))] as const,
  ),
  ['of Ed25519 with 31 bytes', bytes('ed25519', Buffer.alloc(31, 9))],
  ['of Ed25519 with 33 bytes', bytes('ed25519', Buffer.alloc(33, 9))],
  ['of Ed25519 in DER', bytes('ed25519', spkiOf(ed25519.privateKey))],
  // The point and its wrapping.
  ['cut short', bytes('ecdsa', spki.subarray(0, -1))],
  ['of half its length', bytes('ecdsa', spki.subarray(0, spki.length / 2))],
  ['with a byte behind', bytes('ecdsa', Buffer.concat([spki, Buffer.of(0)]))],
  [
    'of a point off the curve',
    bytes('ecdsa', Buffer.concat([spki.subarray(0, -1), Buffer.of((spki.at(-1) ?? 0) ^ 1)])),
  ],
  ['of the point at infinity', bytes('ecdsa', der(0x30, spki.subarray(2, 23), der(0x03, Buffer.of(0, 0))))],
  ['of a compressed point', bytes('ecdsa', otherPointForm(p256, 'compressed'))],
  ['of a hybrid point', bytes('ecdsa', otherPointForm(p256, 'hybrid'))],
  ['of zeros', bytes('ecdsa', Buffer.alloc(91))],
  ['of nothing', key('ecdsa', '')],
  // Other things than a public key.
  ['that is a private key', bytes('ecdsa', privateDer(p256))],
  ['that is a private key of RSA', bytes('rsa', privateDer(rsa2048))],
  ['that is a private key of Ed25519', bytes('ed25519', privateDer(ed25519))],
  [
    'that is PEM text',
    bytes('ecdsa', Buffer.from(`-----BEGIN PUBLIC KEY-----\n${base64(spki)}\n-----END PUBLIC KEY-----\n`)),
  ],
  ['that is no certificate', bytes('ecdsa-x509', Buffer.from('no certificate'))],
  ['that is a bare key called a certificate', bytes('ecdsa-x509', spki)],
  // Types.
  ['of RSA called ecdsa', bytes('ecdsa', spkiOf(rsa2048.privateKey))],
  ['of P-256 called rsa', bytes('rsa', spki)],
  ['of P-256 called ed25519', bytes('ed25519', spki)],
  ...['dsa', '', 'ECDSA', 'ecdsa ', '__proto__', 'constructor', 'toString'].map(
    (type) => [`of type ${JSON.stringify(type)}`, bytes(type, spki)] as const,
  ),
  ['of a number for a type', key(1, base64(spki))],
  ['of null for a type', key(null, base64(spki))],
  // Text.
  [
    'in URL alphabet',
    key('ecdsa', base64(spki).replaceAll('/', '_').replaceAll('+', '-').replace(/^./, '_')),
  ],
  ['in base64 with line ends', key('ecdsa', `${base64(spki).slice(0, 60)}\n${base64(spki).slice(60)}`)],
  ['in base64 without padding', key('ecdsa', `${base64(spki).replace(/=*$/, '')}A`)],
  ['in hexadecimal', key('ecdsa', spki.toString('hex'))],
  ['that is null', 'null'],
  ['that is a list', '[]'],
  ['that is a text', '"key"'],
  ['that is an empty object', '{}'],
  ['without its values', '{"keytype":"ecdsa"}'],
  ['with null for its values', '{"keytype":"ecdsa","keyval":null}'],
  ['with a number for its value', key('ecdsa', 7)],
  ['that is not JSON', 'not JSON'],
  ['that is nothing at all', ''],
  ['that is a page', '<html></html>'],
  ['with a second type', bytes('ecdsa', spki).replace('{', '{"keytype":"rsa",')],
  ['with a second value', bytes('ecdsa', spki).replace('"public"', '"public":"","public"')],
  ['with another key behind', bytes('ecdsa', spki).repeat(2)],
  ['that is longer than any key', `${' '.repeat(300_000)}${bytes('ecdsa', spki)}`],
];

const codes = [
  'INVALID_KEY',
  'INVALID_KEY_TYPE',
  'INVALID_CERTIFICATE',
  'MALFORMED_JSON',
  'MALFORMED_DER',
  'MALFORMED_PEM',
  'MALICIOUS_SERVER',
];

async function refused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    expect(codes).toContain(error.code);
    expect(error.message).toMatch(/^[^\p{Cc}]+$/u);
    return;
  }
  throw new Error('the key was taken');
}

describe('G20 a timestamp key at init', () => {
  it.each(bad)('a timestamp key at init is refused %s, and no key is left behind', async (_, body) => {
    const server = memoryServer();
    const owner = actor(server, memoryClock());
    server.override({ path: 'timestamp.key', status: 200, body });
    await refused(() => initialize(owner, {}));
    expect(await owner.cryptoService.list()).toEqual([]);
    expect(owner.keyStorage.files.size).toBe(0);
    expect(owner.cache.files.size).toBe(0);
    expect(server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('a timestamp key at init is refused through publish, which makes a collection that is nowhere', async () => {
    const server = memoryServer();
    const owner = actor(server, memoryClock());
    server.override({
      path: 'timestamp.key',
      status: 200,
      body: bytes('rsa', spkiOf(rsa1024.privateKey)),
      times: 1,
    });
    await refused(() => publish(owner));
    expect(owner.keyStorage.files.size).toBe(0);
    await publish(owner);
    expect((await update(actor(server, memoryClock()))).root.content.version).toBe(1);
  });

  it.each(goodSamples.map((sample) => [sample.name, sample] as const))(
    'a timestamp key at init may be of %s',
    async (_, { entry }) => {
      const server = memoryServer();
      const owner = actor(server, memoryClock());
      server.override({ path: 'timestamp.key', status: 200, body: key(entry.keyType, entry.value) });
      await initialize(owner, {});
      expect(owner.cache.files.size).toBe(3);
    },
  );
});

describe('G20 a key of the server at a rotation', () => {
  let server: MemoryServer;
  let owner: Actor;

  beforeAll(async () => {
    server = memoryServer();
    owner = actor(server, memoryClock());
    await publish(owner);
  });

  const roles = ['timestamp', 'snapshot'] as const;
  const cases = bad.flatMap(([what, body]) => roles.map((role) => [role, what, body] as const));

  it.each(cases)(
    'a key of the server at a rotation is refused for the %s %s, and nothing has changed',
    async (role, _, body) => {
      const held = [new Map(owner.keyStorage.files), new Map(owner.cache.files)];
      server.clearOverrides();
      server.forget();
      server.override({ method: 'POST', path: `${role}.key`, status: 200, body });
      await refused(() => rotateKey(owner, { role, serverManaged: true, newKeyIds: [], legacyVersions: 0 }));
      expect([owner.keyStorage.files, owner.cache.files]).toEqual(held);
      expect(
        server.requests.map(({ method, path }) => `${method} ${path.slice(path.lastIndexOf('/') + 1)}`),
      ).toEqual([`POST ${role}.key`]);
    },
  );

  it.each(roles)('a key of the server at a rotation is taken for the %s when it is sound', async (role) => {
    server.clearOverrides();
    const before = (await update(actor(server, memoryClock()))).root.content.version;
    await rotateKey(owner, { role, serverManaged: true, newKeyIds: [], legacyVersions: 0 });
    expect((await update(actor(server, memoryClock()))).root.content.version).toBe(before + 1);
  });
});
