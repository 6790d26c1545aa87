/** The commands that write, each with the state before it and what is true once it is done. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { fixture, fixturePath } from '../support/fixture-files.ts';
import type { Place, State } from './place.ts';
import { keyIdOf, type Wholeness } from './whole-trust-dir.ts';

export const gun = 'docker.io/alice/demo';

export interface States {
  readonly empty: State;
  /** The directories of `gun` are there and empty. */
  readonly looked: State;
  /** `gun` is initialized, a target is staged, and nothing is published. */
  readonly initialized: State;
  /** `gun` is published with v1 and a delegation; two changes are staged. */
  readonly published: State;
  /** The same without a cache of it. */
  readonly uncached: State;
  /** A key file of the state `published` that has no passphrase. */
  readonly openKey: string;
  /** The delegate's key, which lies in no collection. */
  readonly delegateKey: string;
}

export interface Scene {
  readonly name: string;
  readonly words: (states: States) => readonly string[];
  readonly state: Exclude<keyof States, 'openKey' | 'delegateKey'>;
  readonly input?: string;
  /** What the second run may say in place of success: that it has been done. */
  readonly doneAlready?: RegExp;
  /** Keys that the command may take away. */
  readonly takes?: (states: States) => 'published ones' | readonly string[];
  /** For long runs only. */
  readonly long?: true;
  /** What is true after it. */
  readonly done: (place: Place, states: States) => Promise<void>;
}

interface Staged {
  readonly changes: readonly {
    readonly action: string;
    readonly type: string;
    readonly path: string;
    readonly role: string;
  }[];
}

async function staged(place: Place, of = gun): Promise<readonly string[]> {
  const { changes } = await place.json<Staged>(['status', of]);
  return changes.map(({ action, type, path, role }) => `${action} ${type} ${path || role}`);
}

async function targets(place: Place): Promise<readonly string[]> {
  const { targets: listed } = await place.json<{ readonly targets: readonly { readonly name: string }[] }>([
    'list',
    gun,
  ]);
  return listed.map(({ name }) => name);
}

const stages = (change: string) => async (place: Place) => expect(await staged(place)).toContain(change);

const keyCount = (least: number) => async (place: Place) =>
  expect(place.look().keyIds.length).toBeGreaterThanOrEqual(least);

async function serves(place: Place, role: string): Promise<void> {
  const [id = ''] = await place.publishedKeys(gun, role);
  expect(place.look().keyIds).toContain(id);
  expect(await targets(place)).toEqual(['r1', 'v1']);
}

export const scenes: readonly Scene[] = [
  {
    name: 'init',
    words: () => ['init', gun],
    state: 'looked',
    doneAlready: /has been initialized on this machine already/,
    async done(place) {
      expect(await place.run(['publish', gun])).toMatchObject({ status: 0 });
      expect(await targets(place)).toEqual([]);
    },
  },
  {
    name: 'add',
    words: () => ['add', gun, 'v4', 'payload'],
    state: 'published',
    done: stages('create target v4'),
  },
  {
    name: 'add to a collection without a folder',
    words: () => ['add', gun, 'v4', 'payload'],
    state: 'empty',
    done: stages('create target v4'),
  },
  {
    name: 'addhash',
    words: () => ['addhash', gun, 'v4', '7', '--sha256', 'ab'.repeat(32), '-r', 'targets,targets/releases'],
    state: 'published',
    done: stages('create target v4'),
  },
  {
    name: 'remove',
    words: () => ['remove', gun, 'v1'],
    state: 'published',
    done: stages('delete target v1'),
  },
  {
    name: 'delegation add',
    words: () => ['delegation', 'add', gun, 'targets/qa', 'delegate.crt', '--all-paths'],
    state: 'published',
    done: stages('create delegation targets/qa'),
  },
  {
    name: 'delegation remove',
    words: () => ['delegation', 'remove', gun, 'targets/releases', '--yes'],
    state: 'published',
    done: stages('delete delegation targets/releases'),
  },
  {
    name: 'delegation purge',
    words: ({ delegateKey }) => ['delegation', 'purge', gun, '--key', delegateKey],
    state: 'published',
    done: stages('update delegation targets/*'),
  },
  {
    name: 'witness',
    words: () => ['witness', gun, 'targets/releases'],
    state: 'published',
    done: stages('update witness targets/releases'),
  },
  {
    name: 'reset',
    words: () => ['reset', gun, '--all'],
    state: 'published',
    done: async (place) => expect(await staged(place)).toEqual([]),
  },
  {
    name: 'publish',
    words: () => ['publish', gun],
    state: 'published',
    async done(place) {
      expect(await staged(place)).toEqual([]);
      expect(await targets(place)).toEqual(['r1', 'v1', 'v2', 'v3']);
    },
  },
  {
    name: 'the first publish',
    words: () => ['publish', gun],
    state: 'initialized',
    async done(place) {
      expect(await staged(place)).toEqual([]);
      expect(await targets(place)).toEqual(['v1']);
    },
  },
  {
    name: 'renew',
    words: () => ['renew', gun, '--all-roles', '-y'],
    state: 'published',
    done: async (place) => expect(await targets(place)).toEqual(['r1', 'v1']),
  },
  {
    name: 'list without a cache',
    words: () => ['list', gun],
    state: 'uncached',
    done: async (place) => expect(await targets(place)).toEqual(['r1', 'v1']),
  },
  {
    name: 'delete',
    words: () => ['delete', gun],
    state: 'published',
    done: async (place) => expect(await staged(place)).toEqual([]),
  },
  {
    name: 'key generate',
    words: () => ['key', 'generate', '-r', 'user'],
    state: 'published',
    done: keyCount(6),
  },
  {
    name: 'key import',
    words: () => ['key', 'import', fixturePath('keys/p521.pem'), '-r', 'user'],
    state: 'published',
    done: keyCount(6),
  },
  {
    name: 'key passwd',
    words: ({ openKey }) => ['key', 'passwd', openKey],
    state: 'published',
    done: keyCount(5),
  },
  {
    name: 'key remove',
    words: ({ openKey }) => ['key', 'remove', openKey],
    state: 'published',
    input: 'yes',
    doneAlready: /No key with ID [0-9a-f]{64} found/,
    takes: ({ openKey }) => [openKey],
    done: async (place) => expect(place.look().keyIds).toHaveLength(4),
  },
  {
    name: 'key rotate targets',
    words: () => ['key', 'rotate', gun, 'targets'],
    state: 'published',
    takes: () => 'published ones',
    done: (place) => serves(place, 'targets'),
  },
  {
    name: 'key rotate root',
    long: true,
    words: () => ['key', 'rotate', gun, 'root'],
    state: 'published',
    input: 'yes',
    done: async (place) => expect(await targets(place)).toEqual(['r1', 'v1']),
  },
];

/**
 * What a place holds after the second run of a scene. A `reset` that finds nothing to discard needs no lock, and
 * leaves that of a run that was killed to the next command that needs it: here a publish of nothing.
 */
export async function leftAfter(place: Place, scene: Scene): Promise<Wholeness> {
  const left = place.look();
  if (scene.name !== 'reset' || left.leftovers.length === 0) return left;
  expect(left.leftovers).toEqual([`tuf/${gun}/.publish.lock`]);
  await place.run(['publish', gun]);
  return place.look();
}

/** Waits for the end of all, so that a failure of one leaves none at work in a place that others use. */
export async function both<Works extends readonly Promise<unknown>[]>(
  works: readonly [...Works],
): Promise<{ readonly [Index in keyof Works]: Awaited<Works[Index]> }> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

/** The files that the commands name. */
export async function furnish({ home }: Place): Promise<void> {
  home.write('payload', 'payload');
  await home.openssl(
    ...['req', '-x509', '-sha256', '-key', fixturePath('keys/p256.pem'), '-days', '400'],
    ...['-subj', '/CN=delegate', '-out', 'delegate.crt'],
  );
}

/** Makes the states, in a place that is furnished. */
export async function makeStates(place: Place): Promise<States> {
  const must = async (...words: readonly string[]) => {
    const { status, stdout, stderr } = await place.run(words);
    if (status !== 0) throw new Error(`${words.join(' ')}: status ${status}\n${stdout}${stderr}`);
  };
  const folder = place.home.trustDir;
  rmSync(folder, { recursive: true, force: true });
  const empty = place.keep();
  await must('status', gun);
  const looked = place.keep();
  await must('init', gun);
  await must('add', gun, 'v1', 'payload');
  const initialized = place.keep();
  await must('key', 'import', fixturePath('keys/p256.pem'), '-r', 'user');
  await must('delegation', 'add', gun, 'targets/releases', 'delegate.crt', '--all-paths');
  await must('add', gun, 'r1', 'payload', '-r', 'targets/releases');
  await must('publish', gun);
  await must('list', gun);
  await must('add', gun, 'v2', 'payload');
  await must('add', gun, 'v3', 'payload', '-r', 'targets/releases');
  const openPem = fixture('keys/p384.pem').toString();
  const openKey = keyIdOf(openPem);
  writeFileSync(join(folder, 'private', `${openKey}.key`), openPem, { mode: 0o600 });
  const published = place.keep();
  rmSync(join(folder, 'tuf', gun, 'metadata'), { recursive: true });
  const uncached = place.keep();
  return {
    empty,
    looked,
    initialized,
    published,
    uncached,
    openKey,
    delegateKey: keyIdOf(fixture('keys/p256.pem').toString()),
  };
}
