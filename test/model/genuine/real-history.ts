/** Plays a history with real programs against a real server, and holds it against the same model. */

import type { Outcome } from '../../support/genuine/programs.ts';
import {
  checkCommand,
  type Ended,
  Finding,
  isExcused,
  isNewer,
  type Place,
  type Played,
  type Said,
} from '../checks.ts';
import { Chronicle } from '../chronicle.ts';
import { type Fetch, type View, view } from '../reader.ts';
import type { AccidentStep, CommandStep, Name, Step } from '../steps.ts';
import { type OwnKeys, opsOf, type Shown } from '../verbs.ts';
import type { Client, Order, RealMachine } from './machine.ts';

/** A step, and which program takes it. */
export interface RealStep {
  readonly step: Step;
  readonly client: Client;
  /** Of the time that such a command takes; undefined when it is not killed. */
  readonly killedAt?: number;
}

export interface Setting {
  readonly machines: ReadonlyMap<Name, RealMachine>;
  readonly keys: OwnKeys;
  readonly fetch: Fetch;
  /** What genuine `notary` shows to somebody without a cache: targets, and `role: keys` of delegations. */
  readonly freshSight: () => Promise<{ readonly targets: Shown; readonly delegations: readonly string[] }>;
}

/** Milliseconds in which the last commands came to their end. */
const took = { last: 400 };

export class RealHistory implements Place {
  readonly hostile = false;
  published = 0;
  readonly #setting: Setting;
  readonly #chronicle = new Chronicle<Name>();
  #client: Client = 'tsnotary';
  #killedAt: number | undefined;
  #begun = false;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  get retired(): ReadonlySet<string> {
    return this.#chronicle.retired;
  }

  async look(): Promise<View | undefined> {
    return view(this.#setting.fetch, Date.now()).catch(() => undefined);
  }

  async freshList(): Promise<Shown> {
    const { targets, delegations } = await this.#setting.freshSight();
    const seen = await this.look();
    const wanted = [...(seen?.roles ?? [])].flatMap(([role, { listed, reachable }]) =>
      role === 'targets' || !reachable ? [] : [`${role}: ${listed.keys.join()}`],
    );
    if (wanted.sort().join('\n') !== [...delegations].sort().join('\n')) {
      const shown = delegations.join(' / ');
      throw new Finding(
        'delegations differ',
        `genuine notary lists ${shown} in place of ${wanted.join(' / ')}`,
      );
    }
    return targets;
  }

  /** @throws Finding */
  async step({ step, client, killedAt }: RealStep): Promise<void> {
    if (!this.#begun) this.#chronicle.believe(await this.look());
    this.#begun = true;
    if (step.who === undefined) {
      if (step.do !== 'share keys') return;
      this.#machine('owner').takeKeys(this.#machine('laptop'));
      this.#machine('laptop').takeKeys(this.#machine('owner'));
      return;
    }
    if (this.#accident(step as AccidentStep)) return;
    this.#client = client;
    this.#killedAt = killedAt;
    const played = await this.play(step as CommandStep);
    if (client === 'tsnotary') await checkCommand(this, played);
  }

  #machine(name: Name): RealMachine {
    const machine = this.#setting.machines.get(name);
    if (machine === undefined) throw new Error(`${name} has no machine`);
    return machine;
  }

  #accident(step: AccidentStep): boolean {
    const machine = this.#machine(step.who);
    switch (step.do) {
      case 'lose cache':
        machine.loseCache();
        return true;
      case 'back up':
        machine.backUp();
        this.#chronicle.backUp(step.who);
        return true;
      case 'restore':
        machine.restore(step);
        this.#chronicle.restore(step.who);
        this.#chronicle.restage(step.who, machine.changes, []);
        return true;
      case 'move clock':
        return true;
      default:
        return false;
    }
  }

  /** Runs a program; when it is played again by the checks, it is not killed. */
  async play(step: CommandStep): Promise<Played> {
    const home = this.#machine(step.who);
    const { keys } = this.#setting;
    const client = this.#client;
    const ops = step.do === 'publish' ? this.#chronicle.opsOf(step.who) : [];
    const takenBefore = new Set(ops.filter(({ taken }) => taken));
    const before = await this.look();
    const start = {
      ...{ changes: home.changes, keyIds: home.keyFiles },
      ...{ view: before, published: this.published },
    };
    // The cache as it is before the program has brought it up to date.
    const cached = new Map(
      [...(before?.roles.keys() ?? [])].map((role) => [role, home.cached(role)] as const),
    );
    const order: Order = { step, client };
    const began = performance.now();
    const outcome = await home.run(
      this.#killedAt === undefined ? order : { ...order, killAfter: Math.ceil(this.#killedAt * took.last) },
      keys,
    );
    if (outcome.status === 0 && step.do === 'publish') took.last = performance.now() - began;
    this.#killedAt = undefined;
    const after = await this.look();
    if (!this.#chronicle.restage(step.who, home.changes, opsOf(step, keys))) {
      throw new Finding('staged', `${step.do} has staged more than was asked for`);
    }
    const uploads = isNewer(before, after) ? [{ before, after, number: ++this.published }] : [];
    const said = recordsOf(outcome);
    const publisher = {
      cached: (role: string) => cached.get(role),
      holds: (ids: readonly string[]) => ids.some((id) => home.keyFiles.has(id)),
    };
    const findings = this.#judge(uploads[0] === undefined ? undefined : before, after, ops, publisher);
    if (uploads.length > 0) for (const op of ops) op.taken = true;
    const ended = endOf(outcome);
    const grave = findings.find(({ kind }) => !isExcused(kind, ended.outcome, said));
    if (grave !== undefined && client === 'tsnotary') throw grave;
    const happened = ended.outcome === 'killed';
    const shown = step.do === 'list' && ended.outcome === 'done' ? listed(outcome.stdout) : undefined;
    const fault = happened ? { fault: { kind: 'killed before', at: 0 } as const } : {};
    return {
      step: { ...step, ...fault },
      home,
      ops,
      takenBefore,
      start,
      uploads,
      said,
      happened,
      shown,
      ...ended,
    };
  }

  #judge(
    before: View | undefined,
    after: View | undefined,
    ops: Parameters<Chronicle<Name>['judge']>[2],
    publisher: Parameters<Chronicle<Name>['judge']>[3],
  ): readonly Finding[] {
    if (before === undefined) return [];
    if (after === undefined) return [new Finding('unreadable', 'nothing can be read any more')];
    const found = this.#chronicle
      .judge(before, after, ops, publisher)
      .map(({ kind, message }) => new Finding(kind, message));
    const returned = this.#chronicle.retire(before, after);
    this.#chronicle.believe(after);
    if (returned === undefined) return found;
    return [...found, new Finding('retired key again', `a retired key of ${returned} is current again`)];
  }
}

/** Log messages end in their code, when they have one. */
function recordsOf({ stderr }: Outcome): readonly Said[] {
  return [...stderr.matchAll(/level=(\w+)[^\n]*\bcode=([A-Z_]+)/g)].map(([, level = '', code = '']) => ({
    level,
    code,
  }));
}

function endOf({ status, stderr }: Outcome): Ended {
  if (status === 0) return { outcome: 'done' };
  if (status === 137) return { outcome: 'killed' };
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  if (status > 128 || /^\s+at /m.test(stderr)) throw new Finding('crash', stderr);
  return { outcome: 'failed', code: last.replace(/time="[^"]*"|\d+/g, ''), message: last };
}

/** The table that `list` prints: name to role and hash. */
export function listed(stdout: string): Shown {
  const rows = stdout.split('\n').flatMap((line) => {
    const [, name, sha256, role] = /^(\S+)\s+([0-9a-f]{64})\s+\d+\s+(\S+)\s*$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, `${role ?? ''} ${sha256 ?? ''}`] as const];
  });
  return new Map(rows);
}

/** The table that `delegation list` prints, as `role: keys`. */
export function delegationsListed(stdout: string): readonly string[] {
  const found = new Map<string, string[]>();
  let role = '';
  for (const line of stdout.split('\n')) {
    role = /^targets\/\S+/.exec(line)?.[0] ?? role;
    if (role !== '')
      found.set(role, [...(found.get(role) ?? []), ...(line.match(/\b[0-9a-f]{64}\b/g) ?? [])]);
  }
  return [...found].map(([name, ids]) => `${name}: ${ids.sort().join()}`);
}
