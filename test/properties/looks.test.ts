/** Looks at random staged changes on the command line: text, JSON and exit status agree, and nothing is written. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { passphrases, type Served, serve } from '../cli/batch/served.ts';
import { expectDocument } from '../support/printed-json.ts';
import { forCasesAsync, type Random, runs, seed } from '../support/seeded-random.ts';
import { wholeFolder } from '../support/whole-folder.ts';

const gun = 'docker.io/acme/app';
const roles = ['targets/releases', 'targets/bob'];
const looksPerCase = 6;

/** Bob and eve may sign `targets/releases`, and bob `targets/bob`; bob's key is here and has signed v1 in each. */
async function open(): Promise<{ readonly served: Served; readonly keys: readonly string[] }> {
  const served = await serve();
  const { home, must } = served;
  const pem = (name: string) => join(home.folder, `${name}.pem`);
  for (const name of ['bob', 'eve'])
    await must(['key', 'generate', '--role', 'user', '--output', join(home.folder, name)]);
  await must(['key', 'import', join(home.folder, 'bob-key.pem')]);
  await must(['init', gun, '-p']);
  await must(['key', 'rotate', gun, 'snapshot', '-r']);
  await must(['delegation', 'add', gun, 'targets/releases', pem('bob'), pem('eve'), '--all-paths']);
  await must(['delegation', 'add', gun, 'targets/bob', pem('bob'), '--all-paths', '-p']);
  writeFileSync(join(home.folder, 'file'), 'content');
  await must(['add', gun, 'v1', join(home.folder, 'file'), '-r', roles.join(','), '-p']);
  const listed = await must(['delegation', 'list', gun]);
  return { served, keys: [...new Set(listed.match(/[0-9a-f]{64}/g) ?? [])] };
}

/** A command that stages something. */
function staging(random: Random, keys: readonly string[]): readonly string[] {
  const role = random.pick([...roles, ...roles, 'targets', 'targets/nowhere']);
  const tag = random.pick(['v1', 'v2', 'v3']);
  const digest = random.pick(['ab', 'cd']).repeat(32);
  return random.pick([
    ['addhash', gun, tag, '3', '--sha256', digest, '-r', role],
    ['addhash', gun, tag, '3', '--sha256', digest],
    ['remove', gun, tag, '-r', role],
    ['delegation', 'remove', gun, random.pick(roles), random.pick(keys)],
    ['delegation', 'remove', gun, random.pick(roles), '-y'],
    ['delegation', 'purge', gun, '--key', random.pick(keys)],
    ['witness', gun, random.pick(roles)],
  ]);
}

/** A command that only looks. */
function look(random: Random, keys: readonly string[]): readonly string[] {
  const key = random.pick(keys);
  const choice = random.pick([[], ['--drop-tags'], ['--keep-tags-in', 'targets']]);
  return random.pick([
    ['diff', gun],
    ['diff', gun],
    ['publish', gun, '--dry-run'],
    ['key', 'rotate', gun, random.pick(['targets', 'snapshot']), '--dry-run'],
    ['delegation', 'remove', gun, random.pick(roles), key, '--dry-run'],
    ['delegation', 'purge', gun, '--key', key, '--dry-run'],
    ['delegation', 'revoke', gun, key, ...choice, '--dry-run'],
  ]);
}

/** The command that does what a look has foretold; undefined for those that only stage. */
function doing(words: readonly string[]): readonly string[] | undefined {
  if (words[0] === 'publish' || words[0] === 'diff') return ['publish', gun];
  if (words[1] !== 'revoke') return undefined;
  return [...words.filter((word) => word !== '--dry-run' && word !== '--exit-code'), '-y'];
}

interface Document {
  readonly changes: readonly { readonly op: string }[];
  readonly findings: readonly { readonly prevents?: boolean; readonly message: string }[];
}

function expectAgreement(words: readonly string[], text: string, document: Document, status: number): void {
  const { changes, findings } = document;
  const what = `${words.join(' ')}\n${text}`;
  const prevents = findings.some((finding) => finding.prevents === true);
  if (words[1] === 'revoke') return;
  const lines = text.split('\n');
  const count = (sign: string) => lines.filter((line) => line.startsWith(`  ${sign} `)).length;
  const ops = (op: string) => changes.filter((change) => change.op === op).length;
  expect([count('+'), count('-'), count('~'), count('!')], what).toEqual([
    ...[ops('add'), ops('remove'), ops('change'), findings.length],
  ]);
  expect([what, status]).toEqual([what, prevents ? 4 : changes.length + findings.length > 0 ? 3 : 0]);
}

describe('looking before it is done', () => {
  it(`a look at random staged changes writes no file and sends no upload, and its text, JSON and exit status agree (seed ${seed})`, async () => {
    const statuses = new Map<number, number>();
    const cases = runs(10);
    await forCasesAsync('looks', cases, async (random) => {
      const { served, keys } = await open();
      try {
        for (let round = 0; round < looksPerCase; round++) {
          await served.home.run(staging(random, keys));
          const words = [...look(random, keys), '--exit-code'];
          const before = wholeFolder(served.home.folder);
          const asked = served.requests.length;
          const text = await served.home.run([...words, '--full']);
          const json = await served.home.run([...words, '--json']);
          statuses.set(text.status, (statuses.get(text.status) ?? 0) + 1);
          const what = `${words.join(' ')}\n${text.stdout}${text.stderr}`;
          expect(wholeFolder(served.home.folder), what).toEqual(before);
          expect(served.requests.slice(asked).filter((request) => !request.startsWith('GET '))).toEqual([]);
          expect([what, text.status]).toEqual([what, json.status]);
          expect([what, text.status === 1]).toEqual([what, json.stdout === '']);
          if (json.stdout === '') continue;
          const schema = words[1] === 'revoke' ? 'delegation-revoke' : 'diff';
          const document = expectDocument(json.stdout, schema) as Document;
          expectAgreement(words, text.stdout, document, text.status);
          const done = doing(words);
          if (done === undefined || random.oneIn(2)) continue;
          const { status, stderr } = await served.home.run(done, { env: passphrases });
          expect([what, status === 0], stderr).toEqual([what, text.status !== 4]);
          if (status !== 0) await served.must(['reset', gun, '--all']);
        }
      } finally {
        await served.stop();
      }
    });
    console.log(JSON.stringify(Object.fromEntries(statuses)));
    if (cases < 10) return;
    for (const status of [3, 4]) expect(statuses.get(status) ?? 0).toBeGreaterThan(0);
  }, 600_000);
});
