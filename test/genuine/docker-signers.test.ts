/** `trust signer` and `trust key` beside those of the genuine docker CLI, word for word. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Passphrases } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { type Sides, sideBySide } from '../support/genuine/side-by-side.ts';
import type { Stage } from '../support/genuine/stage.ts';

const shared: Passphrases = {
  root: 'root-passphrase',
  targets: 'repository-passphrase',
  snapshot: 'repository-passphrase',
  delegation: 'repository-passphrase',
};

onEachServer('signers and their keys', ['docker', 'notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ docker: true });
  });
  afterAll(() => stage.close());

  const people = (name: string): Sides =>
    sideBySide(stage, name, {
      passphrases: shared,
      env: { SSL_CERT_FILE: stage.certificates.caCertificate },
    });

  async function same(sides: Sides, ...words: readonly string[]): Promise<string> {
    const { docker, tsnotary } = await sides.trust(words);
    expect({ words, ...tsnotary }).toEqual({ words, ...docker });
    return `${docker.status} ${docker.stdout}${docker.stderr}`;
  }

  it('adds signers as docker does', async () => {
    const sides = people('adding');
    const log: string[] = [];
    const say = async (...words: string[]) => {
      try {
        log.push(await same(sides, ...words));
      } catch (error) {
        log.push(`DIFFERS ${words.join(' ')} ${(error as Error & { diff?: string }).message}`);
        const { docker, tsnotary } = await sides.trust(words);
        log.push(JSON.stringify({ docker, tsnotary }, null, 1));
      }
    };
    await say('key', 'generate', 'alice');
    await say('signer', 'add', '--key', 'alice.pub', 'alice', 'IMAGES/app');
    await say('signer', 'add', '--key', 'alice.pub', 'alice', 'IMAGES/app');
    await say('signer', 'add', '--key', 'alice.pub', 'bob', 'IMAGES/app', 'IMAGES/other', 'IMAGES/App');
    await say('inspect', '--pretty', 'IMAGES/app');
    console.log(log.join('\n---\n'));
  });
});
