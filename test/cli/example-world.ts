/** A person, files and a collection on a server, in which every example of the help can be run as it stands. */

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '../../src/crypto/signatures/digest.ts';
import { toHex } from '../../src/encoding/bytes.ts';
import { type ShownCommand, shownCommands } from '../support/command-lines.ts';
import { scriptedPrompter } from '../support/memory-ports.ts';
import type { Run } from '../support/memory-system.ts';
import { type Served, serve } from './batch/served.ts';

const gun = 'docker.io/alice/demo';
const content = 'release 1.0\n';
/** One for all keys, so that a key may come back in another role than it was made for. */
const env = {
  NOTARY_ROOT_PASSPHRASE: 'passphrase',
  NOTARY_TARGETS_PASSPHRASE: 'passphrase',
  NOTARY_SNAPSHOT_PASSPHRASE: 'passphrase',
  NOTARY_DELEGATION_PASSPHRASE: 'passphrase',
};

export interface ExampleWorld {
  /** Runs every command of tsnotary in a line of help, with the shell's part of it done. */
  perform(line: string): Promise<readonly Run[]>;
  stop(): Promise<void>;
}

/** Keys of two collaborators, a backup, a root key, a list and a file, in the work directory. */
async function furnish(served: Served): Promise<void> {
  const must = (words: readonly string[]) => served.must(words, { env });
  const at = (name: string): string => join(served.home.folder, name);
  writeFileSync(at('app.tar'), content);
  writeFileSync(at('team.txt'), `# images of the team\n${gun}\ndocker.io/alice/tools\n`);
  for (const name of ['bob', 'eve']) await must(['key', 'generate', '--role', 'user', '--output', name]);
  await must(['key', 'generate', '-o', 'root']);
  await must(['key', 'import', 'bob-key.pem']);
  for (const name of ['bob', 'eve']) await must(['collaborator', 'add', name, `${name}.pem`]);
  writeFileSync(at('team.yaml'), 'bob: {keys: [bob.pem]}\n');
}

/** Two collections with delegations, three changes that are staged. */
async function publish(served: Served): Promise<void> {
  const must = (words: readonly string[]) => served.must(words, { env });
  for (const name of [gun, 'docker.io/alice/tools']) {
    await must(['init', name]);
    await must(['publish', name]);
    await must(['key', 'rotate', name, 'snapshot', '-r']);
    await must(['delegation', 'add', name, 'targets/releases', 'bob.pem', 'eve.pem', '--all-paths', '-p']);
  }
  await must(['delegation', 'add', gun, 'targets/linux', 'eve.pem', '--paths', 'linux/', '-p']);
  await must(['add', gun, '1.0', 'app.tar', '-p']);
  await must(['add', gun, '1.0', 'app.tar', '-r', 'targets/releases', '-p']);
  await must(['archive', 'create', gun, '-o', 'demo.tar']);
  await must(['archive', 'create', '--repos', 'team.txt', '-o', 'team.tar']);
  for (const name of ['2.0', '2.1', '2.2']) await must(['add', gun, name, 'app.tar']);
}

/** @param published false for a person who has not made a collection yet */
export async function exampleWorld(published: boolean): Promise<ExampleWorld> {
  const [served, empty] = [await serve(), await serve('another')];
  const { home } = served;
  await furnish(served);
  if (published) await publish(served);
  await served.must(['key', 'export', '-o', 'backup.pem'], { env });
  const listed = await served.must(['key', 'list']);
  const keyId = /^.*\b(?:delegation|user)\b.*?([0-9a-f]{64})/m.exec(listed)?.[1] ?? '';
  const shown = published ? await served.must(['anchor', 'show', gun, '--format', 'fingerprint']) : '';
  copyFileSync(join(home.folder, '.notary/config.json'), join(home.folder, 'build.json'));
  const known: Readonly<Record<string, string>> = {
    KEY_ID: keyId,
    GUN: gun,
    FINGERPRINT: shown.trim(),
    $DIGEST: toHex(digest('sha256', Buffer.from(content))),
    '$(stat -c %s app.tar)': String(content.length),
    'https://notary.example.com': empty.url,
    '~/.docker/trust': join(home.folder, '.notary'),
  };
  const run = ({ words, input, piped }: ShownCommand): Promise<Run> =>
    home.run(
      words.map((word) => known[word] ?? word),
      {
        env,
        prompter: scriptedPrompter([piped ?? 'yes', 'yes'], false),
        ...(input === undefined ? {} : { stdin: readFileSync(join(home.folder, input), 'utf8') }),
      },
    );
  return {
    async perform(line) {
      const runs: Run[] = [];
      for (const command of shownCommands(line)) runs.push(await run(command));
      return runs;
    },
    stop: async () => {
      await served.stop();
      await empty.stop();
    },
  };
}
