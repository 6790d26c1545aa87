/**
 * `npm run walkthrough`: shows the delegation page being worked through on a genuine Notary server,
 * each command with its output. Installs Debian's package `notary` when the server is not there.
 */

import { available, run } from '../support/genuine/programs.ts';
import { genuineStage } from '../support/genuine/stage.ts';
import { fetchGenuineServer } from './fetch-server.ts';
import { perform } from './perform.ts';
import { showStep, since } from './show.ts';

async function main(): Promise<void> {
  if (!available('notary-server')) await fetchGenuineServer();
  const { stdout } = await run('tsnotary', ['version']);
  const stage = await genuineStage();
  console.log(
    `${stdout}\nA genuine notary-server listens at ${stage.url}. The owner and the collaborator have`,
  );
  console.log('a home each; passphrases come from NOTARY_ROOT_PASSPHRASE and its sisters.');
  try {
    const people = { owner: stage.home('owner'), collaborator: stage.home('collaborator') };
    const start = performance.now();
    const done = await perform({
      gun: 'docker.io/alice/demo',
      people,
      client: () => 'tsnotary',
      after: showStep,
    });
    console.log(`\n${done.length} steps, each ended as it should, ${since(start)}.`);
  } finally {
    await stage.close();
  }
}

await main();
