import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repository } from '../support/genuine/programs.ts';
import { scriptedPrompter } from '../support/memory-ports.ts';
import { scratchHome } from '../support/memory-system.ts';
import { expectDocument, schema } from '../support/printed-json.ts';

let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
});
afterEach(() => home.remove());

const passphrase = { NOTARY_ROOT_PASSPHRASE: 'a passphrase', NOTARY_DELEGATION_PASSPHRASE: 'a passphrase' };
const sha256 = 'ab'.repeat(32);

/** Commands that need no server, in an order in which each succeeds. */
const offline: readonly (readonly [string, readonly string[]])[] = [
  ['version', ['version']],
  ['completion', ['completion', 'bash']],
  ['add', ['addhash', 'g', 't', '5', '--sha256', sha256]],
  ['add', ['remove', 'g', 't', '-r', 'targets/a,targets/b']],
  ['witness', ['witness', 'g', 'targets', 'targets/a']],
  ['delegation-remove', ['delegation', 'remove', 'g', 'targets/a', 'f'.repeat(64), '--paths', 'a/']],
  ['delegation-remove', ['delegation', 'remove', 'g', 'targets/a', '-y']],
  ['delegation-purge', ['delegation', 'purge', 'g', '--key', 'f'.repeat(64)]],
  ['delegation-add', ['delegation', 'add', 'g', 'targets/a', '--all-paths']],
  ['status', ['status', 'g']],
  ['reset', ['reset', 'g', '-n', '0,1']],
  ['reset', ['reset', 'g', '--all']],
  ['key-list', ['key', 'list']],
  ['key-generate', ['key', 'generate', '-r', 'user']],
  ['key-generate', ['key', 'generate', '-r', 'user', '-o', 'spare']],
  ['key-export', ['key', 'export']],
  ['key-export', ['key', 'export', '-o', 'all.pem']],
  ['key-import', ['key', 'import', 'all.pem']],
  ['delete', ['delete', 'g']],
];

describe('--json', () => {
  it('--json prints one line that fits the schema for every command that needs no server', async () => {
    for (const [definition, words] of offline) {
      const { status, stdout, stderr } = await home.run([...words, '--json'], { env: passphrase });
      // Of a collection that was never made there is nothing to delete.
      const said = definition === 'delete' ? (expect.stringContaining('COLLECTION_NOT_THERE') as string) : '';
      expect([words, status, stderr]).toEqual([words, 0, said]);
      expectDocument(stdout, definition);
    }
  });

  it('--json prints one line that fits the schema for commands on a single key too, which ask on the standard error of a terminal', async () => {
    const made = await home.run(['key', 'generate', '--json'], { env: passphrase });
    const { keyId } = expectDocument(made.stdout, 'key-generate') as { keyId: string };
    const passwd = await home.run(['--json', 'key', 'passwd', keyId], { env: passphrase });
    expectDocument(passwd.stdout, 'key-passwd');
    const prompter = scriptedPrompter(['yes']);
    const { stdout, stderr } = await home.run(['key', 'remove', keyId, '--json'], { prompter });
    expect(expectDocument(stdout, 'key-remove')).toEqual({ keyId, removed: true });
    expect(stderr).toContain('Are you sure you want to remove');
  });

  it.each([
    ['a missing argument', ['status', '--json'], 'USAGE'],
    ['an unknown flag', ['list', 'g', '--json', '--bogus'], 'UNKNOWN_FLAG'],
    ['an unknown command', ['--json', 'frob'], 'UNKNOWN_COMMAND'],
    ['a bad value', ['reset', 'g', '-n', 'x', '--json=true'], 'INVALID_FLAG'],
    ['a bad GUN', ['status', '../x', '--json'], 'INVALID_GUN'],
    ['a missing file', ['add', 'g', 't', 'missing', '--json'], 'FILE_UNREADABLE'],
    ['a key ID that was cut', ['delegation', 'purge', 'g', '--key', 'short', '--json'], 'KEY_ID_NOT_FULL'],
    [
      'strictness',
      ['delegation', 'add', 'g', 'targets/release', '--all-paths', '--json', '--strict'],
      'ROLE_NAME_UNREAD',
    ],
  ])(
    '--json reports %s as one error on standard error, with nothing on standard output',
    async (_, words, code) => {
      const { status, stdout, stderr } = await home.run(words);
      expect([status, stdout]).toEqual([1, '']);
      expect(expectDocument(stderr, 'error')).toMatchObject({ error: { code } });
    },
  );

  it('--json turns records into lines of JSON too', async () => {
    const { stderr } = await home.run(['delegation', 'add', 'g', 'targets/release', '--all-paths', '--json']);
    expect(expectDocument(stderr, 'record')).toMatchObject({ level: 'warning', code: 'ROLE_NAME_UNREAD' });
  });

  it('--json says an error once that notary says as a log message and as a failure', async () => {
    await home.run(['addhash', 'g', 't', '5', '--sha256', sha256]);
    const words = ['publish', 'g', '-s', 'http://localhost:1'];
    const { stderr } = await home.run([...words, '--json']);
    expect(stderr.match(/client is offline/g)).toHaveLength(1);
    expect((await home.run(words)).stderr).toContain('we could not update: client is offline');
  });

  it('--json is an argument like any other after --', async () => {
    const { stdout } = await home.run(['status', '--', '--json']);
    expect(stdout).toBe('No unpublished changes for --json\n');
  });

  it('the list of error codes is closed: schema, source and README agree', () => {
    const source = readFileSync(`${repository}/src/error-codes.ts`, 'utf8');
    const codes = [...source.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code]) => code ?? '');
    expect(schema.$defs.error.properties.error.properties.code.enum).toEqual([...codes, 'INTERNAL']);
    const reference = readFileSync(`${repository}/docs/reference.md`, 'utf8');
    expect(codes.filter((code) => !reference.includes(`\`${code}\``))).toEqual([]);
  });
});
