/**
 * What a person sees at 80 and at 120 columns of the commands that Notary does not have. The screens are kept in
 * `fixtures/screens/`; a file that is removed is written anew.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryOutput } from '../support/memory-system.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

const gun = 'docker.io/acme/app';
const releases = 'targets/releases';
const people = ['alice', 'bob'] as const;
const ids = new Map<string, string>();
let served: Served;

/** Bob alone has signed `targets/releases`, which alice may sign, too; his removal and a tag are staged. */
beforeAll(async () => {
  served = await serve();
  const { must } = served;
  await must(['init', gun, '-p']);
  await must(['key', 'rotate', gun, 'snapshot', '-r']);
  const at = (name: string) => join(served.home.folder, name);
  for (const name of people) {
    await must(['key', 'generate', '--role', 'user', '--output', at(name)]);
    const { changes } = JSON.parse(
      await must(['collaborator', 'add', name, at(`${name}.pem`), '--json']),
    ) as {
      readonly changes: readonly { readonly keyId: string }[];
    };
    ids.set(name, changes[0]?.keyId ?? '');
  }
  // Bob's name is that of a role.
  await must(['collaborator', 'remove', 'bob']);
  await must(['key', 'import', at('bob-key.pem')]);
  await must(['delegation', 'add', gun, releases, at('bob.pem'), '--all-paths']);
  await must(['delegation', 'add', gun, 'targets/bob', at('bob.pem'), '--all-paths', '-p']);
  const content = at('file');
  writeFileSync(content, 'content');
  for (const tag of ['v1', 'v2']) await must(['add', gun, tag, content, '-r', releases, '-p']);
  await must(['delegation', 'add', gun, releases, at('alice.pem'), '-p']);
  await must(['delegation', 'remove', gun, releases, ids.get('bob') ?? '']);
  await must(['addhash', gun, 'v3', '7', '--sha256', 'ab'.repeat(32)]);
});
afterAll(() => served.stop());

/** IDs of keys and days are other ones on each run; what stands for them is as wide. */
function lasting(text: string): string {
  let shown = text;
  for (const [name, id] of ids) {
    const standIn = name.padEnd(64, '-');
    shown = shown.replaceAll(id, standIn).replaceAll(id.slice(0, 12), standIn.slice(0, 12));
  }
  return shown.replaceAll(/20\d\d-\d\d-\d\d/g, 'YYYY-MM-DD').replaceAll(/\d\d:\d\d UTC/g, 'HH:MM UTC');
}

describe.each([80, 120])('a terminal of %i columns', (columns) => {
  it.each([
    ['diff', ['diff', gun]],
    ['delegation-revoke', ['delegation', 'revoke', gun, 'bob', '--dry-run']],
    ['collaborator-list', ['collaborator', 'list', gun]],
    ['status-long', ['status', gun, '--long']],
  ])('shows %s as it is kept, in lines that fit', async (name, words) => {
    const stdout = { ...memoryOutput({ isTerminal: true }), columns };
    const { status } = await served.home.run(words, { env: passphrases, stdout });
    expect(status).toBe(0);
    const shown = lasting(stdout.text());
    expect(shown.split('\n').filter((line) => line.length > columns)).toEqual([]);
    await expect(shown).toMatchFileSnapshot(`../../fixtures/screens/${name}-${columns}.txt`);
  });
});
