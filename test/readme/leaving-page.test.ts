/** What docs/leaving.md gives to copy, run against the genuine trust server and registry. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../support/genuine/docker-registry.ts';
import type { Home } from '../support/genuine/home.ts';
import { type OpenStage, onEachServer } from '../support/genuine/on-each-server.ts';
import { available, mustRun, repository } from '../support/genuine/programs.ts';
import { shellLine } from '../support/genuine/pseudo-terminal.ts';
import type { Stage } from '../support/genuine/stage.ts';
import { blocksOf, commandsOf } from './blocks.ts';

const page = readFileSync(join(repository, 'docs/leaving.md'), 'utf8');
const passphrases = {
  root: 'root-passphrase',
  targets: 'repository-passphrase',
  snapshot: 'repository-passphrase',
  delegation: 'repository-passphrase',
};
const image = 'registry.example.com/team/app';

function suite(open: OpenStage): void {
  let stage: Stage;
  let registry: DockerRegistry;
  beforeAll(async () => {
    [stage, registry] = [await open(), await startDockerRegistry({})];
  });
  afterAll(async () => {
    await registry.stop();
    await stage.close();
  });
  const here = (text: string) => text.replaceAll('registry.example.com', registry.domain);
  const type = (who: Home, line: string) =>
    mustRun('sh', ['-eu', '-c', `tsnotary() { ${shellLine('tsnotary', [])} "$@"; }\n${here(line)}`], {
      cwd: who.work,
      env: who.env,
    });

  it('its commands keep, list, sign again and switch off, in their order', async () => {
    const owner = stage.home('owner', { passphrases, env: { DOCKER_CONTENT_TRUST_SERVER: stage.url } });
    const { digest } = await registry.push('team/app', '1.0', 'oci index');
    await type(owner, `tsnotary trust sign --from-registry --signer alice ${image}:1.0`);
    owner.write('team.txt', here(`${image}\n`));
    const said = new Map<string, string>();
    const blocks = blocksOf(page).filter(({ language }) => language === 'console');
    for (const block of blocks)
      for (const { command } of commandsOf(block)) said.set(command, (await type(owner, command)).stdout);
    expect(said.size).toBeGreaterThan(11);
    const found = (beginning: string) =>
      [...said].filter(([command]) => command.startsWith(beginning)).map(([, text]) => text);
    expect(found('tsnotary archive verify')).toEqual([
      expect.stringMatching(/\nVerified\n$/),
      expect.stringMatching(/\nVerified\n$/),
    ]);
    expect(readFileSync(join(owner.work, 'to-sign.txt'), 'utf8')).toBe(here(`${image}@${digest}\n`));
    expect(readFileSync(join(owner.work, 'signed.csv'), 'utf8')).toContain(digest);
    for (const text of found('tsnotary trust resolve')) expect(text).toBe(here(`${image}@${digest}\n`));
    expect(found('tsnotary list')).toEqual([expect.stringContaining(digest.slice(7))]);
  });
}

if (available('docker-registry')) onEachServer('the page on leaving Notary', [], suite);
else describe.skip('the page on leaving Notary', () => it('needs docker-registry', () => undefined));
