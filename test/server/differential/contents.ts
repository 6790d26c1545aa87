/** Soundly signed files in which one member is not what it should be: each member, by each wrong value. */

import { keyId } from '../../../src/crypto/keys/public-key.ts';
import type { JsonObject, JsonValue } from '../../../src/encoding/json-value.ts';
import { type Signer, sealed, snapshotContent, targetsContent } from '../../support/metadata-author.ts';
import { Collection } from '../../support/server-collection.ts';
import type { Session } from '../../support/server-session.ts';
import { editsOf } from './wrong-members.ts';

/** Publishes for the first time, to a GUN of its own for each wrong member of one of the files. */
async function publishEach(
  session: Session,
  role: string,
  contentsOf: (collection: Collection) => Contents,
  holder: 'server' | 'client' = 'server',
): Promise<void> {
  const count = edits(await Collection.of(session, holder), role, contentsOf).length;
  for (let number = 0; number < count; number++) {
    const own = session.elsewhere(`${session.gun}/${number}`);
    const collection = await Collection.of(own, holder);
    const edit = edits(collection, role, contentsOf)[number];
    if (edit === undefined) throw new Error('the contents differ');
    const files: Record<string, Uint8Array> = {};
    for (const [name, file] of Object.entries(contentsOf(collection))) {
      files[name] =
        file instanceof Uint8Array ? file : sealed(name === role ? edit.apply(file[0]) : file[0], file[1]);
    }
    await own.publish(files, `${role}: ${edit.name}`);
  }
}

/** By role: content and who signs it, or a file as it is. */
type Contents = Readonly<Record<string, readonly [JsonObject, Signer] | Uint8Array>>;

/** The IDs of the server's keys differ from server to server, and with them the order of the keys. */
function edits(collection: Collection, role: string, contentsOf: (collection: Collection) => Contents) {
  const edited = contentsOf(collection)[role];
  if (edited === undefined || edited instanceof Uint8Array) throw new Error(`there is no content of ${role}`);
  return editsOf(edited[0], [keyId(collection.timestamp), keyId(collection.snapshot)]);
}

/** Content with a bit of everything. */
function fullTargets(role: string, delegate: Signer): JsonObject {
  const hashes = new Map([['sha256', Buffer.alloc(32, 7).toString('base64')]]);
  const custom = new Map<string, JsonValue>([['b', [1, 'c']]]);
  return targetsContent({
    targets: { a: { length: 1, hashes, custom } },
    delegates: [{ name: `${role}/a`, signers: [delegate], paths: ['x'] }],
  });
}

export function rootsWithWrongMembers(session: Session): Promise<void> {
  return publishEach(session, 'root', (collection) => ({
    root: [collection.rootContent(), collection.rootKey],
    targets: [targetsContent(), collection.targetsKey],
  }));
}

export function targetsWithWrongMembers(session: Session): Promise<void> {
  return publishEach(session, 'targets', (collection) => ({
    root: [collection.rootContent(), collection.rootKey],
    targets: [fullTargets('targets', collection.signer('delegate')), collection.targetsKey],
  }));
}

export function delegationsWithWrongMembers(session: Session): Promise<void> {
  return publishEach(session, 'targets/a', (collection) => ({
    root: [collection.rootContent(), collection.rootKey],
    targets: [fullTargets('targets', collection.signer('delegate')), collection.targetsKey],
    'targets/a': [fullTargets('targets/a', collection.signer('next')), collection.signer('delegate')],
  }));
}

/** The hashes are those of the very files, so that only the wrong member is wrong. */
export function snapshotsWithWrongMembers(session: Session): Promise<void> {
  const contentsOf = (collection: Collection): Contents => {
    const { rootKey, timestamp, snapshotKey } = collection;
    const files = {
      root: session.once(`root for ${keyId(timestamp)}`, () => sealed(collection.rootContent(), rootKey)),
      targets: collection.targets('first'),
    };
    return { ...files, snapshot: [snapshotContent({ files }), snapshotKey] };
  };
  return publishEach(session, 'snapshot', contentsOf, 'client');
}
