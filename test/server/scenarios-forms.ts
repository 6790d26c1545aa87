/**
 * Uploads in another form than a Go program writes. The server takes them all and hashes what it
 * would have written itself, so that some can no longer be found by the hash in the snapshot. The
 * hashes themselves are compared with those of the genuine server.
 */

import { utf8 } from '../../src/encoding/bytes.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import type { FileMeta } from '../../src/metadata/file-meta.ts';
import { edited, sealed, targetsContent } from '../support/metadata-author.ts';
import { Collection } from '../support/server-collection.ts';
import type { Scenario } from './scenarios-requests.ts';

const found = '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"200 <hash>"}';
const lost = '{"timestamp":2,"snapshot":2,"snapshotHash":true,"root":"200","targets":"404 <hash>"}';

/** Second targets whose text is changed after signing. */
function rewritten(
  name: string,
  ends: string,
  content: JsonObject,
  rewrite: (text: string) => string,
): Scenario {
  return {
    name,
    ends,
    run: async (session) => {
      const collection = await Collection.published(session);
      const targets = session.once('rewritten', () =>
        utf8(rewrite(Buffer.from(sealed(content, collection.targetsKey)).toString())),
      );
      await collection.publish({ targets });
      await session.look();
    },
  };
}

/** Second targets with other content, soundly signed. */
function withContent(
  name: string,
  ends: string,
  path: readonly string[],
  value: JsonValue | undefined,
): Scenario {
  return rewritten(name, ends, edited(targetsContent({ version: 2 }), path, value), (text) => text);
}

const plain = targetsContent({ version: 2 });
const meta: FileMeta = { length: 3, hashes: new Map([['sha256', Buffer.alloc(32, 7).toString('base64')]]) };

function withTarget(name: string, more: Partial<FileMeta> = {}): JsonObject {
  return targetsContent({ version: 2, targets: { [name]: { ...meta, ...more } } });
}

function delegation(members: Readonly<Record<string, JsonValue>>): JsonValue {
  return [new Map(Object.entries(members))];
}

const texts: readonly Scenario[] = [
  rewritten('white space between members', lost, plain, (text) => text.replaceAll(',', ', ')),
  rewritten('a line feed at the end', lost, plain, (text) => `${text}\n`),
  rewritten('signatures before what is signed', lost, plain, (text) =>
    text.replace(/^\{("signed":.*),("signatures":\[.*\])\}$/s, '{$2,$1}'),
  ),
  rewritten('members in another order', lost, plain, (text) =>
    text.replace(/("targets":\{\}),("version":2)/, '$2,$1'),
  ),
  rewritten('one more member beside signed and signatures', lost, plain, (text) =>
    text.replace(/\}$/, ',"more":1}'),
  ),
  rewritten('a signature method in capitals', lost, plain, (text) => text.replace('"ecdsa"', '"ECDSA"')),
  rewritten('one more member in a signature', lost, plain, (text) =>
    text.replace('"method"', '"a":1,"method"'),
  ),
  rewritten('a target name with < > & as they are', lost, withTarget('<a> & b'), (text) =>
    text.replace('\\u003ca\\u003e \\u0026 b', '<a> & b'),
  ),
  rewritten('a target name with < > & escaped', found, withTarget('<a> & b'), (text) => text),
  rewritten('a target name with a line separator escaped', found, withTarget('a\u2028b'), (text) => text),
  rewritten('a target name with needless escapes', lost, withTarget('a/b'), (text) =>
    text.replace('a/b', 'a\\/b'),
  ),
  rewritten(
    'a target name with quotes, backslashes and emoji',
    found,
    withTarget('"\\ é 😀'),
    (text) => text,
  ),
  rewritten(
    'custom data',
    found,
    withTarget('a', { custom: custom({ a: 1, b: [true, null, 'x'] }) }),
    (text) => text,
  ),
  rewritten(
    'custom data with members in another order',
    found,
    withTarget('a', { custom: custom({ a: 1, b: 2 }) }),
    (text) => text.replace('{"a":1,"b":2}', '{"b":2,"a":1}'),
  ),
  rewritten('custom data with white space', lost, withTarget('a', { custom: custom({ a: 1 }) }), (text) =>
    text.replace('{"a":1}', '{"a": 1}'),
  ),
  rewritten('custom data of nothing', lost, withTarget('a', { custom: null }), (text) => text),
];

function custom(members: Readonly<Record<string, JsonValue>>): JsonValue {
  return new Map(Object.entries(members));
}

const contents: readonly Scenario[] = [
  withContent('one more signed member', lost, ['spec_version'], '1.0.0'),
  withContent('no delegations', lost, ['delegations'], undefined),
  withContent('delegations without keys', lost, ['delegations', 'keys'], undefined),
  withContent('delegation roles of null', found, ['delegations', 'roles'], null),
  withContent('delegation keys of null', lost, ['delegations', 'keys'], null),
  withContent('targets of null', found, ['targets'], null),
  withContent(
    'delegation key IDs of null',
    found,
    ['delegations', 'roles'],
    delegation({ name: 'targets/a', keyids: null, paths: [''], threshold: 1 }),
  ),
  withContent(
    'a delegation without key IDs',
    lost,
    ['delegations', 'roles'],
    delegation({ name: 'targets/a', paths: [''], threshold: 1 }),
  ),
  withContent(
    'a delegation without paths',
    found,
    ['delegations', 'roles'],
    delegation({ name: 'targets/a', keyids: [], threshold: 1 }),
  ),
  withContent(
    'a delegation with an empty list of paths',
    lost,
    ['delegations', 'roles'],
    delegation({ name: 'targets/a', keyids: [], paths: [], threshold: 1 }),
  ),
  withContent(
    'a delegation with one more member',
    lost,
    ['delegations', 'roles'],
    delegation({ name: 'targets/a', keyids: [], paths: [''], terminating: false, threshold: 1 }),
  ),
  ...Object.entries({
    '2049-01-01T00:00:00.000Z': lost,
    '2049-01-01T00:00:00.120Z': lost,
    '2049-01-01T00:00:00.12Z': found,
    '2049-01-01T00:00:00.123456789Z': found,
    '2049-01-01T00:00:00+00:00': lost,
    '2049-01-01T00:00:00+02:00': found,
    '2049-01-01T00:00:00.5-05:30': found,
  }).map(([expires, ends]) => withContent(`an expiry of ${expires}`, ends, ['expires'], expires)),
  {
    name: 'a delegation in odd bytes is lost when the next one is published under it',
    ends: '{"timestamp":3,"snapshot":3,"snapshotHash":true,"root":"200","targets":"404 <hash>","targets/a":"200 <hash>"}',
    run: async (session) => {
      const collection = await Collection.of(session, 'client');
      const delegates = [{ name: 'targets/a', signers: [collection.signer('a')] }];
      const targets = session.once('odd', () =>
        utf8(`${Buffer.from(sealed(targetsContent({ delegates }), collection.targetsKey)).toString()} `),
      );
      const files = { root: collection.root(), targets };
      await collection.publish({ ...files, snapshot: collection.snapshotOf({ files }) });
      await session.look();
      const snapshot = await session.serverKey('snapshot', 'POST');
      await collection.publish({ root: collection.root({ version: 2, snapshot }) });
      await session.look();
      await collection.publish({ 'targets/a': collection.targets('a', {}, [collection.signer('a')]) });
      await session.look();
    },
  },
  {
    name: 'a snapshot of the client’s in odd bytes',
    ends: '404 METADATA_NOT_FOUND',
    run: async (session) => {
      const collection = await Collection.of(session, 'client');
      const files = { root: collection.root(), targets: collection.targets('first') };
      const snapshot = Buffer.concat([collection.snapshotOf({ files }), Buffer.from('\n')]);
      await collection.publish({ ...files, snapshot });
      await session.ask('GET', 'timestamp.json');
      await session.ask('GET', 'snapshot.json');
    },
  },
];

export const formScenarios: readonly Scenario[] = [...texts, ...contents];
