/**
 * `npm run quickstart`: starts a sandbox in a temporary directory and works through the delegation page in front of
 * the reader, each command with its output. Needs nothing but Node; keys and certificates are made with openssl
 * where that is installed, and with tsnotary elsewhere. However it ends, the server ends and the directory goes.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { makeHome } from '../support/genuine/home.ts';
import { available, cleanEnvironment, commandOf, run } from '../support/genuine/programs.ts';
import { adopt, makeScratch, stopChild } from '../support/genuine/scratch.ts';
import { perform } from './perform.ts';
import { showCommand, showStep, since } from './show.ts';
import { revokeByName, walkthroughWith } from './steps.ts';

/** Ends at a signal, and when nobody reads on; what is to be cleaned up is cleaned up on exit. */
function endInOrder(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(1));
}

interface Sandbox {
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts the server, shows what it says, and waits until it listens. */
async function startSandbox(folder: string): Promise<Sandbox> {
  const words = ['sandbox', 'start', '--dir', folder, '--port', '0'];
  showCommand('A Notary server of your own, on this machine only', 'owner', ['tsnotary', ...words, '&']);
  const [program = '', ...first] = commandOf('tsnotary');
  const child = spawn(program, [...first, ...words], {
    env: cleanEnvironment({ HOME: folder }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  adopt(child);
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (piece: Buffer): void => {
      text += piece.toString();
      const found = /https:\/\/localhost:\d+/.exec(text)?.[0];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('exit', (status) => reject(new Error(`the sandbox has ended with status ${status}\n${text}`)));
  });
  console.log(`${text.split('\n', 1)[0] ?? ''}\n[…]`);
  return { url, child };
}

const next = `
Where to go next:
    node bin/tsnotary.js sandbox start     a server that stays, and its settings
    node bin/tsnotary.js help delegation   the whole job on one screen
    npm test                               all tests
    README.md                              everything else
    docs/production-server.md              how to run the real server
`;

async function main(): Promise<void> {
  endInOrder();
  const start = performance.now();
  const { stdout } = await run('tsnotary', ['version']);
  const folder = makeScratch();
  const keys = available('openssl') ? 'openssl' : 'tsnotary';
  console.log(
    `${stdout}\nTwo people work through Docker's page on delegations; each has a home of their own in`,
  );
  console.log(`${folder}, which goes when this ends. Passphrases come from`);
  console.log('NOTARY_ROOT_PASSPHRASE and its sisters; without these variables, you would be asked.');
  const { url, child } = await startSandbox(join(folder, 'sandbox'));
  const certificates = { caCertificate: join(folder, 'sandbox/ca.crt') };
  const person = (name: string) => makeHome({ folder: join(folder, name), certificates, serverUrl: url });
  const done = await perform({
    gun: 'docker.io/alice/demo',
    steps: [...walkthroughWith(keys), ...revokeByName],
    people: { owner: person('owner'), collaborator: person('collaborator') },
    client: () => 'tsnotary',
    after: showStep,
  });
  await stopChild(child);
  console.log(
    `\n${done.length} steps, each ended as it should, ${since(start)}. The server has ended.\n${next}`,
  );
}

await main();
