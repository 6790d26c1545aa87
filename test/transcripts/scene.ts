/** Runs the steps of a transcript: a fresh stage, people's homes, and a shell that finds `notary`. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Home } from '../support/genuine/home.ts';
import { repository, run } from '../support/genuine/programs.ts';
import { openShell, shellLine, type Terminal } from '../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { genuineStage, type ServerKind, type Stage } from '../support/genuine/stage.ts';
import type { Part, Step, Transcript } from './transcript.ts';

/** The program that transcripts call `notary`. */
export type Actor = 'notary' | 'tsnotary';

type Typed = Part & { readonly kind: 'typed' };

/** What a step did, in the program's own bytes (line ends of a terminal are `\n`). */
export interface Observation {
  readonly parts: readonly Part[];
  readonly stderr: string;
  readonly status: number;
}

/** Where a terminal is narrower than a table, tsnotary cuts IDs, and notary does not. */
const wideEnough = 250;

/** True when a terminal has shown everything that is expected before the next answer. */
export type Ready = (shown: string) => boolean;

/** A directory whose `notary` is the actor. */
function castFolder(actor: Actor): string | undefined {
  if (actor === 'notary') return undefined;
  const folder = makeScratch();
  const file = join(folder, 'notary');
  writeFileSync(file, `#!/bin/sh\nexec ${shellLine(actor, [])} "$@"\n`);
  chmodSync(file, 0o755);
  return folder;
}

const asksSomething = /(?:: |\(yes\/no\)\s*)$/;

export class Scene {
  readonly #stage: Stage;
  readonly #cast: string | undefined;
  readonly #exchange = makeScratch();
  readonly #people = new Map<string, Home>();
  readonly #settings: ReadonlyMap<string, string>;

  constructor(stage: Stage, actor: Actor, settings: ReadonlyMap<string, string>) {
    this.#stage = stage;
    this.#cast = castFolder(actor);
    this.#settings = settings;
  }

  static async set(transcript: Transcript, actor: Actor, kind: ServerKind): Promise<Scene> {
    const server = transcript.settings.get('server');
    const host = transcript.settings.get('host') === '127.0.0.1' ? '127.0.0.1' : 'localhost';
    const options = { kind, roundTrip: 0, host } as const;
    const stage =
      server === 'token' || server === 'basic'
        ? await genuineStage({ ...options, auth: server })
        : await genuineStage(options);
    return new Scene(stage, actor, transcript.settings);
  }

  /** What differs from run to run, with the names that transcripts use. */
  names(person: string): readonly (readonly [string, string])[] {
    return [
      [this.#home(person).folder, '$HOME'],
      [this.#exchange, '$EXCHANGE'],
      [join(repository, 'fixtures'), '$FIXTURES'],
      [`:${this.#stage.proxy.port}`, ':$PORT'],
    ];
  }

  async event(text: string): Promise<void> {
    if (text === 'server down') await this.#stage.proxy.shut();
    else if (text === 'server up') await this.#stage.proxy.reopen();
    else throw new Error(`unknown event: @ ${text}`);
  }

  async perform(
    step: Step,
    variables: Readonly<Record<string, string>>,
    ready: Ready[],
  ): Promise<Observation> {
    const home = this.#home(step.person);
    const path = [this.#cast, process.env['PATH']].filter((folder) => folder !== undefined).join(delimiter);
    const env = {
      ...home.env,
      PATH: path,
      EXCHANGE: this.#exchange,
      FIXTURES: join(repository, 'fixtures'),
      PORT: String(this.#stage.proxy.port),
      ...variables,
    };
    if (step.mode === '%') return this.#onTerminal(step, env, ready);
    const input = step.parts.map((part) =>
      part.kind === 'typed' ? `${part.text}${part.bare ? '' : '\n'}` : '',
    );
    const outcome = await run('sh', ['-c', step.command], { env, cwd: home.work, input: input.join('') });
    const shown: Part = { kind: 'shown', text: outcome.stdout };
    const typed = step.parts.filter(({ kind }) => kind === 'typed');
    return { parts: [...typed, shown], stderr: outcome.stderr, status: outcome.status };
  }

  async close(): Promise<void> {
    await this.#stage.close();
    removeScratch(this.#exchange);
    if (this.#cast !== undefined) removeScratch(this.#cast);
  }

  #home(person: string): Home {
    const known = this.#people.get(person);
    if (known !== undefined) return known;
    const passphrases = this.#settings.get('passphrases') === 'none' ? { passphrases: 'none' as const } : {};
    const home = this.#stage.home(person, passphrases);
    mkdirSync(home.work, { recursive: true });
    this.#people.set(person, home);
    return home;
  }

  async #onTerminal(step: Step, env: Record<string, string>, ready: Ready[]): Promise<Observation> {
    const terminal = openShell(step.command, { env, cwd: this.#home(step.person).work, columns: wideEnough });
    const parts: Part[] = [];
    let taken = 0;
    for (const part of step.parts) {
      if (part.kind !== 'typed') continue;
      if (!(await waitForQuestion(terminal, taken, ready.shift()))) break;
      const shown = terminal.shown().slice(taken);
      const before = terminal.shown().length;
      const { echo, ...told } = await this.#tell(terminal, part, before);
      parts.push({ kind: 'shown', text: shown }, told);
      taken = before + echo.length;
    }
    const { shown, status } = await terminal.end();
    parts.push({ kind: 'shown', text: shown.slice(taken) });
    return { parts: parts.filter((part) => part.kind === 'typed' || part.text !== ''), stderr: '', status };
  }

  /** Types an answer; tells how the terminal showed it, and the very text it showed. */
  async #tell(terminal: Terminal, part: Typed, before: number): Promise<Typed & { readonly echo: string }> {
    if (part.hidden) await terminal.waitForEchoOff();
    terminal.type(part.bare ? part.text : `${part.text}\r`);
    const next = part.bare ? '' : await firstAfter(terminal, before);
    const echo = [`${part.text}\n`, '\n', ''].find((text) => next.startsWith(text)) ?? '';
    const hidden = part.text === '' || part.bare ? part.hidden : echo !== `${part.text}\n`;
    return { ...part, hidden, bare: echo === '', echo };
  }
}

/** What the terminal shows after a position, once that is a whole line or the program has nothing to add. */
async function firstAfter(terminal: Terminal, position: number): Promise<string> {
  for (let waited = 0; waited < 2000; waited += 5) {
    const next = terminal.shown().slice(position);
    if (next.includes('\n')) return next;
    await pause(5);
  }
  return terminal.shown().slice(position);
}

/**
 * Waits until the program asks: it has shown what was expected, or something that looks like a
 * question and then nothing more for a while. False when it ended instead.
 */
async function waitForQuestion(
  terminal: Terminal,
  taken: number,
  ready: Ready | undefined,
): Promise<boolean> {
  for (let still = 0, length = 0; !terminal.ended(); still += 5) {
    const shown = terminal.shown();
    if (ready?.(shown) === true) return true;
    if (shown.length !== length) still = 0;
    length = shown.length;
    if (still > 300 && asksSomething.test(shown.slice(taken))) return true;
    if (still > 15_000) return false;
    await pause(5);
  }
  return false;
}
