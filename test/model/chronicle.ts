/** What is known of a history so far: what was staged, what was believed, which keys were retired. */

import {
  type Difference,
  differences,
  expected,
  type Op,
  type OpWork,
  type Publisher,
} from './expectation.ts';
import type { RoleFile, View } from './reader.ts';

export class Chronicle<Who> {
  readonly #staged = new Map<Who, Map<string, Op>>();
  readonly #backups = new Map<Who, ReadonlyMap<string, Op>>();
  readonly #hashes = new Map<string, Set<string>>();
  readonly #former = new Set<string>();
  readonly #last = new Map<string, RoleFile>();
  /** `role key` of keys that a root has replaced. */
  readonly retired = new Set<string>();

  /** What lies in the changelist of a machine, by file name. */
  stagedBy(who: Who): Map<string, Op> {
    const staged = this.#staged.get(who) ?? new Map<string, Op>();
    this.#staged.set(who, staged);
    return staged;
  }

  /** In the order in which they are applied. */
  opsOf(who: Who): readonly Op[] {
    return [...this.stagedBy(who)].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, op]) => op);
  }

  backUp(who: Who): void {
    this.#backups.set(who, new Map(this.stagedBy(who)));
  }

  /** What lies in a restored directory has never been taken, as far as that directory can know. */
  restore(who: Who): void {
    const back = [...(this.#backups.get(who) ?? [])].map(([name, op]) => [name, { ...op }] as const);
    this.#staged.set(who, new Map(back));
  }

  /**
   * Brings the list of staged changes to what lies in the changelist.
   *
   * @param works what the command that has just ended was to stage
   * @returns false when more was staged than that
   */
  restage(who: Who, changes: Iterable<string>, works: readonly OpWork[]): boolean {
    const staged = this.stagedBy(who);
    const present = new Set(changes);
    const added = [...present].filter((name) => !staged.has(name)).sort();
    for (const [index, name] of added.entries()) {
      const work = works[index];
      if (work === undefined) return false;
      staged.set(name, { ...work, taken: false });
    }
    for (const name of [...staged.keys()]) if (!present.has(name)) staged.delete(name);
    return true;
  }

  /** A file that was served by those who may sign, at any time. */
  trust(role: string, sha256: string): void {
    this.#hashes.set(role, (this.#hashes.get(role) ?? new Set()).add(sha256));
  }

  /** Takes note of what is signed by those who may. */
  believe(seen: View | undefined): void {
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
      this.trust(role, file.sha256);
      this.#last.set(role, file);
    }
  }

  /** Whether one state follows from another by these changes. */
  judge(before: View, after: View, ops: readonly Op[], publisher: Publisher): readonly Difference[] {
    const believed = { hashes: this.#hashes, last: this.#last, former: this.#former };
    const judged = (of: readonly Op[]) =>
      differences(before, after, expected(before, of, believed, publisher), believed);
    // What this machine has seen taken is not done once more.
    const left = ops.filter(({ taken }) => !taken);
    const found = judged(left);
    const again = found.length > 0 && left.length < ops.length && judged(ops).length === 0;
    return again ? found.map(({ message }) => ({ kind: 'reverted', message })) : found;
  }

  /** Takes note of replaced base keys. Answers with a role that has got one of them back. */
  retire(before: View, after: View): string | undefined {
    let returned: string | undefined;
    for (const [role, ids] of after.baseKeys) {
      if (ids.some((id) => this.retired.has(`${role} ${id}`))) returned = role;
      for (const id of before.baseKeys.get(role) ?? []) {
        if (!ids.includes(id)) this.retired.add(`${role} ${id}`);
      }
    }
    return returned;
  }
}
