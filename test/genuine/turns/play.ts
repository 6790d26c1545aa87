/** Plays one sequence: commands in turn by both programs, compared wherever the same start allows it. */

import { expect } from 'vitest';
import type { Home } from '../../support/genuine/home.ts';
import type { Outcome } from '../../support/genuine/programs.ts';
import type { Stage } from '../../support/genuine/stage.ts';
import { expectWhole } from '../served.ts';
import { type Client, cached, comparable, copyFolder, keep, otherThan, programs, staged } from './both.ts';
import { type Move, nextMove } from './moves.ts';
import {
  anyProgram,
  delegationsShown,
  type Person,
  people,
  privateKeys,
  setTable,
  type Table,
} from './table.ts';

/** Plays as many steps as asked after the founding of the collection, and ends with a publish by each. */
export async function play(stage: Stage, seed: number, steps: number): Promise<Table> {
  const table = await setTable(stage, seed);
  try {
    await found(stage, table);
    for (let step = 0; step < steps; step++) {
      const person = table.chance.percent(65) ? 'owner' : 'collaborator';
      await take(stage, table, person, nextMove(table, person));
    }
    await bothPublish(stage, table);
    return table;
  } catch (error) {
    const lines = [`seed ${seed}, after`, ...table.story];
    throw new Error(`${lines.join('\n  ')}\n${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function found(stage: Stage, table: Table): Promise<void> {
  const { gun, chance, keys, owner } = table;
  await take(stage, table, 'owner', { args: ['init', gun, '-p'], publishes: true });
  if (chance.percent(75)) {
    const rotation = ['key', 'rotate', gun, 'snapshot', '-r'];
    await take(stage, table, 'owner', { args: rotation, publishes: true });
  }
  const files = keys.slice(0, 1 + chance.below(2)).map((key) => key.file);
  const delegation = ['delegation', 'add', gun, 'targets/a', ...files, '--all-paths', '-p'];
  await take(stage, table, 'owner', { args: delegation, publishes: true });
  if (chance.percent(50)) await owner.run(anyProgram(table), ['key', 'import', keys[0].privateKey]);
}

/** One command of one person by a program chosen at random. */
async function take(stage: Stage, table: Table, person: Person, move: Move): Promise<void> {
  const client = anyProgram(table);
  const home = table[person];
  if (!move.publishes) {
    await rehearsed(table, person, client, move);
    return;
  }
  const back = keep(home);
  const outcome = await act(table, person, client, move);
  if (outcome.status === 0) {
    table.stuck.delete(person);
    await expectAgreement(stage, table);
    return;
  }
  table.stuck.add(person);
  const left = leftBehind(home, table);
  back();
  const again = await act(table, person, otherThan(client), move);
  expect(comparable(again), 'the same failure').toEqual(comparable(outcome));
  // The original leaves the new keys of a failed rotation or init behind.
  const keys =
    move.args[0] === 'init' || move.args[1] === 'rotate' ? left.keys : leftBehind(home, table).keys;
  expect({ ...leftBehind(home, table), keys }, 'the same is left behind').toEqual(left);
}

/** What changes nothing but the trust directory is done by both from the same start. */
async function rehearsed(table: Table, person: Person, client: Client, move: Move): Promise<void> {
  const home = table[person];
  const back = keep(home);
  const other = await act(table, person, otherThan(client), move);
  const left = leftBehind(home, table);
  back();
  const outcome = await act(table, person, client, move);
  if (move.args[0] === 'reset') table.stuck.delete(person);
  expect(comparable(outcome), 'the same result').toEqual(comparable(other));
  expect(leftBehind(home, table), 'the same is left behind').toEqual(left);
}

async function act(table: Table, person: Person, client: Client, move: Move): Promise<Outcome> {
  const { args, input } = move;
  const outcome = await table[person].run(client, args, input === undefined ? {} : { input });
  table.story.push(`${person}: ${client} ${args.join(' ')}  [${outcome.status}]`);
  return outcome;
}

function leftBehind(home: Home, table: Table) {
  return {
    staged: staged(home.trustDir, table.gun),
    cached: cached(home.trustDir, table.gun),
    keys: privateKeys(home),
  };
}

/** The served collection is whole, and both programs see the same in it with each person's cache. */
async function expectAgreement(stage: Stage, table: Table): Promise<void> {
  await expectWhole(stage, table.gun);
  const [listed = ''] = await Promise.all(people.map((person) => expectSameSight(table[person], table.gun)));
  table.live = delegationsShown(listed);
}

async function expectSameSight(home: Home, gun: string): Promise<string> {
  const sights = await Promise.all(
    programs.map(async (client) => {
      const trustDir = `${home.trustDir}-${client}`;
      copyFolder(home.trustDir, trustDir);
      const shown = [comparable(await home.run(client, ['key', 'list']))];
      for (const words of [['list'], ['delegation', 'list']]) {
        shown.push(comparable(await home.run(client, [...words, gun, '-d', trustDir])));
      }
      return { shown, cached: cached(trustDir, gun) };
    }),
  );
  expect(sights[1]).toEqual(sights[0]);
  expect(sights[0]?.shown.map(({ status }) => status)).toEqual([0, 0, 0]);
  return sights[0]?.shown[2]?.stdout ?? '';
}

/** Whatever happened before, the owner can go on with either program. */
async function bothPublish(stage: Stage, table: Table): Promise<void> {
  const { gun, owner } = table;
  await owner.run('notary', ['reset', gun, '--all']);
  for (const client of programs) {
    const args = ['add', gun, `last-of-${client}`, 'one', '-p'];
    const outcome = await act(table, 'owner', client, { args, publishes: true });
    expect(comparable(outcome)).toMatchObject({ status: 0 });
    await expectAgreement(stage, table);
  }
}
