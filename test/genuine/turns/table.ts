/** The people at a table, what they have in hand, and what they know of the collection. */

import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../../support/genuine/home.ts';
import { mustRun, type Outcome } from '../../support/genuine/programs.ts';
import type { Stage } from '../../support/genuine/stage.ts';
import { normaliser } from '../../support/normalise-output.ts';
import { type Client, staged } from './both.ts';
import { type Chance, chance } from './random.ts';

/** A delegation key: its certificate or bare public key, which everybody has, and its private key. */
export interface DelegationKey {
  readonly file: string;
  readonly privateKey: string;
  readonly id: string;
}

export const people = ['owner', 'collaborator'] as const;
export type Person = (typeof people)[number];

/** Two people around one server. */
export interface Table {
  readonly stage: Stage;
  readonly owner: Home;
  readonly collaborator: Home;
  /** Puts numbers in order of appearance for key IDs, which differ from table to table. */
  readonly anonymous: (text: string) => string;
}

/** What a sequence works on, and what is known of it. */
export interface Game {
  readonly gun: string;
  readonly chance: Chance;
  readonly keys: readonly [DelegationKey, ...DelegationKey[]];
  /** Where notary alone does everything. */
  readonly reference: Table;
  /** Where notary and tsnotary take turns. */
  readonly mixed: Table;
  /** The delegations that are published, with the IDs of their keys. */
  live: ReadonlyMap<string, readonly string[]>;
  /** People whose staged changes could not be published. */
  readonly stuck: Set<Person>;
  /** Roles that were to be deleted: made again, the original could never publish them. */
  readonly retired: Set<string>;
  /** Collections that were made beside the one on the table. */
  readonly others: string[];
  /** Every command so far, for whoever has to find out what went wrong. */
  readonly story: string[];
}

/** Key and certificate, or bare public key, of each delegation key. */
const keyFiles = ['k1.crt', 'k2.crt', 'k3.pub'] as const;

/** Makes the delegation keys in a directory, with openssl. */
export async function makeKeys(folder: string): Promise<void> {
  for (const file of keyFiles) {
    const key = privateKeyOf(file);
    await mustRun('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key], {
      cwd: folder,
    });
    const words = file.endsWith('.pub')
      ? ['ec', '-in', key, '-pubout', '-out', file]
      : ['req', '-x509', '-new', '-key', key, '-out', file, '-subj', `/CN=${file}`, '-days', '3000'];
    await mustRun('openssl', words, { cwd: folder });
  }
}

const privateKeyOf = (file: string): string => file.replace(/\..*/, '.key');

/** Sets a table for one sequence; the collaborator has imported all delegation keys. */
async function setTable(stage: Stage, seed: number, folder: string): Promise<Table> {
  const table = {
    stage,
    owner: stage.home(`${seed}/o/owner`),
    collaborator: stage.home(`${seed}/c/collaborator`),
    anonymous: normaliser(),
  };
  for (const person of people) {
    const home = table[person];
    for (const file of keyFiles) {
      for (const name of [file, privateKeyOf(file)]) copyFileSync(join(folder, name), join(home.work, name));
    }
    for (const payload of ['one', 'two', 'three']) home.write(payload, payload.repeat(3));
    home.write('custom.json', '{"a":[1,"x"],"b":null}');
  }
  return table;
}

/** Sets both tables alike. */
export async function setGame(
  stages: { readonly reference: Stage; readonly mixed: Stage },
  seed: number,
  folder: string,
): Promise<Game> {
  const reference = await setTable(stages.reference, seed, folder);
  const mixed = await setTable(stages.mixed, seed, folder);
  const keys: DelegationKey[] = [];
  for (const file of keyFiles) {
    const known = privateKeys(mixed.collaborator);
    const words = ['key', 'import', privateKeyOf(file), '-r', 'user'];
    for (const table of [reference, mixed]) await table.collaborator.notary(...words);
    const id = privateKeys(mixed.collaborator).find((name) => !known.includes(name)) ?? '';
    keys.push({ file, privateKey: privateKeyOf(file), id });
  }
  const [first, ...rest] = keys;
  if (first === undefined) throw new Error('no keys');
  return {
    gun: `docker.io/turns/${seed}`,
    chance: chance(seed),
    keys: [first, ...rest],
    reference,
    mixed,
    live: new Map(),
    stuck: new Set(),
    retired: new Set(),
    others: [],
    story: [],
  };
}

/** The IDs of the private keys of a person. */
export function privateKeys({ trustDir }: Home): readonly string[] {
  const folder = join(trustDir, 'private');
  return existsSync(folder) ? readdirSync(folder).map((name) => name.replace('.key', '')) : [];
}

/** How many changes a person has staged. */
export const changes = (game: Game, person: Person): number =>
  staged(game.mixed[person].trustDir, game.gun).length;

/** The published roles that a person has a key for. */
export function signable(game: Game, person: Person): readonly string[] {
  const held = privateKeys(game.mixed[person]);
  const own = held.filter((id) => !game.keys.some((key) => key.id === id));
  const delegations = Array.from(game.live).filter(([, ids]) => ids.some((id) => held.includes(id)));
  return [...(own.length === 0 ? [] : ['targets']), ...delegations.map(([role]) => role)];
}

/** The delegations and their keys, as `delegation list` prints them. */
export function delegationsShown(printed: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let role = '';
  for (const line of printed.split('\n')) {
    role = /^targets\/\S+/.exec(line)?.[0] ?? role;
    const ids = line.match(/\b[0-9a-f]{64}\b/g) ?? [];
    if (role !== '') found.set(role, [...(found.get(role) ?? []), ...ids]);
  }
  return found;
}

/** Runs a command for a person of one table, and hands over what was exported. */
export async function act(
  table: Table,
  person: Person,
  client: Client,
  { args, input }: { readonly args: readonly string[]; readonly input?: string },
): Promise<Outcome> {
  const outcome = await table[person].run(client, args, input === undefined ? {} : { input });
  const bundle = join(table.owner.work, 'bundle.pem');
  if (existsSync(bundle)) copyFileSync(bundle, join(table.collaborator.work, 'bundle.pem'));
  return outcome;
}
