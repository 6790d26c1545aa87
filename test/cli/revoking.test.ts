/** What `delegation revoke` shows, asks and does on the command line. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scriptedPrompter } from '../support/memory-ports.ts';
import { expectDocument } from '../support/printed-json.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

let served: Served;
const gun = 'docker.io/acme/app';
const releases = 'targets/releases';

/** As docker has it: bob is a signer with a role of his own; he and eve may sign `targets/releases`; bob has signed v1. */
beforeEach(async () => {
  served = await serve();
  const { home } = served;
  const must = (words: readonly string[]) => served.must(words);
  for (const name of ['bob', 'eve'])
    await must(['key', 'generate', '--role', 'user', '--output', join(home.folder, name)]);
  for (const name of ['bob', 'eve']) await must(['key', 'import', join(home.folder, `${name}-key.pem`)]);
  await must(['init', gun, '-p']);
  await must(['key', 'rotate', gun, 'snapshot', '-r']);
  const pem = (name: string) => join(home.folder, `${name}.pem`);
  await must(['delegation', 'add', gun, releases, pem('bob'), pem('eve'), '--all-paths']);
  for (const name of ['bob', 'eve'])
    await must(['delegation', 'add', gun, `targets/${name}`, pem(name), '--all-paths']);
  await must(['publish', gun]);
  writeFileSync(join(home.folder, 'file'), 'content');
  await must(['add', gun, 'v1', join(home.folder, 'file'), '-r', 'targets/bob', '-p']);
});
afterEach(() => served.stop());

const run = (words: readonly string[], answers?: readonly string[]) =>
  served.home.run(['delegation', 'revoke', gun, ...words], {
    env: passphrases,
    ...(answers !== undefined && { prompter: scriptedPrompter(answers), terminal: true }),
  });
const listed = async () => served.must(['delegation', 'list', gun]);
const targets = async () => served.must(['list', gun]);

describe('delegation revoke', () => {
  it("delegation revoke takes a docker signer's key out of both roles, keeps the tags, and proves it", async () => {
    const { status, stdout } = await run(['bob', '--keep-tags-in', 'targets', '-y']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}targets\/bob +goes: 1 tag, signed in targets$/m);
    expect(stdout).toMatch(/^Proved by a second reader with an empty cache: bob is in no role/m);
    expect(await listed()).not.toContain('targets/bob');
    expect(await targets()).toMatch(/^v1 .* targets$/m);
  });

  it('delegation revoke without an answer for tags that would vanish changes nothing', async () => {
    const before = await listed();
    const { status, stdout, stderr } = await run(['bob', '-y']);
    expect([status, stdout]).toEqual([
      1,
      expect.stringContaining('1 tag of docker.io/acme/app would vanish: v1'),
    ]);
    expect(stderr).toContain('code=TAGS_WOULD_VANISH');
    expect(await listed()).toBe(before);
  });

  it('delegation revoke without -y and without a terminal fails and names -y', async () => {
    const { status, stderr } = await run(['eve']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('Give -y')]);
  });

  it('delegation revoke shows the plan at a terminal, offers what can become of the tags, and asks', async () => {
    const { status, stdout } = await run(['bob'], ['1', 'yes']);
    expect(status).toBe(0);
    expect(stdout).toContain('Tags would vanish. What is to become of them?');
    expect(await targets()).toMatch(/^v1 .* targets$/m);
  });

  it.each([
    ['no', ['1', 'no']],
    ['nothing', ['1']],
    ['a number that is none', ['7']],
  ])('delegation revoke answered with %s changes nothing', async (_, answers) => {
    const before = await listed();
    expect((await run(['bob'], answers)).status).toBe(1);
    expect(await listed()).toBe(before);
  });

  it('delegation revoke --stage leaves it to publish', async () => {
    const { status, stdout } = await run(['bob', '--drop-tags', '--stage', '-y']);
    expect([status, stdout]).toEqual([0, expect.stringContaining(`tsnotary publish ${gun}`)]);
    expect(await listed()).toContain('targets/bob');
    await served.must(['publish', gun]);
    expect(await listed()).not.toContain('targets/bob');
  });

  it('delegation revoke of somebody who is in no role succeeds, and of a name that stands for nothing fails', async () => {
    await served.must(['collaborator', 'add', 'dave', 'f'.repeat(64)]);
    const dave = await run(['dave', '-y']);
    expect([dave.status, dave.stdout]).toEqual([0, expect.stringContaining('is in no role')]);
    expect((await run(['f'.repeat(64), '-y'])).status).toBe(0);
    for (const unknown of ['mallory', 'abcdef1']) {
      const { status, stderr } = await run([unknown, '-y']);
      expect([status, stderr]).toEqual([1, expect.stringContaining('code=KEY_NOT_IN_ROLE')]);
    }
    expect((await run(['bob', '-r', 'targets/eve', '-y'])).stderr).toContain('code=KEY_NOT_IN_ROLE');
  });

  it('delegation revoke names the nested roles that fall with a role, and those that a signature asserts anew', async () => {
    const pem = (name: string) => join(served.home.folder, `${name}.pem`);
    await served.must(['delegation', 'add', gun, 'targets/bob/sub', pem('eve'), '--all-paths', '-p']);
    const falls = await run(['bob', '--drop-tags', '--dry-run']);
    expect(falls.stdout).toMatch(/^ +falls with it: targets\/bob\/sub$/m);
    const keys = JSON.parse(await served.must(['delegation', 'list', gun, '--json'])) as {
      delegations: { role: string; keys: { keyId: string }[] }[];
    };
    const eve = keys.delegations.find(({ role }) => role === 'targets/eve')?.keys[0]?.keyId ?? '';
    await served.must(['key', 'remove', eve, '-y']);
    await served.must(['delegation', 'add', gun, `${releases}/sub`, pem('eve'), '--all-paths', '-p']);
    await served.must(['key', 'import', join(served.home.folder, 'eve-key.pem')]);
    const signs = await run(['bob', '--drop-tags', '--sign-with', 'eve', '--dry-run']);
    expect(signs.stdout).toMatch(
      /^ +delegates anew: targets\/releases\/sub to key [0-9a-f]{64} +eve \(role\)$/m,
    );
  });

  it('delegation revoke by the name of a docker role has nothing to do the second time, and says so', async () => {
    expect((await run(['bob', '--drop-tags', '-y'])).status).toBe(0);
    const before = await listed();
    const again = await run(['bob', '--drop-tags', '-y']);
    expect([again.status, again.stdout]).toEqual([
      0,
      expect.stringMatching(/^bob {2}key .*\n {2}is in no role\n$/),
    ]);
    expect(await listed()).toBe(before);
  });

  it('delegation revoke takes no key by a role that is gone while another role lists the key', async () => {
    await served.must(['delegation', 'remove', gun, 'targets/bob', '-y', '-p']);
    const { status, stderr } = await run(['bob', '--drop-tags', '-y']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('A role targets/bob that is gone had ')]);
    expect(stderr).toContain('code=KEY_NOT_IN_ROLE');
  });

  it('delegation revoke goes on beside a certificate in the file of names that is gone', async () => {
    const file = join(served.home.folder, '.notary/collaborators.yaml');
    writeFileSync(file, `dave: {keys: [gone.pem]}\nalice: {keys: [${'a'.repeat(64)}]}\n`);
    const { status, stdout, stderr } = await run(['alice', '-y']);
    expect([status, stdout]).toEqual([0, expect.stringContaining('is in no role')]);
    expect(stderr).toContain('code=COLLABORATORS_INVALID');
    expect((await run(['dave', '-y'])).status).toBe(1);
  });

  it('delegation revoke prints one document in which the proof stands', async () => {
    const look = await run(['bob', '--dry-run', '--json', '--exit-code']);
    expect(look.status).toBe(4);
    expect(expectDocument(look.stdout, 'delegation-revoke')).toMatchObject({ state: 'dry-run', proof: null });
    const { status, stdout } = await run(['bob', '--drop-tags', '-y', '--json']);
    expect(status).toBe(0);
    expect(expectDocument(stdout, 'delegation-revoke')).toMatchObject({
      ...{ gun, state: 'published' },
      roles: [
        { role: 'targets/bob', outcome: 'removed' },
        { role: releases, outcome: 'stays' },
      ],
      lost: [{ role: 'targets/bob', targets: ['v1'], only: ['v1'] }],
      proof: { kept: 0, changedMeanwhile: [] },
    });
  });

  it.each([
    ['a tag that targets has with other content', ['bob', '--keep-tags-in', 'targets'], 'TARGETS_CONFLICT'],
    ['a role that does not list the key', ['bob', '-r', 'targets/eve'], 'KEY_NOT_IN_ROLE'],
    ['a key to sign with that goes', ['bob', '--drop-tags', '--sign-with', 'bob'], 'KEY_NOT_IN_ROLE'],
    ['a key to sign with that is not here', ['bob', '--drop-tags', '--sign-with', 'dave'], 'KEY_NOT_FOUND'],
    ["a key of the owner's", ['OWNER'], 'KEY_OF_OWNER'],
  ])('delegation revoke --dry-run names %s, and ends with 4 when asked for', async (_, words, code) => {
    const other = join(served.home.folder, 'other');
    writeFileSync(other, 'other content');
    await served.must(['add', gun, 'v1', other, '-p']);
    await served.must(['collaborator', 'add', 'dave', 'f'.repeat(64)]);
    const keys = JSON.parse(await served.must(['key', 'list', '--json'])) as {
      keys: { role: string; keyId: string }[];
    };
    const owners = keys.keys.find(({ role }) => role === 'targets')?.keyId ?? '';
    const asked = words.map((word) => (word === 'OWNER' ? owners : word));
    const look = await run([...asked, '--dry-run', '--exit-code', '--json']);
    expect([look.status, expectDocument(look.stdout, 'delegation-revoke')]).toMatchObject([
      4,
      {
        state: 'dry-run',
        findings: expect.arrayContaining([expect.objectContaining({ code, prevents: true })]) as unknown,
      },
    ]);
    expect((await run([...asked, '--dry-run'])).status).toBe(0);
    const refused = await run([...asked, '-y']);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining(`code=${code}`)]);
  });

  it('delegation revoke --sign-with signs again only with the key that was chosen', async () => {
    const { home } = served;
    await served.must(['add', gun, 'v2', join(home.folder, 'file'), '-r', releases, '-p']);
    const { stdout } = await run(['bob', '--keep-tags-in', 'targets', '--sign-with', 'eve', '-y', '--json']);
    expect(expectDocument(stdout, 'delegation-revoke')).toMatchObject({
      roles: [{ outcome: 'removed' }, { role: releases, outcome: 'signed again' }],
      proof: { kept: 2 },
    });
    expect(await targets()).toMatch(/^v2 .* targets\/releases$/m);
  });

  it.each([
    [['bob', '--keep-tags-in', 'targets/releases'], 'INVALID_FLAG'],
    [['bob', '--keep-tags-in', 'targets', '--drop-tags'], 'INVALID_FLAG'],
    [['bob', '--stage', '--dry-run'], 'INVALID_FLAG'],
    [['bob', '--sign-with', 'mallory', '-y'], 'KEY_NOT_FOUND'],
  ])('delegation revoke %s is refused', async (words, code) => {
    const { status, stderr } = await run([...words, '--json']);
    expect([status, JSON.parse(stderr.trim().split('\n').at(-1) ?? '')]).toMatchObject([
      1,
      { error: { code } },
    ]);
  });
});
