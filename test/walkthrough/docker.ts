/** Delegations as the Docker CLI does them: two people sign images, and one of them loses the right to. */

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../support/genuine/home.ts';
import type { Stage } from '../support/genuine/stage.ts';
import type { Who } from './steps.ts';

export interface Shown {
  readonly command: string;
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface DockerStep {
  readonly who: Who;
  /** Words after `docker`. */
  readonly words: (image: string) => readonly string[];
  /** A file of the work directory that the other person gets afterwards. */
  readonly hand?: string;
}

const step = (who: Who, words: DockerStep['words'], hand?: string): DockerStep => ({
  who,
  words,
  ...(hand === undefined ? {} : { hand }),
});

const steps: readonly DockerStep[] = [
  step('collaborator', () => ['trust', 'key', 'generate', 'bob'], 'bob.pub'),
  step('owner', (image) => ['trust', 'inspect', image]),
  step('owner', (image) => ['push', `${image}:1.0`]),
  step('owner', (image) => ['trust', 'inspect', '--pretty', image]),
  step('owner', (image) => ['trust', 'signer', 'add', '--key', 'bob.pub', 'bob', image]),
  step('collaborator', (image) => ['trust', 'sign', `${image}:1.1`]),
  step('collaborator', (image) => ['push', `${image}:1.0`]),
  step('owner', (image) => ['trust', 'inspect', image]),
  step('owner', (image) => ['pull', `${image}:1.1`]),
  step('owner', (image) => ['pull', `${image}:9.9`]),
  step('collaborator', (image) => ['trust', 'revoke', '-y', `${image}:1.1`]),
  step('owner', (image) => ['pull', `${image}:1.1`]),
  step('owner', (image) => ['trust', 'signer', 'remove', 'bob', image]),
  step('collaborator', (image) => ['trust', 'sign', `${image}:1.1`]),
  step('owner', (image) => ['trust', 'inspect', '--pretty', image]),
  step('owner', (image) => ['trust', 'revoke', '-y', image]),
  step('owner', (image) => ['trust', 'inspect', image]),
];

/** The people share one passphrase for every key of a repository, as Docker wants it. */
const passphrases = {
  root: 'root-passphrase',
  targets: 'repository-passphrase',
  snapshot: 'repository-passphrase',
  delegation: 'repository-passphrase',
};

/** @param stage set with `docker: true` */
export async function performWithDocker(stage: Stage): Promise<readonly Shown[]> {
  const image = `${stage.address}/alice/demo`;
  for (const tag of ['1.0', '1.1']) stage.engine.addImage(image, tag, `the image ${tag}`);
  const people: Readonly<Record<Who, Home>> = {
    owner: stage.home('docker/o/owner', { passphrases }),
    collaborator: stage.home('docker/c/collaborator', { passphrases }),
  };
  const shown: Shown[] = [];
  for (const { who, words, hand } of steps) {
    const { status, stdout, stderr } = await people[who].run('docker', words(image));
    shown.push({ command: `${who}: docker ${words(image).join(' ')}`, status, stdout, stderr });
    if (hand !== undefined) copyFileSync(join(people.collaborator.work, hand), join(people.owner.work, hand));
  }
  return shown;
}
