/** The people at the table, what they have in hand, and what has happened so far. */

import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../../support/genuine/home.ts';
import type { Stage } from '../../support/genuine/stage.ts';
import { type Client, programs, staged } from './both.ts';
import { type Chance, chance } from './random.ts';

/** A delegation key: its certificate or bare public key, known to both people, and its private key. */
export interface DelegationKey {
  readonly file: string;
  readonly privateKey: string;
  readonly id: string;
}

export interface Table {
  readonly gun: string;
  readonly chance: Chance;
  readonly owner: Home;
  readonly collaborator: Home;
  readonly keys: readonly [DelegationKey, ...DelegationKey[]];
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

export type Person = 'owner' | 'collaborator';

export const people = ['owner', 'collaborator'] as const;

const keyFiles = ['k1.crt', 'k2.crt', 'k3.pub'] as const;
const payloads = ['one', 'two', 'three'] as const;

/** Sets the table for one sequence: two homes, three delegation keys, one of them a bare public key. */
export async function setTable(stage: Stage, seed: number): Promise<Table> {
  const owner = stage.home(`${seed}/o/owner`);
  const collaborator = stage.home(`${seed}/c/collaborator`);
  const keys: DelegationKey[] = [];
  for (const file of keyFiles) keys.push(await makeKey(owner, collaborator, file));
  for (const person of [owner, collaborator]) {
    for (const payload of payloads) person.write(payload, `${payload}\n`.repeat(payload.length));
    person.write('custom.json', '{"a":[1,"x"],"b":null}');
  }
  const [first, ...rest] = keys;
  if (first === undefined) throw new Error('no keys');
  return {
    gun: `docker.io/turns/${seed}`,
    chance: chance(seed),
    owner,
    collaborator,
    keys: [first, ...rest],
    live: new Map(),
    stuck: new Set(),
    retired: new Set(),
    others: [],
    story: [],
  };
}

/** Makes a key at the collaborator's, who gives its public part to the owner. */
async function makeKey(owner: Home, collaborator: Home, file: string): Promise<DelegationKey> {
  const privateKey = file.replace(/\..*/, '.key');
  await collaborator.openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', privateKey);
  const subject = ['-subj', `/CN=${file}`, '-days', '3000'];
  if (file.endsWith('.pub')) {
    await collaborator.openssl('ec', '-in', privateKey, '-pubout', '-out', file);
  } else {
    await collaborator.openssl('req', '-x509', '-new', '-key', privateKey, '-out', file, ...subject);
  }
  copyFileSync(join(collaborator.work, file), join(owner.work, file));
  copyFileSync(join(collaborator.work, privateKey), join(owner.work, privateKey));
  const before = new Set(privateKeys(collaborator));
  await collaborator.notary('key', 'import', privateKey, '-r', 'user');
  const name = privateKeys(collaborator).find((candidate) => !before.has(candidate)) ?? '';
  return { file, privateKey, id: name.replace('.key', '') };
}

/** The names of the key files of a person. */
export function privateKeys({ trustDir }: Home): readonly string[] {
  const folder = join(trustDir, 'private');
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

export const anyProgram = (table: Table): Client => table.chance.pick(programs);

/** How many changes a person has staged. */
export const changes = (table: Table, person: Person): number =>
  staged(table[person].trustDir, table.gun).length;

/** The published roles that a person has a key for. */
export function signable(table: Table, person: Person): readonly string[] {
  const held = privateKeys(table[person]).map((name) => name.replace('.key', ''));
  const own = held.filter((id) => !table.keys.some((key) => key.id === id));
  const delegations = Array.from(table.live).filter(([, ids]) => ids.some((id) => held.includes(id)));
  return [...(own.length === 0 ? [] : ['targets']), ...delegations.map(([role]) => role)];
}

/** The delegations of a table as `delegation list` prints it. */
export function delegationsShown(printed: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let role = '';
  for (const line of printed.split('\n')) {
    role = /^targets\/\S+/.exec(line)?.[0] ?? role;
    if (role !== '')
      found.set(role, [...(found.get(role) ?? []), ...(line.match(/\b[0-9a-f]{64}\b/g) ?? [])]);
  }
  return found;
}
