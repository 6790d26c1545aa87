/** `npm run record:readme`: runs the commands of the README and writes what they print below them. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/genuine/programs.ts';
import { blocksOf, commandsOf, withBlock } from './blocks.ts';
import { Identities } from './identities.ts';
import { readmeWorld } from './world.ts';

async function record(path: string): Promise<void> {
  const world = await readmeWorld();
  const identities = new Identities();
  try {
    let page = readFileSync(path, 'utf8');
    for (const [number, block] of blocksOf(page).entries()) {
      if (block.language !== 'console') continue;
      let text = '';
      for (const { command, output } of commandsOf(block)) {
        const typed = identities.inNewCommand(command);
        const { shown } = await world.type(block.person, typed);
        identities.learn(output, shown);
        text += `$ ${typed}\n${shown.replaceAll(world.address, 'notary.example.com')}`;
      }
      page = withBlock(page, number, text);
    }
    writeFileSync(path, page);
  } finally {
    await world.close();
  }
}

await record(join(repository, 'README.md'));
