/**
 * Plays one sequence at two tables: at one notary does everything, at the other notary and tsnotary take
 * turns. After every command both tables must look alike.
 */

import { expect } from 'vitest';
import type { Home } from '../../support/genuine/home.ts';
import { expectWhole, servedContent } from '../../support/genuine/served-files.ts';
import type { Stage } from '../../support/genuine/stage.ts';
import { type Client, cached, comparable, copyFolder, programs, staged } from './both.ts';
import { type Move, nextMove } from './moves.ts';
import { act, delegationsShown, type Game, type Person, people, setGame, type Table } from './table.ts';

export interface Stages {
  readonly reference: Stage;
  readonly mixed: Stage;
}

/**
 * Plays as many steps as asked after the founding of the collection, and ends with a publish by each.
 *
 * @param keyFolder where `makeKeys` has made the delegation keys
 */
export async function play(stages: Stages, keyFolder: string, seed: number, steps: number): Promise<Game> {
  const game = await setGame(stages, seed, keyFolder);
  try {
    await found(game);
    for (let step = 0; step < steps; step++) {
      const person = game.chance.percent(65) ? 'owner' : 'collaborator';
      await take(game, person, nextMove(game, person));
    }
    await bothPublish(game);
    return game;
  } catch (error) {
    const story = [`seed ${seed}, after`, ...game.story].join('\n  ');
    throw new Error(`${story}\n${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function found(game: Game): Promise<void> {
  const { gun, chance, keys } = game;
  const files = keys.slice(0, 1 + chance.below(2)).map((key) => key.file);
  const publishing = [
    ['init', gun, '-p'],
    ...(chance.percent(75) ? [['key', 'rotate', gun, 'snapshot', '-r']] : []),
    ['delegation', 'add', gun, 'targets/a', ...files, '--all-paths', '-p'],
  ];
  for (const args of publishing) await take(game, 'owner', { args, publishes: true });
  if (chance.percent(50)) {
    await take(game, 'owner', {
      args: ['key', 'import', keys[0].privateKey, '-r', 'user'],
      publishes: false,
    });
  }
}

/** The owner starts afresh, and publishes with either program. */
async function bothPublish(game: Game): Promise<void> {
  const { gun } = game;
  await take(game, 'owner', { args: ['reset', gun, '--all'], publishes: false });
  for (const client of programs) {
    const args = ['add', gun, `last-of-${client}`, 'one', '-p'];
    expect(await take(game, 'owner', { args, publishes: true }, client)).toBe(0);
  }
}

/** One command of one person at both tables. */
async function take(
  game: Game,
  person: Person,
  move: Move,
  client: Client = game.chance.pick(programs),
): Promise<number> {
  const { gun, mixed, reference } = game;
  const [expected, outcome] = await Promise.all([
    act(reference, person, 'notary', move),
    act(mixed, person, client, move),
  ]);
  game.story.push(`${person}: ${client} ${move.args.join(' ')}  [${outcome.status}]`);
  expect(comparable(outcome, mixed.anonymous), 'what is printed').toEqual(
    comparable(expected, reference.anonymous),
  );
  expect(staged(mixed[person].trustDir, gun), 'what is staged').toEqual(
    staged(reference[person].trustDir, gun),
  );
  if (outcome.status !== 0) game.stuck.add(person);
  else if (move.publishes || move.args[0] === 'reset') game.stuck.delete(person);
  if (move.publishes && outcome.status === 0) await expectAgreement(game);
  return outcome.status;
}

/** The served collections are whole and hold the same; each person sees the same with both programs. */
async function expectAgreement(game: Game): Promise<void> {
  const { gun, mixed, reference } = game;
  await expectWhole(mixed.stage, gun);
  const [content, expected, ...sights] = await Promise.all([
    servedContent(mixed.stage, gun),
    servedContent(reference.stage, gun),
    ...people.map((person) => sight(mixed, person, gun)),
  ]);
  expect(content, 'what is served').toEqual(expected);
  game.live = delegationsShown(sights[0] ?? '');
}

/** What a person sees with both programs, each on a copy of the cache. Gives the listed delegations. */
async function sight(table: Table, person: Person, gun: string): Promise<string> {
  const home = table[person];
  const [genuine, own] = await Promise.all(programs.map((client) => sightWith(home, client, gun)));
  expect(own, `what the ${person} sees`).toEqual(genuine);
  expect(genuine?.shown.map(({ status }) => status)).toEqual([0, 0, 0]);
  return genuine?.shown[1]?.stdout ?? '';
}

async function sightWith(home: Home, client: Client, gun: string) {
  const trustDir = `${home.trustDir}-${client}`;
  copyFolder(home.trustDir, trustDir);
  const outcomes = [
    await home.run(client, ['list', gun, '-d', trustDir]),
    await home.run(client, ['delegation', 'list', gun, '-d', trustDir]),
    await home.run(client, ['key', 'list']),
  ];
  return { shown: outcomes.map((outcome) => comparable(outcome)), cached: cached(trustDir, gun) };
}
