/** Words of a command line that mean nothing: said beside what Notary shows, and refused where no person looks on. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratchHome } from '../support/memory-system.ts';
import { expectDocument } from '../support/printed-json.ts';

let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
});
afterEach(() => home.remove());

const run = (line: string) => home.run(line.split(' '));

describe('an unknown word below a group', () => {
  it.each([
    ['delegation remvoe', 'delegation --help', 'did you mean remove or revoke?'],
    ['key rotat', 'key --help', 'did you mean rotate?'],
    ['key xyz', 'key --help', 'unknown command \\"xyz\\" for \\"tsnotary key\\"'],
    ['completion bsh', 'completion --help', 'did you mean bash'],
    ['help delegatoin', undefined, 'did you mean delegation?'],
    ['help key rotat', undefined, 'did you mean rotate?'],
    ['help revoke', undefined, 'What may be meant: tsnotary delegation revoke'],
    ['key diff', 'key --help', 'What may be meant: tsnotary diff'],
  ])(
    'an unknown word as in "%s" shows the help as in notary, and a warning says what was meant',
    async (line, shown, said) => {
      const { status, stdout, stderr } = await run(line);
      expect([status, stderr]).toEqual([0, expect.stringContaining(said)]);
      expect(stderr).toMatch(/level=warning .* code=UNKNOWN_COMMAND\n$/);
      if (shown !== undefined) expect(stdout).toBe((await run(shown)).stdout);
    },
  );

  it.each([
    'delegation remvoe',
    'key rotat',
    'sandbox strat',
    'completion bsh',
    'help delegatoin',
    'help key rotat',
  ])('an unknown word as in "%s" fails with --strict and --json', async (line) => {
    expect(await run(`${line} --strict`)).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^\n\* fatal: unknown command [^]*Did you mean this\?/) as string,
    });
    const { status, stdout, stderr } = await run(`--json ${line}`);
    expect([status, stdout]).toEqual([1, '']);
    expect(expectDocument(stderr, 'error')).toMatchObject({ error: { code: 'UNKNOWN_COMMAND' } });
  });

  it('an unknown word below sandbox always fails, since notary has no such command', async () => {
    expect((await run('sandbox strat')).status).toBe(1);
    expect((await run('sandbox')).status).toBe(0);
  });

  it('an unknown word of another program names the commands that do it, also as the first word', async () => {
    const { status, stdout, stderr } = await run('revoke');
    expect([status, stdout]).toEqual([1, expect.stringContaining('unknown command "revoke" for "tsnotary"')]);
    expect(stderr).toContain('What may be meant: tsnotary delegation revoke');
    expect((await run('purge')).stderr).toContain('tsnotary delegation purge');
    expect((await run('exprot')).stderr).toContain('What may be meant: tsnotary key export');
  });
});

describe('an unknown flag', () => {
  it.each([
    ['list g --role a', 'unknown flag: --role', '--roles'],
    ['list g --josn', 'unknown flag: --josn', '--json, --jobs'],
    ['key export --out f', 'unknown flag: --out', '--output'],

    ['add g t f -publish', "unknown shorthand flag: 'u' in -ublish", '--publish'],
  ])(
    'an unknown flag as in "%s" is refused in the words of notary, with what may be meant',
    async (line, words, meant) => {
      const { status, stdout, stderr } = await run(line);
      expect([status, stdout]).toEqual([1, expect.stringContaining(`* fatal: ${words}\n`)]);
      expect(stderr).toContain(`What may be meant: ${meant}`);
    },
  );

  it('an unknown flag like none draws no word', async () => {
    for (const line of ['list g --quiet', 'list g -x', 'list g --x'])
      expect(await run(line)).toMatchObject({ status: 1, stderr: '' });
  });
});

describe('--json without a command', () => {
  it.each(['--json', 'delegation --json', '--json key', 'sandbox --json'])(
    '--json without a command, "%s", is an error that lists the commands',
    async (line) => {
      const { status, stdout, stderr } = await run(line);
      expect([status, stdout]).toEqual([1, '']);
      expect(expectDocument(stderr, 'error')).toMatchObject({ error: { code: 'USAGE' } });
    },
  );

  it.each(['--json list -h', 'help key list --json', 'delegation --help --json', '--json help'])(
    '--json with help, "%s", is one document',
    async (line) => {
      const { status, stdout, stderr } = await run(line);
      expect([status, stderr]).toEqual([0, '']);
      expect(expectDocument(stdout, 'help')).toEqual({ help: expect.stringContaining('Usage:') as string });
    },
  );

  it('--json with --version is the document of version', async () => {
    expect(expectDocument((await run('--version --json')).stdout, 'version')).toMatchObject({
      version: '1.2.3',
    });
  });
});

describe('an argument too many', () => {
  it.each(['status g h', 'reset g 0 --all', 'version x', 'add g t list extra', 'delete g h'])(
    'an argument too many, "%s", is ignored as in notary with a warning, and refused with --strict and --json',
    async (line) => {
      writeFileSync(join(home.folder, 'list'), '');
      const { status, stderr } = await run(line);
      expect([status, stderr]).toEqual([0, expect.stringContaining('which is ignored')]);
      expect(stderr).toContain('code=ARGUMENT_IGNORED');
      expect((await run(`${line} --strict`)).status).toBe(1);
      const json = await run(`${line} --json`);
      expect(json.status).toBe(1);
      expect(expectDocument(json.stderr, 'error')).toMatchObject({ error: { code: 'ARGUMENT_IGNORED' } });
    },
  );

  it('an argument too many of verify, the file that was to be verified, is refused before standard input is read', async () => {
    const { status, stderr } = await home.run(['verify', 'g', 't', 'my file'], { stdin: 'x' });
    expect([status, stderr]).toEqual([1, expect.stringContaining('not from the argument "my file"')]);
    expect(stderr).toContain("tsnotary verify g t -i 'my file'");
  });

  it('an argument too many of a command of sandbox is always refused', async () => {
    expect((await run('sandbox status now')).status).toBe(1);
  });

  it('as many arguments as the command takes draw no word', async () => {
    for (const line of ['witness g targets targets/a', 'addhash g t 5 x --sha256 ' + 'ab'.repeat(32)])
      expect(await run(line)).toMatchObject({ status: 0, stderr: '' });
  });
});
