/**
 * Random commands that both programs should take alike. What tsnotary does otherwise on purpose is left
 * out: roles deleted and made again (the original can never publish them), `init` of a collection that is
 * published, percent signs and control characters in names, custom data that is not canonical, Ed25519
 * certificates, several `--gun` for an export, GUNs with `..`, and which of several root keys signs.
 */

import { join } from 'node:path';
import { changes, type Person, signable, type Table } from './table.ts';

/** A command line and what it needs. */
export interface Move {
  readonly args: readonly string[];
  /** True when it may change the server: done once, it cannot be done again from the same start. */
  readonly publishes: boolean;
  readonly input?: string;
}

type Maker = (table: Table, person: Person) => Move;

const roles = ['targets/a', 'targets/a/x', 'targets/b', 'targets/releases'] as const;
const targets = ['t1', 't2', 'x/t3', 'x/é', 'y/t 5'] as const;
const paths = ['', 'x/', 'x/t', 'y/', 't'] as const;

/** Half of the time to be published at once. */
function maybePublished(table: Table, args: readonly string[]): Move {
  const publishes = table.chance.percent(30);
  return { args: publishes ? [...args, '-p'] : args, publishes };
}

/** Mostly roles that the person can sign; now and then any. */
function sensible(table: Table, person: Person): readonly string[] {
  const able = signable(table, person);
  return able.length > 0 && table.chance.percent(85) ? able : ['targets', ...roles];
}

function roleFlags(table: Table, person: Person): readonly string[] {
  const { chance } = table;
  const able = sensible(table, person);
  const chosen = chance.some(able, able.includes('targets') ? 0 : 1, 2);
  if (chosen.length === 0) return [];
  return chance.percent(50) ? ['-r', chosen.join(',')] : chosen.flatMap((role) => ['--roles', role]);
}

const add: Maker = (table, person) => {
  const { chance, gun } = table;
  const custom = chance.percent(15) ? ['--custom', 'custom.json'] : [];
  const payload = chance.pick(['one', 'two', 'three']);
  return maybePublished(table, [
    'add',
    gun,
    chance.pick(targets),
    payload,
    ...roleFlags(table, person),
    ...custom,
  ]);
};

const addhash: Maker = (table, person) => {
  const { chance, gun } = table;
  const digit = chance.below(10).toString();
  const hashes = chance.some([`--sha256=${digit.repeat(64)}`, `--sha512=${digit.repeat(128)}`], 1, 2);
  const size = String(chance.below(1000));
  return maybePublished(table, [
    'addhash',
    gun,
    chance.pick(targets),
    size,
    ...hashes,
    ...roleFlags(table, person),
  ]);
};

const remove: Maker = (table, person) =>
  maybePublished(table, ['remove', table.gun, table.chance.pick(targets), ...roleFlags(table, person)]);

/** A role that was never deleted, mostly one whose parent the person can sign. */
function roleToAdd(table: Table, person: Person): string | undefined {
  const parents = sensible(table, person);
  const gone = Array.from(table.retired);
  const left = roles.filter((role) => !gone.some((other) => `${role}/`.startsWith(`${other}/`)));
  const good = left.filter((role) => parents.includes(role.slice(0, role.lastIndexOf('/'))));
  return table.chance.some(good.length === 0 ? left : good, 1, 1)[0];
}

const delegationAdd: Maker = (table, person) => {
  const { chance, gun, keys } = table;
  const role = roleToAdd(table, person);
  if (role === undefined) return list(table, person);
  const files = chance.some(keys, 0, 2).map((key) => key.file);
  const chosen = chance.some(paths.slice(1), files.length === 0 ? 1 : 0, 2);
  const where = chance.percent(40) ? ['--all-paths'] : chosen.flatMap((path) => ['--paths', path]);
  return maybePublished(table, ['delegation', 'add', gun, role, ...files, ...where]);
};

const delegationRemove: Maker = (table) => {
  const { chance, gun, keys, retired } = table;
  const known = Array.from(table.live.keys());
  const role = chance.some(known.length > 0 && chance.percent(85) ? known : roles, 1, 1)[0] ?? roles[0];
  if (chance.percent(25)) {
    retired.add(role);
    return maybePublished(table, ['delegation', 'remove', gun, role, '-y']);
  }
  const ids = chance.some(keys, 0, 2).map((key) => key.id);
  const chosen = chance.some(paths, ids.length === 0 ? 1 : 0, 2);
  const where = chance.percent(20) ? ['--all-paths'] : chosen.flatMap((path) => ['--paths', path]);
  return maybePublished(table, ['delegation', 'remove', gun, role, ...ids, ...where]);
};

const purge: Maker = (table) => {
  const ids = table.chance.some(table.keys, 1, 2).map((key) => key.id);
  return maybePublished(table, [
    ...['delegation', 'purge', table.gun],
    ...ids.flatMap((id) => ['--key', id]),
  ]);
};

const witness: Maker = (table, person) => {
  const { chance, gun } = table;
  return maybePublished(table, ['witness', gun, ...chance.some(sensible(table, person), 1, 2)]);
};

const publish: Maker = ({ gun }) => ({ args: ['publish', gun], publishes: true });

const reset: Maker = (table, person) => {
  const { chance, gun } = table;
  const count = changes(table, person);
  if (count === 0 || chance.percent(30)) return { args: ['reset', gun, '--all'], publishes: false };
  const numbers = [chance.below(count), chance.below(count + 1)].join(',');
  return { args: ['reset', gun, '-n', numbers], publishes: false };
};

const rotate: Maker = ({ chance, gun }) => {
  const words = chance.weighted([
    [4, ['snapshot', '-r']],
    [2, ['snapshot']],
    [3, ['targets']],
    [2, ['root']],
    [1, ['timestamp', '-r']],
    [1, ['targets', '-r']],
    [1, ['targets/a']],
  ]);
  return { args: ['key', 'rotate', gun, ...words], publishes: true, input: 'yes\n' };
};

/** The owner hands the keys of the collection to the collaborator, or somebody imports a delegation key. */
const handKeys: Maker = (table, person) => {
  const { chance, gun, keys, owner } = table;
  const bundle = join(owner.work, 'bundle.pem');
  if (person === 'owner' && chance.percent(60)) {
    return { args: ['key', 'export', '--gun', gun, '-o', bundle], publishes: false };
  }
  if (person === 'collaborator' && chance.percent(60))
    return { args: ['key', 'import', bundle], publishes: false };
  return { args: ['key', 'import', chance.pick(keys).privateKey], publishes: false };
};

const initOther: Maker = (table) => {
  const other = `${table.gun}-${table.others.length + 1}`;
  table.others.push(other);
  return { args: ['init', other, ...(table.chance.percent(60) ? ['-p'] : [])], publishes: true };
};

const forget: Maker = ({ gun }) => ({ args: ['delete', gun], publishes: false });

const list: Maker = ({ chance, gun }) => ({
  args: chance.pick([
    ['list', gun],
    ['list', gun, '-r', 'targets/a'],
    ['list', gun, '-r', 'targets/releases,targets/b'],
    ['lookup', gun, 't1'],
    ['lookup', gun, 'x/t3'],
    ['delegation', 'list', gun],
    ['status', gun],
    ['key', 'list'],
  ]),
  publishes: false,
});

/** The next command of a person. Whoever has changes waiting is more likely to publish them. */
export function nextMove(table: Table, person: Person): Move {
  const waiting = changes(table, person);
  if (table.stuck.has(person) && table.chance.percent(60)) {
    return { args: ['reset', table.gun, '--all'], publishes: false };
  }
  const maker = table.chance.weighted<Maker>([
    [18, add],
    [5, addhash],
    [8, remove],
    [person === 'owner' ? 18 : 4, delegationAdd],
    [person === 'owner' ? 8 : 2, delegationRemove],
    [person === 'owner' ? 3 : 1, purge],
    [6, witness],
    [waiting === 0 ? 2 : 25, publish],
    [waiting === 0 ? 1 : 5, reset],
    [person === 'owner' ? 8 : 2, rotate],
    [6, handKeys],
    [2, initOther],
    [1, forget],
    [8, list],
  ]);
  return maker(table, person);
}
