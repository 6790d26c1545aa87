/** What the README shows is what happens: its commands are run in order, and its output compared. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, repository } from '../support/genuine/programs.ts';
import { normaliser } from '../support/normalise-output.ts';
import { blocksOf, commandsOf, indentedCommands } from './blocks.ts';
import { Identities } from './identities.ts';
import { type ReadmeWorld, readmeWorld } from './world.ts';

const page = readFileSync(join(repository, 'README.md'), 'utf8');
const blocks = blocksOf(page);
const library = existsSync(join(repository, 'src/index.ts'));

describe('the README', () => {
  it('the README shows commands only where they are run', () => {
    const languages = new Set(blocks.map(({ language }) => language));
    expect([...languages].sort()).toEqual(['console', 'js', 'json', 'text']);
    // These build and install; tests of their own do that.
    expect(indentedCommands(page)).toEqual([
      'npm ci && npm run quickstart',
      'npm ci && npm test',
      'npm pack',
      'npm install --global ./tsnotary-0.1.0.tgz',
    ]);
  });

  it('the README names scripts of npm that there are', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    const { scripts } = manifest as { readonly scripts: Readonly<Record<string, string>> };
    const named = Array.from(page.matchAll(/npm run ([a-z:]+)/g), ([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('the README links to files that there are', () => {
    const links = Array.from(page.matchAll(/\]\(([^)#:]+)\)/g), ([, path]) => path ?? '');
    expect(links.length).toBeGreaterThan(8);
    expect(links.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  });

  it('the README shows JSON that can be read', () => {
    const texts = blocks.filter(({ language }) => language === 'json').map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(() => JSON.parse(text) as unknown).not.toThrow();
  });
});

describe.skipIf(!available('openssl'))('the commands of the README', () => {
  let world: ReadmeWorld;
  const identities = new Identities();
  const onPage = normaliser();
  const here = normaliser();
  beforeAll(async () => {
    world = await readmeWorld();
  });
  afterAll(() => world.close());

  for (const block of blocks.filter(({ language }) => language === 'console')) {
    it(`the commands in line ${block.line} show what is printed there`, async () => {
      for (const { command, output } of commandsOf(block)) {
        const { status, shown } = await world.type(block.person, identities.inCommand(command));
        expect(`${command}\n${here(shown)}`).toBe(
          `${command}\n${onPage(output.replaceAll('notary.example.com', 'localhost:1'))}`,
        );
        expect([command, status]).toEqual([command, /^\* fatal|^\{"error"/m.test(output) ? 1 : 0]);
        identities.learn(output, shown);
      }
    });
  }

  it.skipIf(!library)('the commands with the library do what is shown below them', async () => {
    const script = blocks.findIndex(({ language }) => language === 'js');
    const { status, stdout, stderr } = await world.script(blocks[script]?.text ?? '');
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: blocks[script + 1]?.text, stderr: '' });
  });

  it.skipIf(!library)('the commands with the library end with a message where the URL is none', async () => {
    const script = blocks.find(({ language }) => language === 'js')?.text ?? '';
    const { status, stdout, stderr } = await world.script(script, { NOTARY_SERVER: 'notary.example.com' });
    const message = 'SERVER_URL_INVALID: the option server must look like https://HOST:PORT\n';
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: message });
  });
});
