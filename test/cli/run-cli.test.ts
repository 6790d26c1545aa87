import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { status as statusCommand } from '../../src/cli/commands/status.ts';
import { version } from '../../src/cli/commands/version.ts';
import { jsonOnly } from '../../src/cli/spec/command-spec.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { encryptedPem } from '../support/key-file-samples.ts';
import { scriptedPrompter } from '../support/memory-ports.ts';
import { scratchHome } from '../support/memory-system.ts';

let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
});
afterEach(() => {
  vi.restoreAllMocks();
  home.remove();
});

const hidden = /time="[^"]*"/g;

describe('the program without a command', () => {
  it('the program without a command shows its usage and succeeds', async () => {
    for (const words of [[], ['-v'], ['--', 'list'], ['']]) {
      const { status, stdout } = await home.run(words);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^Usage:\n {2}tsnotary \[flags\]\n {2}tsnotary \[command\]\n/);
    }
  });

  it('the program without a command shows its version in one line or in four', async () => {
    expect((await home.run(['--version'])).stdout).toBe(
      'tsnotary Version: 1.2.3, Git commit: abc, Go version: none\n',
    );
    expect((await home.run(['version', 'surplus'])).stdout).toBe(
      'tsnotary\n Version:    1.2.3\n Git commit: abc\n Go version: none\n',
    );
  });

  it('the program without a command shows help for topics, and its usage for unknown ones', async () => {
    expect((await home.run(['key', '--help', 'bogus'])).stdout).toBe(
      (await home.run(['key', '--help'])).stdout,
    );
    const unknown = await home.run(['help', 'x', 'y']);
    expect(unknown.status).toBe(0);
    expect(unknown.stdout).toMatch(/^Unknown help topic \[`x` `y`\]\nUsage:\n/);
  });

  it('the program without a command shows help wherever it is asked for, arguments unchecked', async () => {
    for (const words of ['delegation add --help', '-h=false key list x -h', 'key generate a b -h']) {
      const { status, stdout } = await home.run(words.split(' '));
      expect(status).toBe(0);
      expect(stdout).toMatch(/^[A-Z][^]*\n\nUsage:\n/);
    }
  });

  it('the program without a command shows the help of a group for an unknown word below it', async () => {
    const { status, stdout } = await home.run(['key', 'rot']);
    expect([status, stdout]).toEqual([0, (await home.run(['key', '--help'])).stdout]);
  });
});

describe('a failure', () => {
  it('a failure is an empty line and a fatal line on standard output, with status 1', async () => {
    expect(await home.run(['-z'])).toEqual({
      status: 1,
      stdout: "\n* fatal: unknown shorthand flag: 'z' in -z\n",
      stderr: '',
    });
  });

  it('a failure for an unknown command names what may have been meant', async () => {
    expect((await home.run(['re'])).stdout).toBe(
      '\n* fatal: unknown command "re" for "tsnotary"\n\nDid you mean this?\n\tkey\n\treset\n\tremove\n\n',
    );
  });

  it('a failure for missing arguments follows the usage of the command', async () => {
    const { status, stdout } = await home.run(['lookup', 'g']);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^Usage:\n {2}tsnotary lookup \[ GUN \] <target> \[flags\]\n.*\n\n\* fatal: Must specify a GUN and target\n$/s,
    );
  });

  it('a failure is shown with escapes for control characters, and as it is otherwise', async () => {
    const { stdout } = await home.run(['status', 'a\x1b[31m%d', '-s', 'no\nurl']);
    expect(stdout).toBe('\n* fatal: invalid GUN "a\\\\u001b[31m%d": it contains a control character\n');
  });

  it('a failure has its hint in an error record with the code', async () => {
    const { stderr } = await home.run(['status', '../x']);
    expect(stderr.replace(hidden, 'T')).toBe(
      'T level=error msg="A GUN looks like docker.io/user/image." code=INVALID_GUN\n',
    );
  });

  it('a failure of verify keeps away from a standard output that is no terminal', async () => {
    const fatal = '\n* fatal: open gone: no such file or directory\n';
    const words = ['verify', 'g', 't', '-i', 'gone'];
    expect(await home.run(words)).toEqual({ status: 1, stdout: '', stderr: fatal });
    expect(await home.run(words, { terminal: true })).toEqual({ status: 1, stdout: fatal, stderr: '' });
    const usage = await home.run(['verify', 'g']);
    expect([usage.stdout, usage.stderr]).toEqual([
      '',
      (await home.run(['verify', 'g'], { terminal: true })).stdout,
    ]);
  });

  it('a failure to write standard output is a failure of the run', async () => {
    const { status, stderr } = await home.run(['version'], { full: true });
    expect([status, stderr]).toEqual([1, '\n* fatal: write /dev/stdout: no space left on device\n']);
  });

  it('an unforeseen failure is called a defect, on standard error, with status 2', async () => {
    vi.spyOn(version, 'run').mockRejectedValue(new TypeError('x is not\x1b a function'));
    const { status, stdout, stderr } = await home.run(['version']);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^tsnotary: internal error\nTypeError: x is not\\x1b a function\n +at .*\nThis is a defect of tsnotary\./s,
    );
  });
});

describe('verbosity', () => {
  it.each([
    [[], ['warning', 'error']],
    [['-v'], ['info', 'warning', 'error']],
    [['-D'], ['debug', 'info', 'warning', 'error']],
    [['-vD'], ['debug', 'info', 'warning', 'error']],
    [['-v=false'], ['warning', 'error']],
  ])('the verbosity %j shows %j', async (flags, levels) => {
    vi.spyOn(statusCommand, 'run').mockImplementation(async ({ log }) => {
      log.debug('d');
      log.info('i');
      log.warn('w');
      log.error('e');
      return jsonOnly({});
    });
    const { stderr } = await home.run(['status', 'g', ...flags]);
    expect([...stderr.matchAll(/level=(\w+)/g)].map(([, level]) => level)).toEqual(levels);
  });
});

describe('opening a collection', () => {
  const below = (folder: string) =>
    existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).sort() : [];

  it('opening a collection makes its directories, for status as for any other command', async () => {
    expect((await home.run(['status', 'a/b'])).stdout).toBe('No unpublished changes for a/b\n');
    expect(below(join(home.folder, '.notary'))).toEqual([
      ...['private', 'tuf', 'tuf/a', 'tuf/a/b', 'tuf/a/b/changelist', 'tuf/a/b/metadata'],
    ]);
  });

  it.each([
    [['status', '../x']],
    [['status', 'g', '-s', 'nourl']],
    [['list', 'g', '-s', 'https://h:x']],
    [['list', 'g', '--tlscert', 'x']],
    [['lookup', 'g']],
    [['add', 'g', 't', 'f', '--custom', 'gone']],
    [['delegation', 'remove', 'g', 'bad']],
    [['delegation', 'add', 'g', 'targets/x', 'gone.crt']],
  ])('a collection is opened after every check that needs none: %j', async (words) => {
    expect((await home.run(words)).status).toBe(1);
    expect(below(join(home.folder, '.notary'))).toEqual([]);
  });

  it('a key command makes only the key directory', async () => {
    await home.run(['key', 'list']);
    expect(below(join(home.folder, '.notary'))).toEqual(['private']);
  });

  it('opening a collection names a trust directory that is a file', async () => {
    writeFileSync(join(home.folder, 'file'), '');
    const fatal = `\n* fatal: mkdir ${join(home.folder, 'file')}: not a directory\n`;
    expect((await home.run(['status', 'g', '-d', 'file'])).stdout).toBe(fatal);
    expect((await home.run(['key', 'list', '-d', 'file'])).stdout).toBe(fatal);
  });
});

describe('secrets in the environment', () => {
  it('secrets in the environment are gone before a command runs', async () => {
    const env = { NOTARY_ROOT_PASSPHRASE: 'rrrrrrrr', NOTARY_AUTH: 'eDp5', HOME: home.folder };
    const { stdout, stderr, status } = await home.run(['key', 'generate', '-D'], { env });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Generated new ecdsa root key with keyID: [0-9a-f]{64}\n$/);
    expect(stderr).not.toContain('rrrrrrrr');
  });
});

describe('questions', () => {
  it('questions about a delegation are asked only when the whole delegation goes', async () => {
    const words = ['delegation', 'remove', 'g', 'targets/x'];
    const question = '\nAre you sure you want to remove all data for this delegation? (yes/no)\n';
    const no = await home.run(words, { prompter: scriptedPrompter(['no']) });
    expect(no).toEqual({ status: 1, stdout: `${question}* fatal: Aborting action.\n`, stderr: '' });
    const yes = await home.run(words, { prompter: scriptedPrompter(['yes']) });
    const forced =
      '\nForced removal (including all keys and paths) of delegation role targets/x to repository "g" staged for next publish.\n\n';
    expect(yes).toEqual({ status: 0, stdout: question + forced, stderr: '' });
    const flag = await home.run([...words, '-y']);
    expect(flag.stdout).toBe(`${question}Confirmed \`yes\` from flag\n${forced}`);
    const unasked = scriptedPrompter([]);
    await home.run([...words, '--paths', 'a'], { prompter: unasked });
    expect(unasked.asked).toEqual([]);
  });

  it('a question about a key leaves the key alone unless the answer is yes', async () => {
    await home.run(['key', 'generate', '-r', 'user'], { env: { NOTARY_DELEGATION_PASSPHRASE: 'password' } });
    const [file = ''] = readdirSync(join(home.folder, '.notary/private'));
    const id = file.replace('.key', '');
    const key = `${id} (role user) from ${join(home.folder, '.notary/private')}`;
    const question = `\nAre you sure you want to remove ${key}?  (yes/no)  `;
    const no = await home.run(['key', 'remove', id], { prompter: scriptedPrompter(['nope']) });
    expect(no).toMatchObject({ status: 0, stdout: `${question}\nAborting action.\n\n` });
    expect(no.stderr).toMatch(/^time=.* level=warning .* code=ABORTED\n$/);
    const yes = await home.run(['key', 'remove', id], { prompter: scriptedPrompter(['y']) });
    expect(yes).toEqual({ status: 0, stdout: `${question}\nDeleted ${key}.\n\n`, stderr: '' });
    expect(readdirSync(join(home.folder, '.notary/private'))).toEqual([]);
    const gone = await home.run(['key', 'remove', id], { prompter: scriptedPrompter([]) });
    expect(gone.stdout).toBe(`\n\n\n* fatal: No key with ID ${id} found\n`);
  });

  it('a question about the root key leaves the key of a file outside unless the answer is yes', async () => {
    const pem = await encryptedPem(generateEcdsaKey(), 'passphrase');
    writeFileSync(join(home.folder, 'root.pem'), pem);
    const rotate = (answer: string) =>
      home.run(['key', 'rotate', 'g', 'root', '-k', 'root.pem', '-s', 'https://127.0.0.1:1'], {
        env: { NOTARY_ROOT_PASSPHRASE: 'passphrase' },
        prompter: scriptedPrompter([answer]),
      });
    const stored = () => readdirSync(join(home.folder, '.notary/private'));
    expect((await rotate('no')).stdout).toContain('Aborting action');
    expect(stored()).toEqual([]);
    // No server is there. A root key is for every GUN, so that another command may have taken it from the key store.
    const { status, stdout, stderr } = await rotate('yes');
    expect([status, stdout]).toEqual([1, expect.stringContaining('* fatal: ')]);
    const [file = ''] = stored();
    expect(stderr).toContain(`the root key ${file.replace('.key', '')}, which was stored for g, is kept`);
  });
});

describe('staging', () => {
  it('status shows what is staged, and reset forgets it again', async () => {
    writeFileSync(join(home.folder, 'f'), 'x');
    expect((await home.run(['add', 'g', 't', 'f', '-r', 'targets,targets/a'])).stdout).toBe(
      'Addition of target "t" to repository "g" staged for next publish.\n',
    );
    const hash = '0'.repeat(64);
    expect((await home.run(['addhash', 'g', 'h', '0x10', '--sha256', hash])).stdout).toBe(
      'Addition of target "h" by sha256 hash to repository "g" staged for next publish.\n',
    );
    expect((await home.run(['remove', 'g', 'v2'])).stdout).toBe(
      'Removal of v2 from g staged for next publish.\n',
    );
    expect((await home.run(['witness', 'g', 'targets', 'x'])).stdout).toBe(
      'The following roles were successfully marked for witnessing on the next publish:\n\t- targets\n\t- x\n',
    );
    expect((await home.run(['delegation', 'purge', 'g', '--key', 'a,b'])).stdout).toBe(
      'Removal of the following keys from all delegations in g staged for next publish:\n\t- a\n\t- b\n',
    );
    expect((await home.run(['status', 'g'])).stdout).toBe(`Unpublished changes for g:

#    ACTION    SCOPE        TYPE          PATH
-    ------    -----        ----          ----
0    create    targets      target        t
1    create    targets/a    target        t
2    create    targets      target        h
3    delete    targets      target        v2
4    update    targets      witness       
5    update    x            witness       
6    update    targets/*    delegation    
`);
    const reset = 'Successfully reset specified changes for repository g\n';
    expect((await home.run(['reset', 'g', '-n', '0,2', '-n', '99'])).stdout).toBe(reset);
    expect((await home.run(['status', 'g'])).stdout).toContain('0    create    targets/a');
    expect((await home.run(['reset', 'g', '--all', '-n', '0'])).stdout).toBe(reset);
    expect((await home.run(['status', 'g'])).stdout).toBe('No unpublished changes for g\n');
  });

  it.each([
    [['addhash', 'g', 't', 'abc', '--sha256', 'zz'], 'strconv.ParseInt: parsing "abc": invalid syntax'],
    [
      ['addhash', 'g', 't', '9007199254740993', '--sha256', 'zz'],
      'strconv.ParseInt: parsing "9007199254740993": value out of range',
    ],
    [['addhash', 'g', 't', '1', '--sha512', 'zz'], 'invalid sha512 hex contents provided'],
    [['addhash', 'g', 't', '1', '--sha256', 'z'.repeat(64)], "encoding/hex: invalid byte: U+007A 'z'"],
    [['addhash', 'g', 't', '1', '--sha256', `é${'0'.repeat(62)}`], "encoding/hex: invalid byte: U+00C3 'Ã'"],
    [['add', 'g', 't', 'gone'], 'open gone: no such file or directory'],
    [['add', 'g', 't', '.'], 'read .: is a directory'],
    [['add', 'g', 't', '.', '--custom', 'gone'], 'open gone: no such file or directory'],
    [['remove', 'g'], 'Must specify a GUN and target'],
    [['delegation', 'add', 'g', 'targets/x', 'gone'], 'file for public key does not exist: gone'],
    [['delegation', 'add', 'g', 'targets/x', '.'], 'unable to read public key from file: .'],
    [['delegation', 'remove', 'g', 'x'], 'invalid delegation name x'],
    [['key', 'generate', 'rsa'], 'Algorithm not allowed, possible values are: ECDSA'],
    [['key', 'remove', 'abc'], 'invalid key ID provided: abc'],
    [
      ['key', 'export', '--gun', 'a', '--key', 'b'],
      'Only the --gun or --key flag may be provided, not a mix of the two flags',
    ],
  ])('the command line %j is refused', async (words, message) => {
    const { status, stdout } = await home.run(words);
    expect([status, stdout]).toEqual([1, `\n* fatal: ${message}\n`]);
  });
});

describe('keys in files', () => {
  const env = { NOTARY_DELEGATION_PASSPHRASE: 'password' };

  it('keys in files are written for their owner only, whatever was there', async () => {
    writeFileSync(join(home.folder, 'out-key.pem'), 'old');
    chmodSync(join(home.folder, 'out-key.pem'), 0o666);
    expect(await home.run(['key', 'generate', '-o', 'out', '-r', 'user'], { env })).toEqual({
      ...{ status: 0, stdout: '', stderr: '' },
    });
    const { statSync, readFileSync } = await import('node:fs');
    expect(statSync(join(home.folder, 'out-key.pem')).mode & 0o777).toBe(0o600);
    expect(statSync(join(home.folder, 'out.pem')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(home.folder, 'out.pem'), 'utf8')).toMatch(
      /^-----BEGIN PUBLIC KEY-----\nrole: user\n\n/,
    );
  });

  it('keys in files are exported and imported again', async () => {
    await home.run(['key', 'generate', '-r', 'user'], { env });
    const list = (await home.run(['key', 'list'])).stdout;
    expect(await home.run(['key', 'export', '-o', 'all.pem'])).toEqual({ status: 0, stdout: '', stderr: '' });
    const bundle = (await home.run(['key', 'export'])).stdout;
    expect(bundle).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\npath: [0-9a-f]{64}\nrole: user\n\n/);
    mkdirSync(join(home.folder, 'other'));
    expect((await home.run(['key', 'import', 'all.pem', '-d', 'other'])).status).toBe(0);
    const elsewhere = (await home.run(['key', 'list', '-d', 'other'])).stdout;
    expect(/[0-9a-f]{64}/.exec(elsewhere)?.[0]).toBe(/[0-9a-f]{64}/.exec(list)?.[0]);
  });
});
