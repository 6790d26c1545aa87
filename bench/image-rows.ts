/** What is measured of images: many digests resolved at once, beside a loop over the genuine docker CLI. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../test/support/genuine/home.ts';
import type { Stage } from '../test/support/genuine/stage.ts';
import type { Row } from './rows.ts';

const repositories = 20;

function forget(home: Home): void {
  rmSync(join(home.trustDir, 'tuf'), { recursive: true, force: true });
}

/** `trust resolve` of many images over a link with a round trip, with empty caches. */
export async function imageRows(stage: Stage, rounds: number, count: number): Promise<readonly Row[]> {
  const guns = Array.from({ length: repositories }, (_, index) => `example.com/images/app${index}`);
  const owner = stage.home('owner of images');
  // What is made here need not be far away.
  owner.configure({ remote_server: { url: stage.server.url, root_ca: 'root-ca.crt' } });
  owner.write('list', guns.join('\n'));
  owner.write('image', 'an image');
  await owner.tsnotary('publish', '--repos', 'list');
  const tags = Array.from({ length: Math.ceil(count / repositories) }, (_, index) => `1.${index}`);
  for (const tag of tags) await owner.tsnotary('add', '--repos', 'list', tag, 'image', '-p');
  const images = tags.flatMap((tag) => guns.map((gun) => `${gun}:${tag}`)).slice(0, count);
  const [looping, resolving] = ['loop', 'resolve'].map((name) => {
    const home = stage.home(`${name} over images`, { passphrases: 'none' });
    home.write('images', images.join('\n'));
    return { home, before: () => forget(home) };
  });
  if (looping === undefined || resolving === undefined) throw new Error('nobody is there');
  const sample = images.slice(0, 5);
  return [
    {
      work: `trust resolve of ${count} images of ${repositories} repositories, empty caches, RTT 50 ms (beside docker trust inspect of ${sample.length}, scaled)`,
      ...{ goal: 0.05, against: 'docker', rounds: Math.min(rounds, 3) },
      notary: {
        ...looping,
        program: ['sh', '-ec', 'for image; do docker trust inspect "$image"; done', 'sh'],
        args: sample,
        part: sample.length / count,
      },
      tsnotary: { ...resolving, args: ['trust', 'resolve', '--file', 'images'] },
    },
  ];
}
