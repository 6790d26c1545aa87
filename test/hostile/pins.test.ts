/** Pins in the configuration, as text, against whatever root a server offers: a pin never turns into trust on first use. */

import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTrustPins } from '../../src/cli/config/trust-pins.ts';
import { update } from '../../src/client/update/update.ts';
import { privateKeyOf } from '../../src/crypto/keys/private-key.ts';
import { readJson } from '../../src/encoding/json.ts';
import type { JsonObject } from '../../src/encoding/json-value.ts';
import { encodePem } from '../../src/encoding/pem.ts';
import { NotaryError } from '../../src/errors.ts';
import type { TrustPins } from '../../src/library/repository.ts';
import { readPins } from '../../src/library/trust-pins.ts';
import type { Files } from '../../src/ports/files.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection } from '../support/forged-repository.ts';
import {
  basicConstraints,
  distinguishedName,
  type Extension,
  handMade,
  keyCertSign,
  utf8String,
} from '../support/hand-made-certificate.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { type Signer, signerWith } from '../support/metadata-author.ts';

const gun = 'docker.io/Alice/Demo';
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pemOf = (der: Uint8Array) =>
  Buffer.from(encodePem({ type: 'CERTIFICATE', headers: new Map(), bytes: der })).toString();

function authority(name: string, extensions: readonly Extension[], options: { readonly to?: Date } = {}) {
  const key = newKey();
  const names = [utf8String(name)];
  return {
    key,
    pem: pemOf(handMade({ key, names, extensions, ...options })),
    subject: distinguishedName(names),
  };
}

type Authority = ReturnType<typeof authority>;

const trueCa = [basicConstraints(true), keyCertSign];
const ca = authority('ca', trueCa);
const others: Readonly<Record<string, Authority>> = {
  'another CA': authority('another', trueCa),
  'another CA of the same name': authority('ca', trueCa),
  'a CA that is no CA': authority('ca', [basicConstraints(false), keyCertSign]),
  'a CA whose constraints are empty': authority('ca', [basicConstraints(), keyCertSign]),
  'a CA without constraints': authority('ca', [keyCertSign]),
  'a CA that has expired': authority('ca', trueCa, { to: new Date('2021-01-01T00:00:00Z') }),
};

/** A root certificate for the GUN, of the CA. */
function issued(by: Authority): Signer {
  const key = newKey();
  const der = handMade({
    key,
    names: [utf8String(gun)],
    issuer: { subject: by.subject, key: by.key },
    extensions: [basicConstraints()],
    from: new Date('2025-01-01T00:00:00Z'),
    to: new Date('2030-01-01T00:00:00Z'),
  });
  return signerWith(pemOf(der), privateKeyOf(key));
}

/** What the pinned CA file holds, by its name in the configuration. */
const caFiles: Record<string, string> = {
  'ca.pem': ca.pem,
  'empty.pem': '',
  'words.pem': 'not a certificate',
  'both.pem': '',
};

/** What lies in the working directory, which may be a checkout of somebody else's. */
const elsewhere: Record<string, string> = {};

const files: Files = {
  read: async (path) => {
    const text = path.startsWith('/conf/') ? caFiles[path.slice('/conf/'.length)] : elsewhere[path];
    if (text === undefined)
      throw new NotaryError('FILE_UNREADABLE', `open ${path}: no such file or directory`);
    return Buffer.from(text);
  },
  beside: (_file, path) => (path.startsWith('/') ? path : `/conf/${path}`),
} as Partial<Files> as Files;

async function pinsOf(section: string) {
  return pinsIn(`{"trust_pinning":${section}}`);
}

async function pinsIn(configuration: string) {
  const settings = readJson(Buffer.from(configuration)) as JsonObject;
  const server = {
    url: '',
    rootCa: undefined,
    clientCert: undefined,
    clientKey: undefined,
    skipVerify: false,
  };
  return readTrustPins({ trustDir: '', server, settings, configFile: '/conf/c.json' }, files);
}

let collection: ForgedCollection;
/** The root of the collection comes from the CA. */
let signer: Signer;
let otherRoot: Signer;

beforeAll(() => {
  caFiles['both.pem'] = `${others['another CA']?.pem ?? ''}${ca.pem}`;
  caFiles['key.pem'] = ca.key.export({ format: 'pem', type: 'pkcs8' }).toString();
  for (const [name, { pem }] of Object.entries(others)) caFiles[name] = pem;
  collection = new ForgedCollection({ gun });
  signer = issued(ca);
  otherRoot = issued(ca);
  collection.rotateRoot([signer], [signer]);
});

/** What becomes of a first contact under these pins; `ID` and `OTHER` stand for certificate IDs. */
async function firstContact(section: string): Promise<string> {
  const text = section.replaceAll('ID', signer.id).replaceAll('OTHER', otherRoot.id);
  let reader: Actor;
  try {
    reader = {
      ...actor(collection.server, memoryClock(), gun),
      pinning: await pinsOf(text),
    };
  } catch (error) {
    return (error as NotaryError).code;
  }
  try {
    await update(reader);
    return 'believed';
  } catch (error) {
    expect(reader.cache.files.size).toBe(0);
    expect((error as NotaryError).details).toMatchObject({ gun, role: 'root' });
    return (error as NotaryError).code;
  }
}

const good = 'believed';
const bad = 'ROOT_VALIDATION';
const invalid = 'TRUST_PINNING_INVALID';

describe('G14 pins at first contact', () => {
  const cases: readonly (readonly [section: string, outcome: string])[] = [
    ['null', good],
    ['{}', good],
    ['{"disable_tofu":false}', good],
    ['{"disable_tofu":true}', bad],
    ['{"disable_tofu":"true"}', bad],
    // Certificate IDs.
    ['{"certs":{"docker.io/Alice/Demo":["ID"]}}', good],
    ['{"certs":{"docker.io/Alice/Demo":["ID"]},"disable_tofu":true}', good],
    ['{"certs":{"docker.io/Alice/Demo":["OTHER","ID"]}}', good],
    ['{"certs":{"docker.io/Alice/Demo":["OTHER"]}}', bad],
    ['{"certs":{"docker.io/Alice/Demo":[]}}', bad],
    ['{"certs":{"docker.io/Alice/Demo":[""]}}', bad],
    ['{"certs":{"docker.io/Alice/Demo":["IDx"]}}', bad],
    ['{"certs":{"docker.io/Alice/Demo":[" ID"]}}', bad],
    ['{"certs":{"docker.io/Alice/Demo":["*"]}}', bad],
    // Which pin is for the GUN.
    ['{"certs":{"docker.io/Alice/*":["ID"]}}', good],
    ['{"certs":{"docker.io/Alice/*":["OTHER"]}}', bad],
    ['{"certs":{"docker.io/Alice/D*":["OTHER"]}}', bad],
    ['{"certs":{"*":["OTHER"]}}', bad],
    ['{"certs":{"*":["ID"]}}', good],
    ['{"certs":{"docker.io/Alice/Demo*":["OTHER"]}}', bad],
    ['{"certs":{"docker.io/*":["OTHER"],"docker.io/Alice/*":["ID"]}}', good],
    ['{"certs":{"docker.io/*":["ID"],"docker.io/Alice/*":["OTHER"]}}', bad],
    ['{"certs":{"docker.io/Alice/*":["OTHER"],"docker.io/Alice/Demo":["ID"]}}', good],
    ['{"certs":{"docker.io/Alice/*":["ID"],"docker.io/Alice/Demo":["OTHER"]}}', bad],
    ['{"certs":{"docker.io/bob/*":["OTHER"]}}', good],
    ['{"certs":{"docker.io/bob/*":["OTHER"]},"disable_tofu":true}', bad],
    ['{"certs":{"docker.io/Alice/Dem":["OTHER"]},"disable_tofu":true}', bad],
    ['{"certs":{"docker.io/Alice/Demo2*":["OTHER"]},"disable_tofu":true}', bad],
    ['{"certs":{"docker.io/*/Demo":["ID"]},"disable_tofu":true}', bad],
    // Capital letters are letters of their own.
    ['{"certs":{"docker.io/alice/demo":["ID"]},"disable_tofu":true}', bad],
    ['{"certs":{"DOCKER.IO/ALICE/DEMO":["ID"]},"disable_tofu":true}', bad],
    ['{"certs":{"docker.io/alice/*":["ID"]},"disable_tofu":true}', bad],
    ['{"CERTS":{"docker.io/Alice/Demo":["OTHER"]}}', bad],
    ['{"certs":{"__proto__":["OTHER"]},"disable_tofu":true}', bad],
    // CA files.
    ['{"ca":{"docker.io/Alice/Demo":"ca.pem"}}', good],
    ['{"ca":{"docker.io/Alice/":"ca.pem"}}', good],
    ['{"ca":{"":"ca.pem"}}', good],
    ['{"ca":{"docker.io/Alice":"ca.pem"},"disable_tofu":true}', good],
    ['{"ca":{"docker.io/alice":"ca.pem"},"disable_tofu":true}', bad],
    ['{"ca":{"docker.io/":"both.pem"}}', good],
    ...Object.keys(others).map((name) => [`{"ca":{"docker.io/":"${name}"}}`, bad] as const),
    ['{"ca":{"docker.io/":"empty.pem"}}', bad],
    ['{"ca":{"docker.io/":"words.pem"}}', bad],
    ['{"ca":{"docker.io/":"key.pem"}}', bad],
    ['{"ca":{"docker.io/":"nosuch.pem"}}', bad],
    ['{"ca":{"docker.io/bob":"nosuch.pem"}}', good],
    ['{"ca":{"docker.io/":"ca.pem","docker.io/Alice":"another CA"}}', bad],
    ['{"ca":{"docker.io/":"another CA","docker.io/Alice":"ca.pem"}}', good],
    ['{"ca":{"docker.io/":"ca.pem"},"certs":{"docker.io/Alice/Demo":["OTHER"]}}', bad],
    ['{"ca":{"docker.io/":"another CA"},"certs":{"docker.io/Alice/Demo":["ID"]}}', good],
    // Shapes that nobody knows.
    ...[
      ...[
        '[]',
        '"ID"',
        '1',
        'true',
        '{"certs":[]}',
        '{"certs":"ID"}',
        '{"certs":{"g":"ID"}}',
        '{"certs":{"g":null}}',
      ],
      ...[
        '{"certs":{"g":{"ids":["ID"]}}}',
        '{"certs":{"g":[["ID"]]}}',
        '{"certs":{"g":[null]}}',
        '{"certs":{"other":[1]}}',
      ],
      ...[
        '{"ca":[]}',
        '{"ca":"ca.pem"}',
        '{"ca":{"g":["ca.pem"]}}',
        '{"ca":{"g":null}}',
        '{"ca":{"g":{"path":"ca.pem"}}}',
      ],
      ...['{"disable_tofu":"yes"}', '{"disable_tofu":2}', '{"disable_tofu":[]}', '{"disable_tofu":{}}'],
    ].map((section) => [section, invalid] as const),
    ['{"certs":{"g":["a"],"g":["b"]}}', 'MALFORMED_JSON'],
    ['{"certs":{"g":["a"]},"certs":{}}', 'MALFORMED_JSON'],
  ];

  it.each(cases)('the pins at first contact decide: %s: %s', async (section, outcome) => {
    expect(await firstContact(section)).toBe(outcome);
  });
});

describe('G33 a pinned CA path', () => {
  it.each(Object.keys(others))(
    'a pinned CA path never leads into the working directory: %s lies there',
    async (name) => {
      elsewhere['ca.pem'] = others[name]?.pem ?? '';
      expect(await firstContact('{"ca":{"docker.io/":"ca.pem"}}')).toBe(good);
      elsewhere['only-there.pem'] = ca.pem;
      expect(await firstContact('{"ca":{"docker.io/":"only-there.pem"}}')).toBe(bad);
      elsewhere['/anywhere/ca.pem'] = ca.pem;
      expect(await firstContact('{"ca":{"docker.io/":"/anywhere/ca.pem"}}')).toBe(good);
    },
  );
});

describe('G33 a pin whose name is misspelt', () => {
  const pinned = '{"docker.io/Alice/Demo":["OTHER"]}';

  it.each([
    ...['cert', 'cers', 'certss', 'certificates', 'pins', 'CERT', 'certs ', 'certs.gun', ''].map((name) => [
      `{"trust_pinning":{${JSON.stringify(name)}:${pinned}}}`,
    ]),
    ...['cas', 'c', 'CAs', 'ca_file'].map((name) => [
      `{"trust_pinning":{${JSON.stringify(name)}:{"docker.io/":"another CA"}}}`,
    ]),
    ...['disableTofu', 'disable-tofu', 'disabletofu', 'disable_tofus', 'disable_TOFU_', 'tofu'].map(
      (name) => [`{"trust_pinning":{${JSON.stringify(name)}:true}}`],
    ),
    ['{"trust_pinning":{"__proto__":true}}'],
    ['{"trust_pinning":{"disabled":null}}'],
    ...[
      'trustpinning',
      'trust-pinning',
      'trust_pining',
      'Trust Pinning',
      'trustPinning',
      'trust_pinnings',
      'trustpining',
    ]
      .flatMap((name) => [
        `{"${name}":{"certs":${pinned}}}`,
        `{"${name}":{"disable_tofu":true}}`,
        `{"${name}.disable_tofu":true}`,
      ])
      .map((text) => [text]),
    [`{"remote_server":{"trust_pinning":{"certs":${pinned}}}}`],
    ['{"disable_tofu":true}'],
    ['{"disableTofu":true}'],
    ['{"trust_dir":"x","remote_server":{"disable_tofu":true}}'],
    // Of two of one name either may be taken.
    [`{"trust_pinning":{"certs":${pinned},"Certs":{}}}`],
    [`{"trust_pinning":{"certs":${pinned}},"trust_pinning.certs":{}}`],
    [`{"trust_pinning":{"disable_tofu":true},"Trust_Pinning":{"disable_tofu":false}}`],
  ])('a pin whose name is misspelt, %s, is an error that names the nearest name', async (configuration) => {
    const text = configuration.replaceAll('OTHER', otherRoot.id);
    const refusal = await pinsIn(text).catch((error: unknown) => error as NotaryError);
    expect(refusal).toMatchObject({ code: invalid, details: { file: '/conf/c.json' } });
    expect((refusal as NotaryError).message).toMatch(
      /; the nearest one is trust_pinning(\.(certs|ca|disable_tofu))?$|^trust_pinning\.[a-z_]+ is set twice$/,
    );
  });

  it.each([
    '{"trust_dir":"x","remote_server":{"url":"https://notary.test","root_ca":"ca.pem","skipTLSVerify":true}}',
    '{"logging":{"level":"debug"},"trust_service":{"type":"local"},"pinned":1,"":{"":{}}}',
    '{"Trust_Pinning":{"Certs":{},"CA":{},"Disable_Tofu":false}}',
    '{"trust_pinning":null}',
    '{"trust_pinning.disable_tofu":"false"}',
  ])('a misspelt pin is not seen in %s', async (configuration) => {
    expect(await pinsIn(configuration)).toEqual({ certs: new Map(), ca: new Map(), disableTofu: false });
  });

  it('a misspelt pin is not seen in a name with a dot', async () => {
    expect((await pinsIn('{"trust_pinning.disable_tofu":"true"}')).disableTofu).toBe(true);
    expect((await pinsIn(`{"TRUST_PINNING.Certs":${pinned}}`)).certs.size).toBe(1);
  });
});

describe('G33 pins of a script', () => {
  const read = async (pins: unknown) => readPins(pins as TrustPins, files);

  it('the pins of a script are taken in the spelling of the library and in that of the configuration', async () => {
    expect((await read({ disableTofu: true })).disableTofu).toBe(true);
    expect((await read({ disable_tofu: true })).disableTofu).toBe(true);
    expect((await read({ disable_tofu: true, disableTofu: true })).disableTofu).toBe(true);
    expect((await read({ certs: { g: ['a'] } })).certs).toEqual(new Map([['g', ['a']]]));
    for (const none of [undefined, {}, { certs: undefined, ca: undefined, disableTofu: undefined }]) {
      expect(await read(none)).toEqual({ certs: new Map(), ca: new Map(), disableTofu: false });
    }
  });

  const wrong: readonly unknown[] = [
    ...[null, [], 'x', 1, true, new Map([['disableTofu', true]]), new URL('https://notary.test')],
    { cert: { g: ['a'] } },
    { Certs: { g: ['a'] } },
    { cas: { g: 'x' } },
    { disabletofu: true },
    { disable_tofu: true, disableTofu: false },
    ...[null, 'true', 1].map((value) => ({ disableTofu: value })),
    ...[
      null,
      1,
      [],
      new Map(),
      { g: 'a' },
      { g: [1] },
      { g: undefined },
      { g: [undefined] },
      { g: new Set(['a']) },
    ].map((certs) => ({ certs })),
    ...[null, 'x', ['x'], new Map(), { g: ['x'] }, { g: undefined }, { g: Buffer.from('x') }].map(
      (value) => ({ ca: value }),
    ),
  ];

  it.each(wrong.map((pins) => [pins] as const))(
    'the pins of a script are refused when they are of another shape or have another name: %j',
    async (pins) => {
      await expect(read(pins)).rejects.toMatchObject({ name: 'NotaryError', code: invalid });
    },
  );
});

describe('G14 pins when a root is trusted', () => {
  const later = async (
    section: string,
    keys: readonly Signer[],
    signers: readonly Signer[],
  ): Promise<string> => {
    const own = new ForgedCollection({ gun });
    own.rotateRoot([signer], [signer]);
    const reader = {
      ...actor(own.server, memoryClock(), gun),
      pinning: await pinsOf(section),
    };
    reader.cache.files.set('root', own.files.get('root') ?? new Uint8Array());
    own.rotateRoot(keys, signers);
    return update(reader).then(
      ({ root }) => `version ${root.content.version}`,
      (error: unknown) => (error as NotaryError).code,
    );
  };

  it.each([
    '{}',
    '{"disable_tofu":true}',
    '{"certs":{"docker.io/Alice/Demo":["other"]}}',
    '{"ca":{"docker.io/":"another CA"}}',
  ])('the trusted root is the pin, and its keys may hand over: %s', async (section) => {
    expect(await later(section, [otherRoot], [signer, otherRoot])).toBe('version 12');
  });

  it.each(['{}', '{"ca":{"docker.io/":"ca.pem"}}'])(
    'a root of the pinned CA that the trusted keys have not signed is refused: %s',
    async (section) => {
      expect(await later(section, [otherRoot], [otherRoot])).toBe('ROOT_ROTATION');
    },
  );
});
