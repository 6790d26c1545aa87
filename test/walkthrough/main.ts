/**
 * `npm run walkthrough`: shows the delegation page being worked through on a genuine Notary server,
 * each command with its output. Installs Debian's package `notary` when the server is not there.
 */

import { available, run } from '../support/genuine/programs.ts';
import { genuineStage } from '../support/genuine/stage.ts';
import { fetchGenuineServer } from './fetch-server.ts';
import { perform } from './perform.ts';

const bold = (text: string): string => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
const dim = (text: string): string => (process.stdout.isTTY ? `\x1b[2m${text}\x1b[0m` : text);

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
    const start = Date.now();
    const done = await perform({
      gun: 'docker.io/alice/demo',
      people,
      client: () => 'tsnotary',
      after: ({ step, program, args, outcome }) => {
        const line = args.map((word) => (/^[\w./:=-]+$/.test(word) ? word : `'${word}'`)).join(' ');
        console.log(`\n${dim(`# ${step.why}`)}\n${bold(`${step.who}$ ${program} ${line}`)}`);
        process.stdout.write(outcome.stdout + outcome.stderr);
        if (outcome.status !== 0) console.log(dim(`(exit status ${outcome.status})`));
      },
    });
    console.log(
      `\n${done.length} steps, each ended as it should, in ${((Date.now() - start) / 1000).toFixed(1)} s.`,
    );
  } finally {
    await stage.close();
  }
}

await main();
