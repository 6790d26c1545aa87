/** The commands on names of collaborators, and names in place of key IDs, on the command line. */

import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratchHome } from '../support/memory-system.ts';
import { expectDocument } from '../support/printed-json.ts';

let home: ReturnType<typeof scratchHome>;
let file: string;
beforeEach(() => {
  home = scratchHome();
  file = join(home.folder, '.notary/collaborators.yaml');
});
afterEach(() => home.remove());

const [one, two, three] = ['1', '2b', '3'].map((digits) => digits.repeat(64).slice(0, 64)) as [
  string,
  string,
  string,
];
const passphrase = { NOTARY_DELEGATION_PASSPHRASE: 'passphrase', NOTARY_ROOT_PASSPHRASE: 'passphrase' };

async function printed(words: readonly string[], definition: string) {
  const { status, stdout, stderr } = await home.run([...words, '--json'], { env: passphrase });
  return { status, stderr, document: expectDocument(stdout, definition) };
}

async function failed(words: readonly string[]) {
  const { status, stdout, stderr } = await home.run([...words, '--json'], { env: passphrase });
  expect([status, stdout]).toEqual([1, '']);
  return (expectDocument(stderr, 'error') as { error: { code: string; message: string; details: object } })
    .error;
}

async function makeCertificate(name: string): Promise<string> {
  const { stdout } = await home.run(['sandbox', 'certificate', name, '--json']);
  return (JSON.parse(stdout) as { keyId: string }).keyId;
}

describe('the file of collaborators', () => {
  it('a name is added by ID and by certificate, renamed, and removed', async () => {
    const bob = await makeCertificate('bob');
    expect((await printed(['collaborator', 'add', 'alice', one], 'collaborator-add')).document).toMatchObject(
      {
        changes: [{ op: 'add', what: 'key', collaborator: 'alice', keyId: one }],
      },
    );
    await printed(['collaborator', 'add', 'alice', 'bob.crt', one], 'collaborator-add');
    expect(readFileSync(file, 'utf8')).toBe(`alice: {keys: ["${one}", ${bob}]}\n`);
    const listed = await printed(['collaborator', 'list'], 'collaborator-list');
    expect(listed.document).toMatchObject({
      file,
      rows: [
        {
          collaborator: 'alice',
          keys: [{ keyId: one }, { keyId: bob }],
        },
      ],
    });
    await printed(['collaborator', 'rename', 'alice', 'alison'], 'collaborator-rename');
    await printed(['collaborator', 'remove', 'alison', bob.slice(0, 12)], 'collaborator-remove');
    expect(readFileSync(file, 'utf8')).toBe(`alison: {keys: ["${one}"]}\n`);
    await printed(['collaborator', 'remove', 'alison'], 'collaborator-remove');
    expect((await printed(['collaborator', 'list'], 'collaborator-list')).document).toMatchObject({
      rows: [],
    });
  });

  it('a name that was given a certificate keeps its key when another certificate takes its place', async () => {
    const bob = await makeCertificate('bob');
    await makeCertificate('eve');
    await home.run(['collaborator', 'add', 'bob', 'bob.crt', '--collaborators', 'team.yaml']);
    writeFileSync(join(home.folder, 'bob.crt'), readFileSync(join(home.folder, 'eve.crt')));
    const listed = await printed(
      ['collaborator', 'list', '--collaborators', 'team.yaml'],
      'collaborator-list',
    );
    expect(listed.document).toMatchObject({ rows: [{ collaborator: 'bob', keys: [{ keyId: bob }] }] });
  });

  it('a path that is written by hand stands for the certificate there, and is not added again by its ID', async () => {
    const bob = await makeCertificate('bob');
    const team = join(home.folder, 'team.yaml');
    writeFileSync(team, 'bob: {keys: [bob.crt]}\n');
    await home.run(['collaborator', 'add', 'bob', bob, '--collaborators', 'team.yaml']);
    expect(readFileSync(team, 'utf8')).toBe('bob: {keys: [bob.crt]}\n');
    const listed = await printed(
      ['collaborator', 'list', '--collaborators', 'team.yaml'],
      'collaborator-list',
    );
    expect(listed.document).toMatchObject({ rows: [{ keys: [{ keyId: bob, certificate: 'bob.crt' }] }] });
  });

  it('a certificate that is lost stops its name, says how to mend that, and leaves other names', async () => {
    await home.run(['collaborator', 'add', 'eve', one]);
    writeFileSync(file, `bob: {keys: [lost.crt]}\neve: {keys: ["${one}"]}\n`);
    const failure = await failed(['collaborator', 'list']);
    expect(failure).toMatchObject({
      code: 'COLLABORATORS_INVALID',
      hint: expect.stringContaining('"tsnotary collaborator remove bob"') as string,
    });
    const bob = await home.run(['delegation', 'purge', 'g', '--key', 'bob']);
    expect([bob.status, bob.stdout]).toEqual([1, expect.stringContaining('lost.crt')]);
    const eve = await home.run(['delegation', 'purge', 'g', '--key', 'eve']);
    expect([eve.status, eve.stdout]).toEqual([0, expect.stringContaining(one)]);
    expect(eve.stderr).toMatch(/lost\.crt.* code=COLLABORATORS_INVALID/);
    for (const words of [
      ['rename', 'eve', 'evelyn'],
      ['add', 'carol', two],
      ['remove', 'bob'],
    ])
      expect((await home.run(['collaborator', ...words])).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(`evelyn: {keys: ["${one}"]}\ncarol: {keys: [${two}]}\n`);
  });

  it('the flag comes before the setting, and the setting before the file in the home directory', async () => {
    const listed = async (...words: readonly string[]) =>
      (await printed(['collaborator', 'list', ...words], 'collaborator-list')).document;
    await home.run(['collaborator', 'add', 'a', one]);
    await home.run(['collaborator', 'add', 'b', one, '--collaborators', 'flag.yaml']);
    expect(await listed()).toMatchObject({ rows: [{ collaborator: 'a' }] });
    writeFileSync(join(home.folder, '.notary/config.json'), '{"collaborators": "named/team.yaml"}');
    expect(await failed(['collaborator', 'list'])).toMatchObject({ code: 'FILE_UNREADABLE' });
    writeFileSync(join(home.folder, '.notary/config.json'), '{"collaborators": "team.yaml"}');
    await home.run(['collaborator', 'add', 'c', one]);
    expect(readFileSync(join(home.folder, '.notary/team.yaml'), 'utf8')).toContain('c: ');
    expect(await listed()).toMatchObject({ rows: [{ collaborator: 'c' }] });
    expect(await listed('--collaborators', 'flag.yaml')).toMatchObject({ rows: [{ collaborator: 'b' }] });
  });

  it('a change keeps the mode of the file and what is written about other names', async () => {
    await home.run(['collaborator', 'add', 'alice', one]);
    const text = `# lead\nalice: {keys: ["${one}"]} # since 2019\nbob: {email: bob@acme.com, until: 2030-01-01}\n`;
    writeFileSync(file, text);
    chmodSync(file, 0o600);
    await home.run(['collaborator', 'add', 'bob', two]);
    expect(readFileSync(file, 'utf8')).toBe(text.replace('01-01}', `01-01, keys: [${two}]}`));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['a key of another name', ['add', 'bob', one], /"alice" and cannot be under "bob"/],
    ['a name that looks like a key ID', ['add', 'DEADBEEF', two], /looks like a key ID/],
    ['a name of two scripts', ['add', 'b\u043eb', two], /several scripts/],
    ['an empty name', ['add', '', two], /is empty/],
    ['the name of another', ['rename', 'alice', 'carol'], /has an entry already/],
  ])('%s is refused, and the file stays as it is', async (_, words, message) => {
    await home.run(['collaborator', 'add', 'alice', one]);
    await home.run(['collaborator', 'add', 'carol', three]);
    const before = readFileSync(file, 'utf8');
    const failure = await failed(['collaborator', ...words]);
    expect(failure).toMatchObject({ code: 'COLLABORATORS_INVALID' });
    expect(failure.message).toMatch(message);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('a name that is not there cannot be removed or renamed', async () => {
    expect(await failed(['collaborator', 'remove', 'bob'])).toMatchObject({ code: 'COLLABORATOR_NOT_FOUND' });
    expect(await failed(['collaborator', 'rename', 'bob', 'b'])).toMatchObject({
      code: 'COLLABORATOR_NOT_FOUND',
    });
    await home.run(['collaborator', 'add', 'alice', one]);
    expect(await failed(['collaborator', 'remove', 'alise'])).toMatchObject({
      hint: expect.stringContaining('did you mean "alice"?') as string,
    });
  });

  it('a file that names a key twice is refused with both names, and nothing that needs it goes on', async () => {
    await home.run(['collaborator', 'add', 'alice', one]);
    writeFileSync(file, `alice: {keys: ["${one}"]}\nbob: {keys: ["${one}"]}\n`);
    const failure = await failed(['collaborator', 'list']);
    expect(failure).toMatchObject({
      code: 'COLLABORATORS_INVALID',
      details: { names: ['alice', 'bob'], keyId: one, line: 2, column: 14 },
    });
    expect(await failed(['delegation', 'purge', 'g', '--key', 'bob'])).toMatchObject({
      code: 'COLLABORATORS_INVALID',
    });
    const full = await home.run(['delegation', 'purge', 'g', '--key', two]);
    expect([full.status, full.stderr]).toEqual([0, '']);
    const shown = await printed(['status', 'g'], 'status');
    expect(shown.stderr).toContain('COLLABORATORS_INVALID');
    expect(shown.document).toMatchObject({
      changes: [{ keys: { removed: [{ keyId: two, nameSource: 'none' }] } }],
    });
  });

  it('check of the file finds names without keys and days that have passed, with status 3', async () => {
    expect(await printed(['collaborator', 'check'], 'collaborator-check')).toMatchObject({
      status: 0,
      document: { findings: [] },
    });
    await home.run(['collaborator', 'add', 'alice', one]);
    writeFileSync(file, `alice: {keys: ["${one}"], until: 2001-01-01}\nbob: {keys: []}\n`);
    expect(await printed(['collaborator', 'check'], 'collaborator-check')).toMatchObject({
      status: 3,
      document: {
        findings: [
          { code: 'COLLABORATOR_ENDED', collaborator: 'alice' },
          { code: 'NAME_WITHOUT_KEYS', collaborator: 'bob' },
        ],
      },
    });
    expect((await home.run(['collaborator', 'check'])).stdout).toMatch(
      /^SEVERITY +CODE +FINDING\nwarning +COLLABORATOR_ENDED/,
    );
  });
});

describe('a name in place of a key ID', () => {
  it('delegation remove and purge take names and prefixes in either case, and say the full IDs', async () => {
    await home.run(['collaborator', 'add', 'bob', two, three]);
    const removed = await home.run(['delegation', 'remove', 'g', 'targets/releases', 'bob', one]);
    expect([removed.status, removed.stderr]).toEqual([0, '']);
    expect(removed.stdout).toContain(`with keys [${two} ${three} ${one}]`);
    const purged = await home.run(['delegation', 'purge', 'g', '--key', '2B2B2B2']);
    expect([purged.status, purged.stderr]).toEqual([0, '']);
    expect(purged.stdout).toContain(`\t- ${two}\n`);
    const { document } = await printed(['status', 'g'], 'status');
    expect(document).toMatchObject({
      changes: [
        {
          keys: {
            added: [],
            removed: [
              { keyId: two, collaborator: 'bob', nameSource: 'file' },
              { keyId: three },
              { keyId: one, nameSource: 'none' },
            ],
          },
        },
        { keys: { removed: [{ keyId: two }] } },
      ],
    });
  });

  it('a prefix of two keys is refused with both, and nothing is staged', async () => {
    const other = `${two.slice(0, 20)}${'0'.repeat(44)}`;
    await home.run(['collaborator', 'add', 'bob', two]);
    await home.run(['collaborator', 'add', 'carol', other]);
    const failure = await failed(['delegation', 'purge', 'g', '--key', two.slice(0, 12)]);
    expect(failure).toMatchObject({
      code: 'KEY_AMBIGUOUS',
      details: {
        candidates: [
          { keyId: other, collaborator: 'carol' },
          { keyId: two, collaborator: 'bob' },
        ],
      },
    });
    expect((await printed(['status', 'g'], 'status')).document).toMatchObject({ changes: [] });
  });

  it('a word that stands for no key is staged with the warning that it was staged with before', async () => {
    const { status, stderr } = await home.run(['delegation', 'purge', 'g', '--key', 'abcdef0,nobody']);
    expect(status).toBe(0);
    expect(stderr.match(/code=KEY_ID_NOT_FULL/g)).toHaveLength(2);
  });

  it("the name in a staged certificate is shown as its maker's word, and stands for no key", async () => {
    const bob = await makeCertificate('bob');
    await home.run(['delegation', 'add', 'g', 'targets/releases', 'bob.crt', '--all-paths']);
    const { stdout } = await home.run(['status', 'g', '--long']);
    expect(stdout).toContain(`add key`);
    expect(stdout).toMatch(new RegExp(`add key +${bob} +CN "bob"\n`));
    expect(stdout).toMatch(/add path +"" <all paths>\n/);
    expect((await home.run(['status', 'g'])).stdout).not.toContain(bob);
    expect((await home.run(['delegation', 'purge', 'g', '--key', 'bob'])).stderr).toContain(
      'KEY_ID_NOT_FULL',
    );
  });

  it('key export, key passwd and key remove find a key by its name and by its prefix', async () => {
    const made = await home.run(['key', 'generate', '-r', 'user', '--json'], { env: passphrase });
    const { keyId } = JSON.parse(made.stdout) as { keyId: string };
    await home.run(['collaborator', 'add', 'me', keyId, one]);
    expect((await printed(['key', 'list', '--names'], 'key-list')).document).toMatchObject({
      keys: [{ keyId, collaborator: 'me', nameSource: 'file' }],
    });
    const exported = await printed(['key', 'export', '--key', 'me', '-o', 'me.pem'], 'key-export');
    expect(exported).toMatchObject({ status: 0, document: { keys: [{ keyId }] } });
    expect((await printed(['key', 'passwd', keyId.slice(0, 7)], 'key-passwd')).document).toEqual({ keyId });
    expect((await home.run(['key', 'remove', 'you', '-y'])).stdout).toContain('invalid key ID provided: you');
    const removed = await printed(['key', 'remove', 'me', '-y'], 'key-remove');
    expect(removed.document).toEqual({ keyId, removed: true });
  });

  it.each([
    ['key remove', ['key', 'remove', '1234']],
    ['key export', ['key', 'export', '--key', 'nosuch']],
  ])('the hint of %s says that seven digits or a name are enough', async (_, words) => {
    const { hint } = (await failed(words)) as { hint?: string };
    expect(hint).toMatch(/at least 7 digits.*name of its collaborator/);
  });

  it('a name that is not in the file, of a GUN that has never been read here, is said and refused when strict', async () => {
    const { status, stderr } = await home.run([
      'delegation',
      'remove',
      'g',
      'targets/releases',
      'mallory',
      '-v',
    ]);
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /no metadata of g is here.*tsnotary delegation list g\\" first.* code=NAME_UNKNOWN/,
    );
    expect(stderr).toMatch(/nor a name with keys.*tsnotary delegation list g --wide --names/);
    await home.run(['reset', 'g', '--all']);
    const strict = await home.run(['delegation', 'purge', 'g', '--key', 'mallory', '--strict']);
    expect([strict.status, strict.stdout]).toEqual([1, expect.stringContaining('is neither a full key ID')]);
    expect((await printed(['status', 'g'], 'status')).document).toMatchObject({ changes: [] });
  });

  it('a name of several keys on this machine does not say which to remove', async () => {
    for (let count = 0; count < 2; count++) {
      const made = await home.run(['key', 'generate', '-r', 'user', '--json'], { env: passphrase });
      await home.run(['collaborator', 'add', 'me', (JSON.parse(made.stdout) as { keyId: string }).keyId]);
    }
    expect(await failed(['key', 'remove', 'me', '-y'])).toMatchObject({ code: 'KEY_AMBIGUOUS' });
  });
});
