/** Plays a history against the model, step by step. */

import { isNotaryError } from '../../src/errors.ts';
import { days, epoch, type MemoryClock, memoryClock } from '../support/memory-ports.ts';
import { type Beginning, gun } from './beginnings.ts';
import { checkCommand, Finding, type Played } from './checks.ts';
import { differences, expected, type Op } from './expectation.ts';
import { isUpload, saboteur } from './faults.ts';
import { Home, Killed } from './home.ts';
import { type RoleFile, sha256Hex, type View, view } from './reader.ts';
import { HistoryServer } from './server.ts';
import { type AccidentStep, type BaseRole, type CommandStep, everybody, type Name, type Step } from './steps.ts';
import { carryOut, opsOf } from './verbs.ts';

/** Accidents and events; everything else is a command. */
const accidents = new Set(['lose cache', 'back up', 'restore', 'move clock']);

/** What may be, when it is said. */
const excusable = new Set(['came back', 'reverted']);

export class History {
  readonly server: HistoryServer;
  readonly #clock: MemoryClock = memoryClock(epoch);
  readonly #beginning: Beginning;
  readonly #homes: ReadonlyMap<Name, Home>;
  /** What lies in each changelist, by file name. */
  readonly #staged = new Map<Name, Map<string, Op>>();
  readonly #backups = new Map<Name, ReadonlyMap<string, Op>>();
  readonly #hashes = new Map<string, Set<string>>();
  readonly #former = new Set<string>();
  readonly #last = new Map<string, RoleFile>();
  /** `role key` of keys that a root has replaced. */
  readonly retired = new Set<string>();
  #looked: { readonly key: string; readonly view: View | undefined } | undefined;
  /** Counts what has been published. */
  published = 0;

  constructor(beginning: Beginning) {
    this.#beginning = beginning;
    this.server = new HistoryServer(gun, this.#clock, beginning.holdings);
    const { folders } = beginning;
    this.#homes = new Map(
      everybody.map((name) => [name, new Home(name, gun, this.server.url, this.#clock, folders.get(name))]),
    );
    for (const name of everybody) this.#staged.set(name, new Map());
    for (const [role, hash] of this.server.everything()) {
      this.#hashes.set(role, (this.#hashes.get(role) ?? new Set()).add(hash));
    }
  }

  get now(): number {
    return this.#clock.now().getTime();
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
    if (this.#last.size === 0) this.#believe(await this.look());
    if (step.who === undefined) await this.#event(step);
    else if (accidents.has(step.do)) this.#accident(step as AccidentStep);
    else await this.#command(step as CommandStep);
  }

  home(name: Name): Home {
    const home = this.#homes.get(name);
    if (home === undefined) throw new Error(`${name} has no home`);
    return home;
  }

  stagedBy(name: Name): Map<string, Op> {
    const staged = this.#staged.get(name);
    if (staged === undefined) throw new Error(`${name} has no home`);
    return staged;
  }

  /** Somebody without a cache, reading with the program. */
  reader(): Home {
    return new Home('carol', gun, this.server.url, this.#clock);
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
        this.#backups.set(step.who, new Map(this.stagedBy(step.who)));
        return;
      case 'restore': {
        home.restore(home.backup, { keys: step.keys });
        // What lies there now has never been taken, as far as this folder can know.
        const back = [...(this.#backups.get(step.who) ?? [])].map(([name, op]) => [name, { ...op }] as const);
        this.#staged.set(step.who, new Map(back));
        return;
      }
      case 'move clock':
        home.skew += step.days;
    }
  }

  async #command(step: CommandStep): Promise<void> {
    const played = await this.play(step);
    await checkCommand(this, played);
  }

  /** Runs a command as one process, and looks at each upload that the server takes from it. */
  async play(step: CommandStep): Promise<Played> {
    const home = this.home(step.who);
    const staged = this.stagedBy(step.who);
    const ops = step.do === 'publish' ? inOrder(staged) : [];
    const takenBefore = new Set(ops.filter(({ taken }) => taken));
    const start = {
      ...{ changes: new Set(home.changes.keys()), keyIds: new Set(home.keyFiles.keys()) },
      ...{ view: await this.look(), published: this.published },
    };
    const hands = saboteur(step.fault, (other) => this.step(other));
    const uploads: { before: View | undefined; after: View | undefined; number: number }[] = [];
    const findings: Finding[] = [];
    const ports = home.start(hands, async (request) => {
      if (!isUpload(request)) return this.server.send(request);
      const before = await this.look();
      const response = await this.server.send(request);
      if (response.status === 200) {
        const after = await this.look();
        uploads.push({ before, after, number: ++this.published });
        findings.push(...this.#judge(step, before, after, ops, home));
        this.#retire(before, after, findings);
        this.#believe(after);
        for (const op of ops) op.taken = true;
      }
      return response;
    });
    const base = { step, home, ops, takenBefore, start, uploads, log: ports.log, hands };
    try {
      const shown = await Promise.race([hands.death, carryOut(step, ports, this.#beginning.keys)]);
      this.#restage(step);
      const said = ports.log.records.some(({ level, code }) => code !== undefined && level !== 'info');
      const grave = findings.find(({ kind }) => !said || !excusable.has(kind));
      if (grave !== undefined) throw grave;
      return { ...base, outcome: 'done', shown };
    } catch (error) {
      this.#restage(step);
      if (findings[0] !== undefined) throw findings[0];
      if (error instanceof Finding) throw error;
      if (error instanceof Killed) return { ...base, outcome: 'killed', shown: undefined };
      if (isNotaryError(error)) {
        return { ...base, outcome: 'failed', shown: undefined, code: error.code, message: error.message };
      }
      throw new Finding('crash', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }

  /** Brings the list of staged changes to what lies in the changelist. */
  #restage(step: CommandStep): void {
    const { changes } = this.home(step.who);
    const staged = this.stagedBy(step.who);
    const added = [...changes.keys()].filter((name) => !staged.has(name)).sort();
    const works = opsOf(step, this.#beginning.keys);
    for (const [index, name] of added.entries()) {
      const work = works[index];
      if (work === undefined) throw new Finding('staged', `${step.do} has staged more than was asked for`);
      staged.set(name, { ...work, taken: false });
    }
    for (const name of [...staged.keys()]) if (!changes.has(name)) staged.delete(name);
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
    // What this machine has seen taken is not done once more.
    const left = ops.filter(({ taken }) => !taken);
    const believed = { hashes: this.#hashes, last: this.#last, former: this.#former };
    const judged = (of: readonly Op[]) =>
      differences(before, after, expected(before, of, believed, publisher), believed);
    const found = judged(left);
    const again = found.length > 0 && left.length < ops.length && judged(ops).length === 0;
    return found.map(
      ({ kind, message }) => new Finding(again ? 'reverted' : kind, `${step.who}'s ${step.do}: ${message}`),
    );
  }

  #retire(before: View | undefined, after: View | undefined, findings: Finding[]): void {
    if (before === undefined || after === undefined) return;
    for (const [role, ids] of after.baseKeys) {
      const again = ids.find((id) => this.retired.has(`${role} ${id}`));
      if (again !== undefined) {
        findings.push(new Finding('retired key again', `a retired key of ${role} is current again`));
      }
      for (const id of before.baseKeys.get(role) ?? []) {
        if (!ids.includes(id)) this.retired.add(`${role} ${id}`);
      }
    }
  }

  /** Takes note of what is signed by those who may. */
  #believe(seen: View | undefined): void {
    if (seen === undefined) return;
    for (const role of this.#hashes.keys()) {
      const parent = seen.roles.get(role.slice(0, role.lastIndexOf('/')));
      if (seen.roles.has(role) || parent?.standing !== 'good') continue;
      for (const hash of this.#hashes.get(role) ?? []) this.#former.add(hash);
      this.#hashes.delete(role);
      this.#last.delete(role);
    }
    for (const [role, { standing, file, reachable }] of seen.roles) {
      if (standing !== 'good' || file === undefined || !reachable) continue;
      const hashes = this.#hashes.get(role) ?? new Set();
      this.#hashes.set(role, hashes.add(file.sha256));
      this.#last.set(role, file);
    }
  }

  /** The keys of a base role as they are served. */
  async baseKeys(role: BaseRole): Promise<string> {
    return (await this.look())?.baseKeys.get(role)?.join() ?? '';
  }
}

function inOrder(staged: ReadonlyMap<string, Op>): readonly Op[] {
  return [...staged].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, op]) => op);
}
