/** A machine with a real directory, in which `tsnotary` and genuine `notary` take turns. */

import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../../support/genuine/home.ts';
import type { Outcome } from '../../support/genuine/programs.ts';
import type { Machine } from '../checks.ts';
import { contentOfBytes, type RoleFile } from '../reader.ts';
import type { CommandStep, Name } from '../steps.ts';
import type { OwnKeys } from '../verbs.ts';

export type Client = 'tsnotary' | 'notary';

/** What is asked of a program, and when it is killed. */
export interface Order {
  readonly step: CommandStep;
  readonly client: Client;
  /** Milliseconds; undefined when it may come to its end. */
  readonly killAfter?: number;
}

export class RealMachine implements Machine {
  readonly skew = 0;
  readonly #home: Home;
  readonly #gun: string;

  constructor(home: Home, gun: string) {
    this.#home = home;
    this.#gun = gun;
    for (const content of ['red', 'green', 'blue', 'late']) home.write(content, content);
  }

  get now(): number {
    return Date.now();
  }

  get keyFiles(): ReadonlySet<string> {
    const names = filesIn(join(this.#home.trustDir, 'private'));
    return new Set(names.filter((name) => name.endsWith('.key')).map((name) => name.slice(0, -4)));
  }

  get changes(): ReadonlySet<string> {
    return new Set(filesIn(join(this.#folder, 'changelist')).filter((name) => name.endsWith('.change')));
  }

  cached(role: string): RoleFile | undefined {
    const path = join(this.#folder, 'metadata', `${role}.json`);
    return existsSync(path) ? contentOfBytes(readFileSync(path)) : undefined;
  }

  run({ step, client, killAfter }: Order, keys: OwnKeys): Promise<Outcome> {
    const input = step.do === 'rotate' ? 'yes\n' : '';
    const timeout = killAfter ?? 60_000;
    return this.#home.run(client, wordsOf(step, this.#gun, keys), { input, timeout });
  }

  loseCache(): void {
    rmSync(join(this.#folder, 'metadata'), { recursive: true, force: true });
  }

  backUp(): void {
    copy(this.#home.trustDir, `${this.#home.trustDir}-backup`);
  }

  /** Puts the last backup in the place of the directory. */
  restore({ keys }: { readonly keys: boolean }): void {
    const backup = `${this.#home.trustDir}-backup`;
    if (!existsSync(backup)) return;
    for (const part of ['tuf', ...(keys ? ['private'] : [])]) {
      copy(join(backup, part), join(this.#home.trustDir, part));
    }
  }

  /** Takes over the private keys of another machine that are missing here. */
  takeKeys(from: RealMachine): void {
    const [source, target] = [from, this].map((machine) => join(machine.#home.trustDir, 'private'));
    if (source === undefined || target === undefined) return;
    cpSync(source, target, { recursive: true, force: false });
  }

  get #folder(): string {
    return join(this.#home.trustDir, 'tuf', this.#gun);
  }
}

function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function copy(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  if (existsSync(from)) cpSync(from, to, { recursive: true, preserveTimestamps: true });
}

/** The command line of a step, for either program. */
export function wordsOf(step: CommandStep, gun: string, keys: OwnKeys): readonly string[] {
  const ids = (names: readonly Name[]) => names.flatMap((name) => keys.get(name)?.id ?? []);
  switch (step.do) {
    case 'add':
      return ['add', gun, step.name, step.content, '-r', step.role];
    case 'remove':
      return ['remove', gun, step.name, '-r', step.role];
    case 'delegate': {
      const files = step.keys.map((name) => `${name}.pub`);
      return ['delegation', 'add', gun, step.role, ...files, ...pathWords(step.paths)];
    }
    case 'undelegate':
      return ['delegation', 'remove', gun, step.role, ...ids(step.keys), ...pathWords(step.paths)];
    case 'remove role':
      return ['delegation', 'remove', gun, step.role, '-y'];
    case 'purge':
      return ['delegation', 'purge', gun, ...ids(step.keys).flatMap((id) => ['--key', id])];
    case 'witness':
      return ['witness', gun, step.role];
    case 'reset':
      return ['reset', gun, ...(step.index === 'all' ? ['--all'] : ['-n', String(step.index)])];
    case 'publish':
      return ['publish', gun];
    case 'rotate':
      return ['key', 'rotate', gun, step.role, ...(step.server ? ['-r'] : [])];
    case 'list':
      return ['list', gun];
    case 'delete':
      return ['delete', gun];
  }
}

const pathWords = (paths: readonly string[]): readonly string[] =>
  paths.flatMap((path) => (path === '' ? ['--all-paths'] : ['--paths', path]));
