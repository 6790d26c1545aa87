/**
 * Random commands that both programs should take alike. What tsnotary does otherwise on purpose is left
 * out: roles deleted and made again (the original can never publish them), `init` of a collection that is
 * published, percent signs and control characters in names, custom data that is not canonical, Ed25519
 * certificates, several `--gun` for an export, GUNs with `..`, and which of several root keys signs.
 */

import { changes, type Game, type Person, signable } from './table.ts';

/** A command line and what it needs. */
export interface Move {
  readonly args: readonly string[];
  /** True when it changes the server, if it succeeds. */
  readonly publishes: boolean;
  readonly input?: string;
}

type Maker = (game: Game, person: Person) => Move;

const roles = ['targets/a', 'targets/a/x', 'targets/b', 'targets/releases'] as const;
const targets = ['t1', 't2', 'x/t3', 'x/é', 'y/t 5'] as const;
const paths = ['', 'x/', 'x/t', 'y/', 't'] as const;

/** Sometimes to be published at once. */
function maybePublished(game: Game, args: readonly string[]): Move {
  const publishes = game.chance.percent(40);
  return { args: publishes ? [...args, '-p'] : args, publishes };
}

/** Mostly roles that the person can sign; now and then any. */
function sensible(game: Game, person: Person): readonly string[] {
  const able = signable(game, person);
  return able.length > 0 && game.chance.percent(85) ? able : ['targets', ...roles];
}

function roleFlags(game: Game, person: Person): readonly string[] {
  const { chance } = game;
  const able = sensible(game, person);
  const chosen = chance.some(able, able.includes('targets') ? 0 : 1, 2);
  if (chosen.length === 0) return [];
  return chance.percent(50) ? ['-r', chosen.join(',')] : chosen.flatMap((role) => ['--roles', role]);
}

const add: Maker = (game, person) => {
  const { chance, gun } = game;
  const custom = chance.percent(15) ? ['--custom', 'custom.json'] : [];
  const payload = chance.pick(['one', 'two', 'three']);
  return maybePublished(game, [
    'add',
    gun,
    chance.pick(targets),
    payload,
    ...roleFlags(game, person),
    ...custom,
  ]);
};

const addhash: Maker = (game, person) => {
  const { chance, gun } = game;
  const digit = chance.below(10).toString();
  const hashes = chance.some([`--sha256=${digit.repeat(64)}`, `--sha512=${digit.repeat(128)}`], 1, 2);
  const size = String(chance.below(1000));
  return maybePublished(game, [
    'addhash',
    gun,
    chance.pick(targets),
    size,
    ...hashes,
    ...roleFlags(game, person),
  ]);
};

const remove: Maker = (game, person) =>
  maybePublished(game, ['remove', game.gun, game.chance.pick(targets), ...roleFlags(game, person)]);

/** A role that was never deleted, mostly one whose parent the person can sign. */
function roleToAdd(game: Game, person: Person): string | undefined {
  const parents = sensible(game, person);
  const gone = Array.from(game.retired);
  const left = roles.filter((role) => !gone.some((other) => `${role}/`.startsWith(`${other}/`)));
  const good = left.filter((role) => parents.includes(role.slice(0, role.lastIndexOf('/'))));
  return game.chance.some(good.length === 0 ? left : good, 1, 1)[0];
}

const delegationAdd: Maker = (game, person) => {
  const { chance, gun, keys } = game;
  const role = roleToAdd(game, person);
  if (role === undefined) return list(game, person);
  const files = chance.some(keys, 0, 2).map((key) => key.file);
  const chosen = chance.some(paths.slice(1), files.length === 0 ? 1 : 0, 2);
  const where = chance.percent(40) ? ['--all-paths'] : chosen.flatMap((path) => ['--paths', path]);
  return maybePublished(game, ['delegation', 'add', gun, role, ...files, ...where]);
};

const delegationRemove: Maker = (game) => {
  const { chance, gun, keys, live, retired } = game;
  const known = Array.from(live.keys());
  const role = chance.some(known.length > 0 && chance.percent(85) ? known : roles, 1, 1)[0] ?? roles[0];
  if (chance.percent(20)) {
    retired.add(role);
    return maybePublished(game, ['delegation', 'remove', gun, role, '-y']);
  }
  const listed = live.get(role) ?? [];
  const ids = chance.some(listed.length === 0 ? keys.map((key) => key.id) : listed, 0, 2);
  const chosen = chance.some(paths, ids.length === 0 ? 1 : 0, 2);
  const where = chance.percent(30) ? ['--all-paths'] : chosen.flatMap((path) => ['--paths', path]);
  return maybePublished(game, ['delegation', 'remove', gun, role, ...ids, ...where]);
};

const purge: Maker = (game) => {
  const ids = game.chance.some(game.keys, 1, 2).map((key) => key.id);
  return maybePublished(game, [...['delegation', 'purge', game.gun], ...ids.flatMap((id) => ['--key', id])]);
};

const witness: Maker = (game, person) => {
  const { chance, gun } = game;
  return maybePublished(game, ['witness', gun, ...chance.some(sensible(game, person), 1, 2)]);
};

const publish: Maker = ({ gun }) => ({ args: ['publish', gun], publishes: true });

const reset: Maker = (game, person) => {
  const { chance, gun } = game;
  const count = changes(game, person);
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
const handKeys: Maker = (game, person) => {
  const { chance, gun, keys } = game;
  if (person === 'owner' && chance.percent(60)) {
    return { args: ['key', 'export', '--gun', gun, '-o', 'bundle.pem'], publishes: false };
  }
  if (person === 'collaborator' && chance.percent(60))
    return { args: ['key', 'import', 'bundle.pem'], publishes: false };
  // Under the role that it has here: under another one notary takes it, and tsnotary does not.
  return { args: ['key', 'import', chance.pick(keys).privateKey, '-r', 'user'], publishes: false };
};

const initOther: Maker = (game) => {
  const other = `${game.gun}-${game.others.length + 1}`;
  game.others.push(other);
  return { args: ['init', other, ...(game.chance.percent(60) ? ['-p'] : [])], publishes: true };
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
  ]),
  publishes: false,
});

/** The next command of a person. Whoever has changes waiting is more likely to publish them. */
export function nextMove(game: Game, person: Person): Move {
  const waiting = changes(game, person);
  if (game.stuck.has(person) && game.chance.percent(60)) {
    return { args: ['reset', game.gun, '--all'], publishes: false };
  }
  const maker = game.chance.weighted<Maker>([
    [16, add],
    [5, addhash],
    [8, remove],
    [person === 'owner' ? 16 : 5, delegationAdd],
    [person === 'owner' ? 14 : 4, delegationRemove],
    [person === 'owner' ? 3 : 1, purge],
    [6, witness],
    [waiting === 0 ? 2 : 25, publish],
    [waiting === 0 ? 1 : 5, reset],
    [person === 'owner' ? 7 : 2, rotate],
    [4, handKeys],
    [1, initOther],
    [1, forget],
    [5, list],
  ]);
  return maker(game, person);
}
