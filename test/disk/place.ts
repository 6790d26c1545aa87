/**
 * Where commands are made to fail: a person's home and a server, put back into a known state for every run.
 * The program itself runs as a child; what follows its failure runs in this process, which is much cheaper.
 */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemFiles } from '../../src/adapters/system/files.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import type { System } from '../../src/cli/spec/process.ts';
import type { NotaryServer } from '../../src/server/server.ts';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import type { ServerStore } from '../../src/server/store/store.ts';
import { disturb } from '../support/fault-points.ts';
import { faultPoints } from '../support/fault-points-preload.ts';
import { certificates } from '../support/genuine/certificates.ts';
import { type Home, makeHome, usualPassphrases } from '../support/genuine/home.ts';
import { cleanEnvironment, commandOf } from '../support/genuine/programs.ts';
import { adopt, makeScratch } from '../support/genuine/scratch.ts';
import { scriptedPrompter } from '../support/memory-ports.ts';
import { type HttpsServer, serveHttps } from '../support/memory-server-https.ts';
import { memoryEnvironment, memoryOutput, type Run } from '../support/memory-system.ts';
import { fingerprintOf, inspect, sha256, type Wholeness } from './whole-trust-dir.ts';

/** A trust directory and what the server held at that time. */
export interface State {
  /** Directory with a copy of the trust directory; nothing when there was none. */
  readonly trustDir: string | undefined;
  readonly history: History;
}

/** Everything that was stored on a server, in order. */
type History = readonly ((store: ServerStore) => Promise<unknown>)[];

/** The n-th change of the disk goes wrong in this mode. */
export interface Fault {
  readonly at: number;
  readonly mode: string;
}

/** How a child is disturbed. */
export interface Disturbance {
  readonly fault?: Fault;
  /** Killed after so many milliseconds. */
  readonly killAfter?: number;
  readonly input?: string;
  /** In place of node and the program. */
  readonly command?: readonly string[];
}

export interface ChildRun extends Run {
  readonly signal: NodeJS.Signals | null;
  /** The call that was disturbed, as `name path` below the trust directory; undefined when none was met. */
  readonly met: string | undefined;
}

export interface Place {
  readonly home: Home;
  readonly server: HttpsServer;
  /** Puts the trust directory and the server into a state. */
  restore(state: State): Promise<void>;
  /** Keeps the present state. */
  keep(): State;
  /** Runs the program as a child. */
  child(words: readonly string[], disturbance?: Disturbance): Promise<ChildRun>;
  /** Runs a command in this process. */
  run(words: readonly string[], input?: readonly string[]): Promise<Run>;
  /** As `run`, with a fault that does not end the process. */
  disturbed(words: readonly string[], fault: Fault, input?: readonly string[]): Promise<ChildRun>;
  /** As `run`, for a command that must succeed; answers its JSON. */
  json<Shape>(words: readonly string[]): Promise<Shape>;
  look(): Wholeness;
  /** Equal for trust directories and servers that hold the same. */
  fingerprint(): string;
  /** The key IDs that the server's root names for a role. */
  publishedKeys(gun: string, role: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export const passphrases = usualPassphrases;

export async function openPlace(): Promise<Place> {
  const folder = makeScratch();
  const authority = await certificates();
  const recorded = recordingStore();
  const notaryServer: NotaryServer = {
    ...{ store: recorded.store, clock: systemClock(), keyAlgorithm: 'ecdsa' },
    random: (length) => randomBytes(length),
  };
  const server = await serveHttps(notaryServer, authority);
  const home = makeHome({
    folder: join(folder, 'home'),
    certificates: authority,
    serverUrl: server.url,
  });
  let kept = 0;
  const run: Place['run'] = (words, input = []) => runInProcess(home, words, input);
  return {
    ...{ home, server, run },
    async restore({ trustDir, history }) {
      rmSync(home.trustDir, { recursive: true, force: true });
      if (trustDir !== undefined) cpSync(trustDir, home.trustDir, { recursive: true });
      await recorded.restore(history);
    },
    keep() {
      const trustDir = join(folder, `kept-${++kept}`);
      const here = existsSync(home.trustDir);
      if (here) cpSync(home.trustDir, trustDir, { recursive: true });
      return {
        trustDir: here ? trustDir : undefined,
        history: recorded.history(),
      };
    },
    async disturbed(words, fault, input) {
      let met: string | undefined;
      const settle = disturb({
        ...{ ...fault, below: home.trustDir },
        report: (call) => {
          met = call.replace(home.trustDir, '');
        },
      });
      try {
        return { ...(await run(words, input)), signal: null, met };
      } finally {
        settle();
        endProcess(home.trustDir);
      }
    },
    child: (words, disturbance = {}) => runChild(home, join(folder, 'report'), words, disturbance),
    async json<Shape>(words: readonly string[]) {
      const { status, stdout, stderr } = await run([...words, '--json']);
      if (status !== 0) throw new Error(`${words.join(' ')}: status ${status}\n${stdout}${stderr}`);
      return JSON.parse(stdout) as Shape;
    },
    look: () =>
      inspect(home.trustDir, {
        passphrases: Object.values(passphrases),
        published,
      }),
    fingerprint: () => `${fingerprintOf(home.trustDir)} ${recorded.history().length}`,
    async publishedKeys(gun, role) {
      const root = await recorded.store.current(gun, 'root');
      if (root === undefined) return [];
      const { signed } = JSON.parse(Buffer.from(root.bytes).toString()) as {
        readonly signed: {
          readonly roles: Readonly<Record<string, { readonly keyids: readonly string[] }>>;
        };
      };
      return signed.roles[role]?.keyids ?? [];
    },
    close: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** SHA-256 of everything that was ever published in any place. */
const published = new Set<string>();

/** A store whose content can be put back to what it was, and which knows all that it ever took. */
function recordingStore() {
  let store = memoryServerStore();
  let history: ((store: ServerStore) => Promise<unknown>)[] = [];
  const remembered = <Result>(step: (store: ServerStore) => Promise<Result>): Promise<Result> => {
    history.push(step);
    return step(store);
  };
  const recording: ServerStore = {
    current: (gun, role) => store.current(gun, role),
    byChecksum: (gun, role, sha) => store.byChecksum(gun, role, sha),
    byVersion: (gun, role, version) => store.byVersion(gun, role, version),
    update: (gun, files, at) => {
      for (const { bytes } of files) published.add(sha256(bytes));
      return remembered((to) => to.update(gun, files, at));
    },
    remove: (gun, at) => remembered((from) => from.remove(gun, at)),
    key: (id) => store.key(id),
    addKey: (key) => remembered((to) => to.addKey(key)),
    changes: () => store.changes(),
  };
  return {
    store: recording,
    history: (): History => [...history],
    async restore(steps: History) {
      store = memoryServerStore();
      history = [...steps];
      for (const step of steps) await step(store);
    },
  };
}

/** A run in this process ends, but this process does not: its locks become those of one that has ended. */
function endProcess(trustDir: string): void {
  if (!existsSync(trustDir)) return;
  for (const name of readdirSync(trustDir, {
    recursive: true,
    encoding: 'utf8',
  })) {
    if (!name.endsWith('/.publish.lock')) continue;
    const path = join(trustDir, name);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"started":"\d*"/, '"started":"1"'));
  }
}

async function runInProcess(home: Home, words: readonly string[], input: readonly string[]): Promise<Run> {
  const [stdout, stderr] = [memoryOutput(), memoryOutput()];
  const system: System = {
    ...{ stdout, stderr, clock: systemClock() },
    environment: memoryEnvironment(home.env).environment,
    prompter: () => scriptedPrompter(input, false),
    files: systemFiles(home.work, async () => Buffer.alloc(0)),
    random: (length) => randomBytes(length),
    build: { version: '1.2.3', commit: 'abc', runtime: 'none' },
  };
  const status = await runCli(words, system);
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

async function runChild(
  home: Home,
  report: string,
  words: readonly string[],
  { fault, killAfter, input = '', command = commandOf('tsnotary') }: Disturbance,
): Promise<ChildRun> {
  rmSync(report, { force: true });
  const [program = '', ...first] = command;
  const watched = fault === undefined ? [] : ['--require', faultPoints()];
  mkdirSync(join(home.trustDir, '..'), { recursive: true });
  const child = spawn(program, [...watched, ...first, ...words], {
    cwd: home.work,
    env: cleanEnvironment({
      ...home.env,
      ...(fault && {
        ...{ FAULT_BELOW: home.trustDir, FAULT_AT: String(fault.at) },
        ...{ FAULT_MODE: fault.mode, FAULT_REPORT: report },
      }),
    }),
    timeout: 60_000,
    killSignal: 'SIGTERM',
  });
  adopt(child);
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // A child that dies does not read its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  const met = existsSync(report) ? readFileSync(report, 'utf8').trim().replace(home.trustDir, '') : undefined;
  return { status: code ?? 128, signal, stdout, stderr, met };
}
