/**
 * Runs a program on a pseudo-terminal, as a person meets it: what is shown, answers typed with or
 * without echo, Ctrl-C. Uses `script` of util-linux, so that no compiled module is needed.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cleanEnvironment, commandOf, type Program, run } from './programs.ts';
import { adopt, makeScratch, removeScratch } from './scratch.ts';

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** `terminal` (default) shows standard error among the rest; `apart` collects it separately. */
  readonly stderr?: 'terminal' | 'apart';
  /** Width of the terminal (default 100). */
  readonly columns?: number;
  /** Milliseconds that `waitFor` and `end` wait at most (default 30,000). */
  readonly patience?: number;
}

export interface Ending {
  readonly status: number;
  /** All that the terminal showed, typed text with echo included; line ends are `\n`. */
  readonly shown: string;
  /** Empty unless standard error was kept apart. */
  readonly stderr: string;
  /** Whether the terminal still echoes what is typed, now that the program has ended. */
  readonly echo: boolean;
}

export interface Terminal {
  /** All that was shown so far; line ends are `\n`. */
  shown(): string;
  /** Waits until the text is shown after everything that earlier calls have waited for. */
  waitFor(text: string | RegExp): Promise<void>;
  /** Types bytes as they are. */
  type(keys: string | Uint8Array): void;
  /** Types a line whose characters are shown. */
  answer(line: string): void;
  /** Waits until the program has switched the echo off: it is reading a secret now. */
  waitForEchoOff(): Promise<void>;
  /** Types a line once the echo is off. */
  answerHidden(line: string): Promise<void>;
  /** Presses Ctrl-C. */
  interrupt(): void;
  /** Waits for the program to end by itself. */
  end(): Promise<Ending>;
  /** True when the program has ended. */
  ended(): boolean;
  /** Ends the session, whatever the program does. */
  kill(): void;
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** A command line for `sh -c` that runs the program with these arguments. */
export function shellLine(program: Program, args: readonly string[]): string {
  return [...commandOf(program), ...args].map(quote).join(' ');
}

async function until(
  patience: number,
  complaint: () => string,
  ready: () => boolean | Promise<boolean>,
): Promise<void> {
  const start = Date.now();
  while (!(await ready())) {
    if (Date.now() - start > patience) throw new Error(complaint());
    await pause(5);
  }
}

/**
 * Starts a shell command line on a new terminal of 40 lines.
 *
 * The command is followed by a look at the terminal it leaves behind, hence the files in `notes`.
 */
export function openShell(commandLine: string, options: TerminalOptions = {}): Terminal {
  const notes = makeScratch();
  const note = (name: string): string => join(notes, name);
  const redirect = options.stderr === 'apart' ? ` 2>${quote(note('stderr'))}` : '';
  const session = [
    'trap : INT',
    `stty cols ${options.columns ?? 100} rows 40`,
    `tty >${quote(note('tty'))}`,
    `sh -c ${quote(commandLine)}${redirect}`,
    'status=$?',
    `stty -a >${quote(note('stty'))}`,
    'exit $status',
  ].join('\n');
  const child = spawn('script', ['-q', '-e', '-E', 'always', '-c', session, '/dev/null'], {
    env: { TERM: 'xterm', ...cleanEnvironment(options.env) },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  adopt(child);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => {
    child.once('close', (code) => resolve(code ?? -1));
  });
  const shown = (): string => Buffer.concat(chunks).toString().replaceAll('\r\n', '\n');
  const patience = options.patience ?? 30_000;
  const type = (keys: string | Uint8Array): void => {
    child.stdin.write(keys);
  };
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  let seen = 0;

  const echoes = async (): Promise<boolean> => {
    if (!existsSync(note('tty'))) return true;
    const device = readFileSync(note('tty'), 'utf8').trim();
    const state = await run('sh', ['-c', `stty -F ${device} -a`]);
    return !state.stdout.includes('-echo ');
  };

  const waitForEchoOff = (): Promise<void> =>
    until(
      patience,
      () => `echo stays on after:\n${shown()}`,
      async () => !(await echoes()),
    );

  return {
    shown,
    type,
    waitForEchoOff,
    answer: (line) => type(`${line}\r`),
    interrupt: () => type('\u0003'),
    kill,
    ended: () => child.exitCode !== null || child.signalCode !== null,
    waitFor: async (text) => {
      const find = (): number => {
        const rest = shown().slice(seen);
        if (typeof text === 'string') return rest.includes(text) ? rest.indexOf(text) + text.length : 0;
        const match = text.exec(rest);
        return match === null ? 0 : match.index + match[0].length;
      };
      await until(
        patience,
        () => `never shown: ${String(text)}\nbut:\n${shown().slice(seen)}`,
        () => find() > 0,
      );
      seen += find();
    },
    answerHidden: async (line) => {
      await waitForEchoOff();
      type(`${line}\r`);
    },
    end: async () => {
      const status = await Promise.race([closed, pause(patience, undefined, { ref: false })]);
      if (status === undefined) {
        kill();
        throw new Error(`still running, having shown:\n${shown()}`);
      }
      const ending = {
        status,
        shown: shown(),
        stderr: existsSync(note('stderr')) ? readFileSync(note('stderr'), 'utf8') : '',
        echo: existsSync(note('stty')) && !readFileSync(note('stty'), 'utf8').includes('-echo '),
      };
      removeScratch(notes);
      return ending;
    },
  };
}

/** Starts one of the programs on a new terminal. */
export function openTerminal(
  program: Program,
  args: readonly string[],
  options: TerminalOptions = {},
): Terminal {
  return openShell(shellLine(program, args), options);
}
