/** What must hold after each command, whether it succeeded or not. */

import { expected, type Op, told } from './expectation.ts';
import { isOpen } from './holes.ts';
import type { View } from './reader.ts';
import { type CommandStep, plainly } from './steps.ts';
import type { Shown } from './verbs.ts';

/** Something that may never happen. The kind stays the same while a history is cut down. */
export class Finding extends Error {
  readonly kind: string;
  constructor(kind: string, message: string) {
    super(`${kind}: ${message}`);
    this.kind = kind;
  }
}

/** Where commands are carried out: in memory, or by real programs. */
export interface Place {
  /** `role key` of keys that a root has replaced. */
  readonly retired: ReadonlySet<string>;
  /** How often anybody has published. */
  readonly published: number;
  /** True while the server serves what it should not. */
  readonly hostile: boolean;
  /** What an independent reader without a cache sees; undefined when it sees nothing. */
  look(now?: number): Promise<View | undefined>;
  /** What somebody without a cache gets to see with the program. */
  freshList(): Promise<Shown>;
  play(step: CommandStep): Promise<Played>;
}

/** A machine, as far as the checks look into it. */
export interface Machine {
  readonly now: number;
  readonly skew: number;
  readonly keyFiles: { has(id: string): boolean };
  readonly changes: { has(name: string): boolean };
}

export interface Upload {
  readonly before: View | undefined;
  readonly after: View | undefined;
  /** How many there had been with it. */
  readonly number: number;
}

/** True when something was published between two states; an upload of nothing leaves everything as it is. */
export const isNewer = (before: View | undefined, after: View | undefined): boolean =>
  after?.snapshotVersion !== before?.snapshotVersion || after?.rootVersion !== before?.rootVersion;

/** How a process came to its end. */
export interface Ended {
  readonly outcome: 'done' | 'failed' | 'killed';
  readonly code?: string;
  readonly message?: string;
  readonly shown?: Shown;
}

/** A coded log message. */
export interface Said {
  readonly level: string;
  readonly code: string;
}

/** A command that has been carried out, and what it met. */
export interface Played extends Ended {
  readonly step: CommandStep;
  readonly home: Machine;
  /** What it was to publish, in order. */
  readonly ops: readonly Op[];
  /** Those that this machine had seen taken before. */
  readonly takenBefore: ReadonlySet<Op>;
  readonly start: {
    readonly changes: ReadonlySet<string>;
    readonly keyIds: ReadonlySet<string>;
    readonly view: View | undefined;
    /** How often anybody had published before. */
    readonly published: number;
  };
  readonly uploads: readonly Upload[];
  readonly said: readonly Said[];
  /** True once the fault of the step has happened. */
  readonly happened: boolean;
}

/** What may be, when it is said. */
const excusable = new Set(['came back', 'reverted', 'not said']);

const warnings = (said: readonly Said[]): readonly string[] =>
  said.flatMap(({ level, code }) => (level === 'info' ? [] : [code]));

/** A command that has not come to its end has had no time to say it. */
export const isExcused = (kind: string, outcome: Ended['outcome'], said: readonly Said[]): boolean =>
  isOpen(kind) || (excusable.has(kind) && (outcome !== 'done' || warnings(said).length > 0));

/** Faults after which a command cannot know whether its upload was taken. */
const blinding = new Set(['unanswered', 'refused', 'unsent', 'cut off', 'killed before', 'killed after']);

/** @throws Finding */
export async function checkCommand(history: Place, played: Played): Promise<void> {
  await checkKeys(history, played);
  const { step, outcome } = played;
  if (step.do === 'list') return checkShown(history, played);
  if (outcome === 'done') await checkDone(history, played);
  else await checkUndone(history, played);
  if (played.uploads.length > 0) await checkFreshReader(history);
}

/** Only a key that a rotation has replaced may go, and only when no role of the root has it any more. */
async function checkKeys(history: Place, { step, home, start }: Played): Promise<void> {
  const gone = [...start.keyIds].filter((id) => !home.keyFiles.has(id));
  if (gone.length === 0) return;
  const listed = [...((await history.look())?.baseKeys.values() ?? [])].flat();
  for (const id of gone) {
    const replaced = ['targets', 'snapshot'].some((role) => history.retired.has(`${role} ${id}`));
    if (replaced && !listed.includes(id)) continue;
    throw new Finding('key lost', `${step.who}'s private key ${id.slice(0, 7)} is gone after ${step.do}`);
  }
}

/** Nobody else has published after this command's last upload. */
const undisturbed = (history: Place, { uploads, start }: Played): boolean =>
  history.published === (uploads.at(-1)?.number ?? start.published);

async function checkDone(history: Place, played: Played): Promise<void> {
  const { step, home, ops, start, uploads } = played;
  if (step.do === 'rotate') return checkRotated(history, played);
  if (step.do !== 'publish') return;
  const left = [...start.changes].filter((name) => home.changes.has(name));
  if (left.length > 0)
    throw new Finding('still staged', `${left.length} changes are published and still staged`);
  const seen = await history.look();
  if (seen === undefined || !undisturbed(history, played)) return;
  const before = uploads.at(-1)?.before ?? start.view;
  checkIdentity(seen, played);
  if (warnings(played.said).length === 0) checkSeen(seen, before, ops);
}

/** Where nothing was said, readers get what was added, and nothing is gone but what was taken out. */
function checkSeen(seen: View, before: View | undefined, ops: readonly Op[]): void {
  for (const [role, name, sha256] of isOpen('not seen') ? [] : lastAdditions(ops)) {
    if (seen.visible.get(name)?.sha256 !== sha256) {
      throw new Finding(
        'not seen',
        `${name} was published in ${role}, readers do not get it, and nothing was said`,
      );
    }
  }
  for (const name of before?.visible.keys() ?? []) {
    const found = before?.visible.get(name);
    if (seen.visible.has(name) || ops.some((op) => explains(op, name, found?.role ?? ''))) continue;
    throw new Finding(
      'vanished',
      `${name} of ${found?.role ?? ''} is gone for readers, and nothing was said`,
    );
  }
}

function explains(op: Op, name: string, role: string): boolean {
  if (op.op === 'remove') return op.name === name && op.role === role;
  if (op.op === 'drop role') return role === op.role || role.startsWith(`${op.role}/`);
  return op.op === 'drop paths' && op.paths.some((path) => name.startsWith(path));
}

function lastAdditions(
  ops: readonly Op[],
): readonly (readonly [role: string, name: string, sha256: string])[] {
  const last = new Map<string, readonly [string, string, string]>();
  for (const op of ops) {
    if (op.op === 'add') last.set(`${op.role} ${op.name}`, [op.role, op.name, op.sha256]);
    if (op.op === 'remove') last.delete(`${op.role} ${op.name}`);
    if (op.op === 'drop role')
      for (const name of last.keys()) if (name.startsWith(op.role)) last.delete(name);
  }
  return [...last.values()];
}

/** What was published is there: the same changes once more would change nothing. */
function checkIdentity(seen: View, played: Played): void {
  const { step, ops, takenBefore, home } = played;
  if (takenBefore.size > 0 || ops.some(({ op }) => op === 'drop role' || op === 'purge')) return;
  const believed = { hashes: new Map(), last: new Map(), former: new Set<string>() };
  const publisher = {
    cached: () => undefined,
    holds: (keys: readonly string[]) => keys.some((id) => home.keyFiles.has(id)),
  };
  const { roles, refusal } = expected(seen, ops, believed, publisher);
  if (refusal !== undefined && warnings(played.said).length > 0) return;
  if (refusal !== undefined) throw new Finding('not there', `${step.who} published, but ${refusal}`);
  for (const [role, { may }] of roles) {
    const now = told(seen.roles.get(role)?.file ?? { targets: new Map(), delegations: new Map() });
    if (may.length === 0 || may.map(told).includes(now)) continue;
    throw new Finding(
      'not there',
      `${step.who} published, and ${role} says ${now}, not ${may.map(told).join(' or ')}`,
    );
  }
}

async function checkRotated(history: Place, played: Played): Promise<void> {
  const { step, start, uploads } = played;
  if (step.do !== 'rotate' || !undisturbed(history, played)) return;
  const before = start.view?.baseKeys.get(step.role)?.join();
  const now = (await history.look())?.baseKeys.get(step.role)?.join();
  const resumed = played.said.some(({ code }) => code === 'ROTATION_RESUMED');
  if (now === before && !resumed) {
    throw new Finding('not rotated', `${step.who} rotated ${step.role}, and the key is the old one`);
  }
  if (uploads.length === 0 && !resumed) throw new Finding('not rotated', 'nothing was uploaded');
}

async function checkUndone(history: Place, played: Played): Promise<void> {
  const { step, home, start, uploads, happened, outcome, code, message } = played;
  const missing = [...start.changes].filter((name) => !home.changes.has(name));
  const mayClear =
    step.do === 'reset' || step.do === 'delete' || (outcome === 'killed' && uploads.length > 0);
  if (missing.length > 0 && !mayClear) {
    throw new Finding(
      'staged lost',
      `${step.who}'s ${step.do} failed and ${missing.length} staged changes are gone`,
    );
  }
  const blind = happened && blinding.has(step.fault?.kind ?? '');
  if (uploads.length > 0 && !blind) {
    throw new Finding(
      'failed though taken',
      `${step.who}'s ${step.do} was taken and failed: ${code ?? ''} ${message ?? ''}`,
    );
  }
  if (step.do !== 'publish' && step.do !== 'rotate') return;
  if (step.fault?.again === false) return;
  await checkAgain(history, played);
}

/** The same command, with nothing in its way. */
async function checkAgain(history: Place, played: Played): Promise<void> {
  const { uploads, happened, code } = played;
  const step = plainly(played.step);
  const alone = undisturbed(history, played);
  const before = await history.look();
  const again = await history.play(step);
  await checkKeys(history, again);
  if (again.outcome === 'done') {
    await checkDone(history, again);
    const after = await history.look();
    if (uploads.length > 0 && alone && before !== undefined && after !== undefined) {
      if (step.do === 'publish' && allTold(before) !== allTold(after))
        throw new Finding(
          'not idempotent',
          `the same publish again has changed ${allTold(before)} to ${allTold(after)}`,
        );
    }
    return;
  }
  if (uploads.length > 0 && alone) {
    throw new Finding(
      'taken and stuck',
      `${step.who}'s ${step.do} was taken, and the same command again fails: ${again.code ?? ''} ${again.message ?? ''}`,
    );
  }
  if (!happened && again.code !== code) {
    throw new Finding(
      'other failure',
      `${step.who}'s ${step.do} failed with ${code ?? ''}, then with ${again.code ?? ''}`,
    );
  }
}

function allTold({ roles }: View): string {
  return [...roles].map(([role, { file }]) => `${role}: ${file === undefined ? '' : told(file)}`).join('\n');
}

/** `list` shows what is published, whatever its person has in the cache. */
export async function checkShown(
  history: Place,
  { step, home, shown, happened, said, message }: Played,
): Promise<void> {
  if (happened) return;
  const seen = await history.look(home.now);
  if (seen === undefined) return;
  // Certificates of roots are not valid before they were made.
  if (shown === undefined && home.skew < 0) return;
  if (shown === undefined) throw new Finding('reader refused', `${step.who} cannot read: ${message ?? ''}`);
  const wanted = [...seen.visible].map(([name, { role, sha256 }]) => [name, `${role} ${sha256}`] as const);
  const differing = new Set(
    [...wanted, ...shown]
      .filter(
        ([name, found]) =>
          shown.get(name) !== found || !wanted.some((one) => one[0] === name && one[1] === found),
      )
      .map(([name]) => name),
  );
  if (differing.size === 0) return;
  if (history.hostile && warnings(said).length > 0) return;
  throw new Finding(
    'reader differs',
    `${step.who} sees other content than is published: ${[...differing].join(', ')}`,
  );
}

/** The program without a cache sees what the independent reader sees. */
async function checkFreshReader(history: Place): Promise<void> {
  const seen = await history.look();
  if (seen === undefined) return;
  const shown = await history.freshList();
  const wanted = [...seen.visible].map(([name, { role, sha256 }]) => `${name} ${role} ${sha256}`).sort();
  const found = [...(shown ?? [])].map(([name, place]) => `${name} ${place}`).sort();
  if (wanted.join('\n') === found.join('\n')) return;
  throw new Finding('fresh reader differs', `sees ${found.join(', ')} in place of ${wanted.join(', ')}`);
}
