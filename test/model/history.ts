/** Plays a history against the model, step by step. */

import { isNotaryError } from '../../src/errors.ts';
import { days, epoch, type MemoryClock, memoryClock } from '../support/memory-ports.ts';
import { type Beginning, gun } from './beginnings.ts';
import {
  checkCommand,
  type Ended,
  Finding,
  isExcused,
  isNewer,
  type Place,
  type Played,
  type Upload,
} from './checks.ts';
import { Chronicle } from './chronicle.ts';
import type { Op } from './expectation.ts';
import { isUpload, saboteur } from './faults.ts';
import { Home, Killed } from './home.ts';
import { sha256Hex, type View, view } from './reader.ts';
import { HistoryServer } from './server.ts';
import { type AccidentStep, type CommandStep, everybody, type Name, type Step } from './steps.ts';
import { carryOut, opsOf, type Shown } from './verbs.ts';

/** Accidents and events; everything else is a command. */
const accidents = new Set(['lose cache', 'back up', 'restore', 'move clock']);

export class History implements Place {
  readonly server: HistoryServer;
  readonly #clock: MemoryClock = memoryClock(epoch);
  readonly #beginning: Beginning;
  readonly #homes: ReadonlyMap<Name, Home>;
  readonly #chronicle = new Chronicle<Name>();
  #looked: { readonly key: string; readonly view: View | undefined } | undefined;
  #begun = false;
  published = 0;

  constructor(beginning: Beginning) {
    this.#beginning = beginning;
    this.server = new HistoryServer(gun, this.#clock, beginning.holdings);
    const { folders } = beginning;
    this.#homes = new Map(
      everybody.map((name) => [name, new Home(name, gun, this.server.url, this.#clock, folders.get(name))]),
    );
    for (const [role, hash] of this.server.everything()) this.#chronicle.trust(role, hash);
  }

  get now(): number {
    return this.#clock.now().getTime();
  }

  get retired(): ReadonlySet<string> {
    return this.#chronicle.retired;
  }

  get hostile(): boolean {
    return this.server.junk.size > 0;
  }

  /** What an independent reader without a cache sees; undefined when it sees nothing. */
  async look(now = this.now): Promise<View | undefined> {
    const named = await this.server.fetch('timestamp');
    const key = `${now} ${sha256Hex(named ?? '')} ${this.server.junk.size}`;
    if (this.#looked?.key !== key) {
      this.#looked = { key, view: await view(this.server.fetch, now).catch(() => undefined) };
    }
    return this.#looked.view;
  }

  /** @throws Finding */
  async step(step: Step): Promise<void> {
    if (!this.#begun) this.#chronicle.believe(await this.look());
    this.#begun = true;
    if (step.who === undefined) await this.#event(step);
    else if (accidents.has(step.do)) this.#accident(step as AccidentStep);
    else await this.#command(step as CommandStep);
  }

  home(name: Name): Home {
    const home = this.#homes.get(name);
    if (home === undefined) throw new Error(`${name} has no home`);
    return home;
  }

  /** What somebody without a cache gets to see with the program. */
  async freshList(): Promise<Shown> {
    const home = new Home('carol', gun, this.server.url, this.#clock);
    const ports = home.start(
      saboteur(undefined, async () => undefined),
      this.server.send,
    );
    return carryOut({ do: 'list', who: 'carol' }, ports, new Map());
  }

  async #event(step: Extract<Step, { who?: undefined }>): Promise<void> {
    switch (step.do) {
      case 'wait':
        this.#clock.advance(days(step.days));
        return;
      case 'years pass':
        this.#clock.advance(days(1000));
        await this.step({ do: 'witness', who: 'owner', role: 'targets' });
        await this.step({ do: 'publish', who: 'owner' });
        this.#clock.advance(days(100));
        return;
      case 'serve junk': {
        const evil = Buffer.from('e'.repeat(64), 'hex').toString('base64');
        this.server.serveJunk(step.role, step.version === 'huge', {
          evil: { hashes: { sha256: evil }, length: 1 },
        });
        return;
      }
      case 'recover':
        this.server.recover();
        return;
      case 'share keys': {
        const [one, other] = [this.home('owner').keyFiles, this.home('laptop').keyFiles];
        for (const [id, pem] of [...one, ...other]) {
          if (!one.has(id)) one.set(id, pem);
          if (!other.has(id)) other.set(id, pem);
        }
      }
    }
  }

  #accident(step: AccidentStep): void {
    const home = this.home(step.who);
    switch (step.do) {
      case 'lose cache':
        home.loseCache();
        return;
      case 'back up':
        home.backup = home.folder();
        this.#chronicle.backUp(step.who);
        return;
      case 'restore': {
        home.restore(home.backup, { keys: step.keys });
        this.#chronicle.restore(step.who);
        return;
      }
      case 'move clock':
        home.skew += step.days;
    }
  }

  async #command(step: CommandStep): Promise<void> {
    await checkCommand(this, await this.play(step));
  }

  /** Runs a command as one process, and looks at each upload that the server takes from it. */
  async play(step: CommandStep): Promise<Played> {
    const home = this.home(step.who);
    const ops = step.do === 'publish' ? this.#chronicle.opsOf(step.who) : [];
    const takenBefore = new Set(ops.filter(({ taken }) => taken));
    const start = {
      ...{ changes: new Set(home.changes.keys()), keyIds: new Set(home.keyFiles.keys()) },
      ...{ view: await this.look(), published: this.published },
    };
    const hands = saboteur(step.fault, (other) => this.step(other));
    const uploads: Upload[] = [];
    const findings: Finding[] = [];
    const ports = home.start(hands, async (request) => {
      if (!isUpload(request)) return this.server.send(request);
      const before = await this.look();
      const response = await this.server.send(request);
      if (response.status === 200) {
        const after = await this.look();
        if (!isNewer(before, after)) return response;
        uploads.push({ before, after, number: ++this.published });
        findings.push(...this.#judge(step, before, after, ops, home));
        for (const op of ops) op.taken = true;
      }
      return response;
    });
    const ended = await this.#end(step, async () =>
      Promise.race([hands.death, carryOut(step, ports, this.#beginning.keys)]),
    );
    const said = ports.log.records.flatMap(({ level, code }) =>
      code === undefined ? [] : [{ level, code }],
    );
    const grave = findings.find(({ kind }) => !isExcused(kind, ended.outcome, said));
    if (grave !== undefined) throw grave;
    const { happened } = hands;
    return { step, home, ops, takenBefore, start, uploads, said, happened, shown: undefined, ...ended };
  }

  async #end(step: CommandStep, work: () => Promise<Shown>): Promise<Ended> {
    const restage = (): void => {
      const works = opsOf(step, this.#beginning.keys);
      if (this.#chronicle.restage(step.who, this.home(step.who).changes.keys(), works)) return;
      throw new Finding('staged', `${step.do} has staged more than was asked for`);
    };
    try {
      const shown = await work();
      restage();
      return { outcome: 'done', shown };
    } catch (error) {
      restage();
      if (error instanceof Finding) throw error;
      if (error instanceof Killed) return { outcome: 'killed' };
      if (isNotaryError(error)) return { outcome: 'failed', code: error.code, message: error.message };
      throw new Finding('crash', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }

  #judge(
    step: CommandStep,
    before: View | undefined,
    after: View | undefined,
    ops: readonly Op[],
    home: Home,
  ): readonly Finding[] {
    if (before === undefined) return [];
    if (after === undefined) return [new Finding('unreadable', 'nothing can be read any more')];
    const publisher = {
      cached: (role: string) => home.cached(role),
      holds: (keys: readonly string[]) => keys.some((key) => home.keyFiles.has(key)),
    };
    const found = this.#chronicle
      .judge(before, after, ops, publisher)
      .map(({ kind, message }) => new Finding(kind, `${step.who}'s ${step.do}: ${message}`));
    const returned = this.#chronicle.retire(before, after);
    this.#chronicle.believe(after);
    if (returned === undefined) return found;
    return [...found, new Finding('retired key again', `a retired key of ${returned} is current again`)];
  }
}
