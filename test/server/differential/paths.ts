/** Every method on every path, of a collection that is there and of one that is not. */

import { fileMetaOf, sha256Hex } from '../../../src/tuf/checksums.ts';
import { Collection } from '../../support/server-collection.ts';
import type { Session } from '../../support/server-session.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'DELETE'];

const roles = [
  ...['root', 'targets', 'snapshot', 'timestamp', 'targets/releases', 'targets/releases/deep'],
  ...[
    'targets/nobody',
    'targets/Upper',
    'targets/a.b',
    'targets/a%20b',
    'targets/%C3%A9',
    'targets/',
    'target',
  ],
  ...['Root', 'roots', 'mirrors', 'root/x', 'targets//releases', 'targets/../root', 'targets%2Freleases'],
];

const versions = ['1', '2', '3', '0', '01', '10', '001', '12345', '-1', '+1', '1.0', 'x', '', '9'.repeat(20)];

/** What may follow `/v2/GUN/_trust`. */
function resources(sums: Readonly<Record<string, string>>): readonly string[] {
  const { sha256 = '', sha512 = '', release = '' } = sums;
  const byRole = roles.flatMap((role) => [`${role}.json`, `${role}.key`, role]);
  const byVersion = versions.flatMap((version) =>
    ['root', 'targets', 'timestamp'].map((role) => `${version}.${role}.json`),
  );
  const byChecksum = [
    ...[
      sha256,
      sha256.toUpperCase(),
      sha512,
      sha512.slice(0, 96),
      sha512.slice(0, 127),
      `${sha256}0`,
      `${sha256.slice(1)}g`,
    ],
    ...['0'.repeat(64), '0'.repeat(63), release],
  ].flatMap((sum) => [`targets.${sum}.json`, `targets/releases.${sum}.json`, `1.targets.${sum}.json`]);
  const forms = [
    '',
    'root.JSON',
    'root.json/',
    'root.json.',
    '.json',
    '..',
    '.',
    'changefeed',
    'root.json.json',
    'targets.1.json',
  ];
  return [
    ...[...byRole, ...byVersion, ...byChecksum, ...forms].map((resource) => `/tuf/${resource}`),
    ...[
      '',
      '/',
      '/tuf',
      '/TUF/root.json',
      '/changefeed',
      '/changefeed/',
      '/changefeed?records=5',
      '/other',
      '/tuf/tuf/root.json',
    ],
  ];
}

const gunForms = [
  ...[
    '%2F',
    '%2f/',
    '%5C',
    '%20',
    '+',
    '%00',
    '%0A',
    '%0D%0A',
    '%25',
    '%252F',
    '%C3%A9',
    '%ff',
    '%c3',
    '%F0%9F%98%80',
  ],
  ...[
    '%2e',
    '%2e%2e',
    '/..',
    '/.',
    '//',
    '/%2e%2e/x',
    '%2e%2e/',
    '*',
    '%2A',
    ':8080',
    '@sha256:00',
    '~',
    ';a=b',
    ',',
    "'",
    '"',
  ],
  ...[
    '<',
    '>',
    '[',
    ']',
    '{',
    '}',
    '|',
    '\\',
    '^',
    '`',
    '&',
    '=',
    '$',
    '!',
    '(',
    ')',
    '#',
    '%23',
    '?',
    '%3F',
    '?a=b/_trust/tuf/',
  ],
  ...[
    '/_trust/tuf/root.json',
    '/_trust',
    '_trust',
    '%',
    '%2',
    '%zz',
    '%u1234',
    'x'.repeat(300),
    '/x'.repeat(300),
    '%41',
    '%61',
  ],
];

const others = [
  ...[
    '/',
    '/v2',
    '/v2/',
    '/v2/?x',
    '/v2/%20',
    '/V2/',
    '/v1/',
    '/v2//',
    '/v2/.',
    '/v2/..',
    '/v2/./',
    '/v2/../v2/',
    '/%76%32/',
  ],
  ...[
    '/_notary_server/health',
    '/_notary_server/health/',
    '/_notary_server/',
    '/_notary_server//health',
    '/_notary_server/health?x',
  ],
  ...[
    '/v2/_trust/changefeed',
    '/v2/_trust/changefeed?records=0',
    '/v2/_trust/tuf/root.json',
    '/v2//_trust/tuf/root.json',
  ],
  ...[
    '/v2/_trust/tuf/',
    '/v2/_catalog',
    '/favicon.ico',
    '/index.html',
    '/a/b/c',
    '/..',
    '/../..',
    '/x%0Ay',
    '/v2/x%0Ay/_trust/tuf/x',
    '//',
    '///',
    '*',
    '/?',
    '/#',
  ],
  ...[
    'https://localhost/v2/',
    'http://elsewhere:1/v2/',
    'https://localhost',
    'https://localhost/',
    'https://localhost//v2/',
  ],
];

export async function methodsAndPaths(session: Session): Promise<void> {
  const sums = await publish(session);
  for (const method of methods) {
    for (const resource of resources(sums)) {
      await session.send({
        method,
        path: `/v2/${session.gun}/_trust${resource}`,
      });
    }
  }
}

/** One request for each rule of a collection, whether it is served or not. */
export async function everyKindOfRequest(session: Session): Promise<void> {
  for (const resource of [
    'root.json',
    'timestamp.json',
    '1.root.json',
    'timestamp.key',
    'snapshot.key',
    '',
  ]) {
    for (const method of ['GET', 'POST', 'DELETE']) await session.ask(method, resource);
  }
  await session.send({
    method: 'GET',
    path: `/v2/${session.gun}/_trust/changefeed?records=1`,
  });
  await session.send({
    method: 'GET',
    path: '/v2/_trust/changefeed?records=1',
  });
  await session.post([]);
}

export async function pathsOfNothing(session: Session): Promise<void> {
  const sums = {
    sha256: 'a'.repeat(64),
    sha512: 'b'.repeat(128),
    release: 'c'.repeat(64),
  };
  for (const method of ['GET', 'POST', 'DELETE']) {
    for (const resource of resources(sums)) {
      await session.send({
        method,
        path: `/v2/${session.gun}/_trust${resource}`,
      });
    }
  }
  for (const method of methods) {
    for (const path of others) {
      // The answer of the Go server to a HEAD request for no path at all is not HTTP: it has a body.
      if (method !== 'HEAD' || /^(\/|https?:)/.test(path)) await session.send({ method, path });
    }
  }
}

export async function namesOfCollections(session: Session): Promise<void> {
  for (const method of ['GET', 'POST', 'DELETE', 'PATCH']) {
    for (const form of gunForms) {
      for (const resource of ['tuf/root.json', 'tuf/timestamp.key', 'tuf/', 'changefeed?records=1']) {
        await session.send({
          method,
          path: `/v2/${session.gun}${form}/_trust/${resource}`,
        });
      }
    }
  }
}

/** Two versions of targets and a delegation; gives the checksums that a client would ask for. */
async function publish(session: Session): Promise<Readonly<Record<string, string>>> {
  const collection = await Collection.of(session);
  const releases = collection.signer('releases');
  const delegates = [{ name: 'targets/releases', signers: [releases] }];
  const targets = collection.targets('first', { delegates });
  const release = collection.targets('release', {}, [releases]);
  await collection.publish({
    root: collection.root(),
    targets,
    'targets/releases': release,
  });
  await collection.publish({
    targets: collection.targets('second', { version: 2, delegates }),
  });
  const hex = (name: string) =>
    Buffer.from(fileMetaOf(targets).hashes.get(name) ?? '', 'base64').toString('hex');
  return {
    sha256: hex('sha256'),
    sha512: hex('sha512'),
    release: sha256Hex(fileMetaOf(release)) ?? '',
  };
}
