import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { status as statusCommand } from '../../../src/cli/commands/status.ts';
import type { CommandContext } from '../../../src/cli/spec/command-context.ts';
import { jsonOnly } from '../../../src/cli/spec/command-spec.ts';
import { NotaryError } from '../../../src/errors.ts';
import { scriptedPrompter } from '../../support/memory-ports.ts';
import { memoryOutput, scratchHome } from '../../support/memory-system.ts';
import { expectDocument } from '../../support/printed-json.ts';

let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
});
afterEach(() => {
  vi.restoreAllMocks();
  home.remove();
});

const hidden = /time="[^"]*" /g;

function list(...lines: readonly string[]): void {
  writeFileSync(join(home.folder, 'list'), lines.map((line) => `${line}\n`).join(''));
}

/** Puts other work in the place of that of `status`; it is given the GUN and further operands. */
function working(work: (context: CommandContext, gun: string) => Promise<unknown>) {
  return vi.spyOn(statusCommand, 'run').mockImplementation(async (context, { args: [gun = ''] }) => {
    await work(context, gun);
    return jsonOnly({ gun });
  });
}

/** Doors that are shut until they are opened, by name. */
function doors() {
  const opened = new Map<string, { promise: Promise<void>; open: () => void }>();
  const door = (name: string) => {
    let found = opened.get(name);
    if (found === undefined) {
      let open = (): void => undefined;
      const promise = new Promise<void>((resolve) => {
        open = resolve;
      });
      found = { promise, open };
      opened.set(name, found);
    }
    return found;
  };
  return { through: (name: string) => door(name).promise, open: (name: string) => door(name).open() };
}

const run = (...more: readonly string[]) => home.run(['status', '--repos', 'list', ...more]);

async function soon(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a command over a list of repositories', () => {
  it('a command over a list gives each repository its heading and its usual output, in the order of the list', async () => {
    list('# ours', 'b/c', '', '  a\r', 'b');
    await home.run(['addhash', 'a', 't', '1', '--sha256', '0'.repeat(64)]);
    const { stdout: one } = await home.run(['status', 'a']);
    expect(await run()).toEqual({
      status: 0,
      stdout: `b/c:\nNo unpublished changes for b/c\na:\n${one}b:\nNo unpublished changes for b\n`,
      stderr: '',
    });
  });

  it('a command over a list of repositories reads the list from standard input', async () => {
    const { status, stdout } = await home.run(['status', '--repos', '-'], { stdin: 'x\ny' });
    expect([status, stdout]).toEqual([
      0,
      'x:\nNo unpublished changes for x\ny:\nNo unpublished changes for y\n',
    ]);
  });

  it('a command over a list holds back what a later repository writes, with its records, until the slow first one has ended', async () => {
    list('slow', 'quick', 'last');
    const stdout = memoryOutput();
    const stderr = memoryOutput();
    const { through, open } = doors();
    working(async (context, gun) => {
      context.print(`${gun} begins`);
      context.log.warn('careful', 'NOTE');
      await through(gun);
      context.print(`${gun} ends`);
    });
    const whole = home.run(['status', '--repos', 'list'], { stdout, stderr });
    open('quick');
    await vi.waitFor(() => expect(stdout.text()).toBe('slow:\nslow begins\n'));
    await soon();
    expect(stdout.text()).toBe('slow:\nslow begins\n');
    expect(stderr.text()).toMatch(/^[^\n]*msg="slow: careful" code=NOTE\n$/);
    open('slow');
    // What stands behind those that have ended is seen while the last one still works.
    await vi.waitFor(() => expect(stdout.text()).toContain('last begins\n'));
    expect(stdout.text()).toBe(
      'slow:\nslow begins\nslow ends\nquick:\nquick begins\nquick ends\nlast:\nlast begins\n',
    );
    open('last');
    expect((await whole).status).toBe(0);
    expect([...stderr.text().matchAll(/msg="(\w+): careful"/g)].map(([, gun]) => gun)).toEqual([
      ...['slow', 'quick', 'last'],
    ]);
  });

  it.each([
    [[], 8],
    [['--jobs', '3'], 3],
    [['--jobs', '1'], 1],
    [['--jobs', '64'], 20],
  ])('a command over a list works on as many repositories at a time as %j says', async (flags, expected) => {
    list(...Array.from({ length: 20 }, (_, index) => `g${index}`));
    let under = 0;
    let most = 0;
    working(async () => {
      most = Math.max(most, ++under);
      await soon();
      under--;
    });
    expect((await run(...flags)).status).toBe(0);
    expect(most).toBe(expected);
  });

  it.each(['0', '65', '-1'])('the flag --jobs %s is refused, also for one repository', async (jobs) => {
    list('a');
    const fatal = `\n* fatal: invalid argument "${jobs}" for "--jobs" flag: it must be from 1 to 64\n`;
    for (const words of [['--repos', 'list'], ['a']]) {
      expect(await home.run(['status', ...words, `--jobs=${jobs}`])).toMatchObject({
        status: 1,
        stdout: fatal,
      });
    }
  });

  it('a command with --jobs and one GUN does what it does without', async () => {
    expect(await home.run(['status', 'a', '--jobs', '2'])).toEqual(await home.run(['status', 'a']));
  });

  it('the two flags of lists exist only where a list makes sense', async () => {
    for (const words of [['key', 'list'], ['delete']]) {
      const { stdout } = await home.run([...words, '--repos', 'list']);
      expect(stdout).toContain('* fatal: unknown flag: --repos\n');
    }
  });

  it('a command over a list lets go of what it has written', async () => {
    list(...Array.from({ length: 50 }, (_, index) => `g${index}`));
    const piece = 'x'.repeat(4 * 1024 * 1024);
    const { through, open } = doors();
    const begun: string[] = [];
    working(async (context, gun) => {
      begun.push(gun);
      if (gun === 'g0') await through('g0');
      context.write(piece);
    });
    let written = 0;
    const count = { isTerminal: false, text: () => '', flush: async () => undefined };
    const stdout = { ...count, write: (chunk: string | Uint8Array) => void (written += chunk.length) };
    const whole = home.run(['status', '--repos', 'list', '--jobs', '4'], { stdout });
    await vi.waitFor(() => expect(begun.length).toBeGreaterThan(8));
    await soon();
    // 32 MiB may wait for the slow first one, and what is under way then.
    expect(begun.length).toBeLessThan(16);
    open('g0');
    await whole;
    expect([begun.length, written > 50 * piece.length]).toEqual([50, true]);
  });
});

describe('a repository that fails among others', () => {
  const failing = async (context: CommandContext, gun: string) => {
    context.print(`at ${gun}`);
    await soon();
    if (gun === 'b') throw new NotaryError('EXPIRED', 'b is too old', { hint: 'Sign it anew.' });
    if (gun === 'c') throw new NotaryError('OFFLINE', 'c is\x1b away');
  };

  it('a repository that fails among others is reported under its heading and in the summary, and the others are done', async () => {
    list('a', 'b', 'c', 'd');
    working(failing);
    const { status, stdout, stderr } = await run();
    expect([status, stdout]).toEqual([
      1,
      'a:\nat a\nb:\nat b\n\n* fatal: b is too old\nc:\nat c\n\n* fatal: c is\\x1b away\nd:\nat d\n',
    ]);
    expect(stderr.replace(hidden, '')).toBe(
      'level=error msg="b: Sign it anew." code=EXPIRED\n' +
        'level=error msg="2 of 4 repositories failed" code=REPOSITORIES_FAILED\n' +
        'level=error msg="b: b is too old" code=EXPIRED\n' +
        'level=error msg="c: c is\\x1b away" code=OFFLINE\n',
    );
  });

  it('a repository that fails among others is a line among the others with --json, and one error names those that failed', async () => {
    list('a', 'b', 'c', 'd');
    working(failing);
    const { status, stdout, stderr } = await run('--json');
    expect(status).toBe(1);
    const lines = stdout.split('\n').slice(0, -1);
    expect(lines.map((line) => (JSON.parse(line) as { gun: string }).gun)).toEqual(['a', 'b', 'c', 'd']);
    expect(expectDocument(`${lines[1] ?? ''}\n`, 'repository-failure')).toEqual({
      gun: 'b',
      error: { code: 'EXPIRED', message: 'b is too old', details: {}, hint: 'Sign it anew.' },
    });
    expect(expectDocument(stderr, 'error')).toEqual({
      error: {
        code: 'REPOSITORIES_FAILED',
        message: '2 of 4 repositories failed',
        details: {
          failed: 2,
          of: 4,
          repositories: [
            { gun: 'b', code: 'EXPIRED', message: 'b is too old' },
            { gun: 'c', code: 'OFFLINE', message: 'c is\x1b away' },
          ],
        },
      },
    });
  });

  it('a repository that fails by a defect is reported as one, with status 2, and the others are done', async () => {
    list('a', 'b', 'c');
    working(async (context, gun) => {
      if (gun === 'a') throw new TypeError('x is not a function');
      if (gun === 'b') throw new NotaryError('EXPIRED', 'too old');
      context.print('fine');
    });
    const { status, stdout, stderr } = await run();
    expect([status, stdout]).toEqual([2, 'a:\nb:\n\n* fatal: too old\nc:\nfine\n']);
    expect(stderr).toMatch(/^tsnotary: internal error\nTypeError: x is not a function\n/);
    expect(stderr).toContain('msg="2 of 3 repositories failed" code=REPOSITORIES_FAILED\n');
    expect(stderr).toContain('msg="a: internal error: x is not a function" code=REPOSITORIES_FAILED\n');
    const json = await run('--json');
    expect(json.status).toBe(2);
    expect(expectDocument(`${json.stdout.split('\n')[0] ?? ''}\n`, 'repository-failure')).toMatchObject({
      error: { code: 'INTERNAL' },
    });
  });

  it('a missing operand is one mistake in the command line for all repositories', async () => {
    list('a', 'b');
    const { status, stdout, stderr } = await home.run(['witness', '--repos', 'list']);
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(
      /^Usage:\n.*\n\n\* fatal: Please provide a GUN and at least one role to witness\n$/s,
    );
  });

  it('no further repository is begun when standard output takes nothing more', async () => {
    list(...Array.from({ length: 20 }, (_, index) => `g${index}`));
    const begun: string[] = [];
    working(async (_, gun) => {
      begun.push(gun);
      await soon();
    });
    const { status, stderr } = await home.run(['status', '--repos', 'list', '--jobs', '2'], { full: true });
    expect([status, stderr]).toEqual([1, '\n* fatal: write /dev/stdout: no space left on device\n']);
    expect(begun.length).toBeLessThan(8);
  });
});

describe('questions of several at a time', () => {
  it('questions of several repositories are each asked when all earlier ones have been asked and answered', async () => {
    list('a', 'b', 'c');
    const stdout = memoryOutput();
    const shown: string[] = [];
    const confirm = async () => {
      shown.push(stdout.text());
      await soon();
      return true;
    };
    const prompter = { ...scriptedPrompter(), confirm };
    working(async (context, gun) => {
      await context.prompter.confirm(`${gun}? `);
      context.print('yes');
    });
    await home.run(['status', '--repos', 'list'], { stdout, prompter });
    expect(shown).toEqual(['a:\na? ', 'a:\na? yes\nb:\nb? ', 'a:\na? yes\nb:\nb? yes\nc:\nc? ']);
  });

  it('an interrupt at a question ends the run, and what is left of the list is not begun', async () => {
    list(...Array.from({ length: 20 }, (_, index) => `g${index}`));
    let asked = 0;
    const secret = async (): Promise<string> => {
      asked++;
      throw new NotaryError('INTERRUPTED', 'interrupted');
    };
    const prompter = { ...scriptedPrompter(), secret };
    const work = working(async (context) => context.prompter.secret('?'));
    const { status, stdout } = await home.run(['status', '--repos', 'list'], { prompter });
    expect([status, asked, work.mock.calls.length]).toEqual([1, 1, 8]);
    expect(stdout).toMatch(/^g0:\n\n\* fatal: interrupted\n$/);
  });
});

describe('progress', () => {
  it('the progress is a line on a terminal that makes way for everything else, and is gone at the end', async () => {
    list('a', 'b', 'c');
    working(async (context, gun) => {
      if (gun === 'b') await soon();
      context.print(`at ${gun}`);
      context.log.warn('careful', 'NOTE');
      if (gun === 'c') throw new NotaryError('EXPIRED', 'too old');
    });
    const stderr = memoryOutput({ isTerminal: true });
    const { stdout } = await home.run(['status', '--repos', 'list'], { stderr });
    expect(stdout).toBe('a:\nat a\nb:\nat b\nc:\nat c\n\n* fatal: too old\n');
    const shown = stderr.text();
    expect(shown).toContain('1 of 3\r');
    expect(shown).toContain('2 of 3\r');
    // As a terminal shows it: what is erased is gone, and nothing else is.
    const left = shown.replace(/\d of 3\r(\r\x1b\[K\d of 3\r)*\r\x1b\[K/g, '');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    const plain = left.replace(/\x1b\[\d+m/g, '').replace(/ +/g, ' ');
    expect(plain).toBe(
      ['a: careful', 'b: careful', 'c: careful'].map((text) => `WARN[0000] ${text} code=NOTE\n`).join('') +
        'ERRO[0000] 1 of 3 repositories failed code=REPOSITORIES_FAILED\nERRO[0000] c: too old code=EXPIRED\n',
    );
  });

  it('the progress is not shown with --json, nor where standard error is no terminal', async () => {
    list('a', 'b', 'c');
    const stderr = memoryOutput({ isTerminal: true });
    await home.run(['status', '--repos', 'list', '--json'], { stderr });
    expect(stderr.text()).toBe('');
    expect((await run()).stderr).toBe('');
  });
});

describe('a bad list', () => {
  it.each([
    ['a GUN that stands there twice', 'a\n#\nb\n a \n', 'a is in list twice: lines 1 and 4'],
    ['no GUN', '# none\n\n', 'there is no GUN in list'],
    [
      'a GUN that leaves the folder',
      'a\n../x\n',
      'line 2 of list: invalid GUN "../x": it has an empty, "." or ".." segment',
    ],
    ['a control character', 'a\tb\n', 'line 1 of list: invalid GUN "a\\tb": it contains a control character'],
    ['no text', Buffer.from([0x61, 0xff]), 'list is not UTF-8 text'],
  ])('a list with %s is refused before anything is done', async (_, content, message) => {
    writeFileSync(join(home.folder, 'list'), content);
    const done = working(async () => undefined);
    const { status, stdout } = await run();
    expect([status, stdout]).toEqual([1, `\n* fatal: ${message}\n`]);
    expect(done).not.toHaveBeenCalled();
  });

  it.each([
    [['status', '--repos', 'gone'], 'open gone: no such file or directory'],
    [['status', '--repos', ''], 'invalid argument "" for "--repos" flag: it must name a file'],
    [
      ['witness', '--repos', '', 'g', 'targets'],
      'invalid argument "" for "--repos" flag: it must name a file',
    ],
    [['status', '--repos', 'list', 'b'], 'the GUNs are those that --repos names: b cannot be given as well'],
    [
      ['witness', '--repos', 'list', 'a', 'targets'],
      'the GUNs are those that --repos names: a cannot be given as well',
    ],
  ])('the command line %j is refused', async (words, message) => {
    list('a');
    const { status, stdout, stderr } = await home.run(words);
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(new RegExp(`\n\\* fatal: ${message.replaceAll(/[.()]/g, '\\$&')}\n$`));
  });

  it('a list may begin with a byte order mark', async () => {
    list('\ufeffa');
    expect((await run()).stdout).toBe('a:\nNo unpublished changes for a\n');
  });
});

describe('a configuration that is wrong for all repositories', () => {
  it('a configuration that is wrong for all repositories is reported once', async () => {
    list('a', 'b');
    const { status, stdout } = await run('-c', 'gone.json');
    expect(status).toBe(1);
    expect(stdout.match(/fatal/g)).toHaveLength(1);
    expect(stdout).not.toContain('a:');
  });
});
