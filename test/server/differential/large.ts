/** Long names, big files, and bodies in pieces. */

import type { FileMeta } from '../../../src/metadata/file-meta.ts';
import { sealed, targetsContent, upload } from '../../support/metadata-author.ts';
import { Collection } from '../../support/server-collection.ts';
import type { Session } from '../../support/server-session.ts';

const count = 20_000;

/** Some four megabytes of targets, there and back. */
export async function manyTargets(session: Session): Promise<void> {
  const collection = await Collection.of(session);
  const targets = session.once('many targets', () => sealed(manyTargetsContent(), collection.targetsKey));
  await collection.publish({ root: collection.root(), targets });
  await session.look();
  await session.ask('GET', 'targets.json');
}

function manyTargetsContent() {
  const meta: FileMeta = {
    length: 1,
    hashes: new Map([['sha256', Buffer.alloc(32, 7).toString('base64')]]),
  };
  const names = Array.from({ length: count }, (_, index) => `folder-${index % 100}/file <${index}>`).sort();
  return targetsContent({
    targets: Object.fromEntries(names.map((name) => [name, meta])),
  });
}

export async function longNames(session: Session): Promise<void> {
  for (const length of [255, 256, 1000, 8000, 100_000]) {
    const gun = `${session.gun}/${'g'.repeat(length)}`;
    for (const resource of ['root.json', 'timestamp.key', `targets/${'r'.repeat(length)}.json`, '']) {
      await session.send({
        method: 'GET',
        path: `/v2/${gun}/_trust/tuf/${resource}`,
        as: `${length}: ${resource.slice(0, 20)}`,
      });
    }
  }
}

/** Without a length, as clients send what they make while they send it. */
export async function bodiesInPieces(session: Session): Promise<void> {
  const collection = await Collection.of(session);
  for (const version of [1, 2, 2, 3]) {
    const files = {
      root: collection.root({ version: 1 }),
      targets: collection.targets(`version ${version}`, { version }),
    };
    const parts = Object.entries(version === 1 ? files : { targets: files.targets });
    const { headers, body } = upload(parts.map(([filename, bytes]) => ({ filename, bytes })));
    await session.send({
      method: 'POST',
      path: `/v2/${session.gun}/_trust/tuf/`,
      headers: { ...headers, 'transfer-encoding': 'chunked' },
      body,
    });
  }
  await session.look();
}
