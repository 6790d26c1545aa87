/** Random histories: which steps there are, and how often each. */

import type { Random } from '../support/seeded-random.ts';
import { signersAtFirst } from './beginnings.ts';
import { type CommandStep, type Fault, type Name, plainly, type Step } from './steps.ts';

const roles = ['targets', 'targets/a', 'targets/a/x', 'targets/b'];
const delegations = roles.slice(1);
/** Most roles keep to names of their own; `1` is in each from the beginning. */
const namesOf = (role: string, random: Random): string => {
  const own = role.at(-1) ?? '';
  return random.pick(['1', `${own}1`, `${own}1`, `v/${own}2`, `v/${own}2`]);
};
const contents = ['red', 'green', 'blue'];
const collaborators: readonly Name[] = ['alice', 'bob', 'carol'];
const keyHolders: readonly Name[] = ['owner', ...collaborators];
const owners: readonly Name[] = ['owner', 'owner', 'laptop'];

type Maker = (random: Random) => readonly Step[];

/** Mostly people who may sign the role; now and then anybody. */
function signerOf(role: string, random: Random): Name {
  if (role === 'targets') return random.pick(owners);
  const able = signersAtFirst[role] ?? [];
  return random.oneIn(6) ? random.pick([...owners, ...collaborators]) : random.pick(able);
}

const someNames = (random: Random): readonly Name[] => {
  const one = random.pick(keyHolders);
  const other = random.pick(keyHolders);
  return one === other || random.oneIn(2) ? [one] : [one, other];
};
const somePaths = (random: Random): readonly string[] => [random.pick(['', '', '', 'v/'])];

/** Who signs the list in which a role stands. */
const listerOf = (role: string, random: Random): Name =>
  signerOf(role.slice(0, role.lastIndexOf('/')), random);

function publishing(random: Random, step: CommandStep, faults: number): readonly Step[] {
  if (random.oneIn(4)) return [step];
  return [step, publishBy(random, step.who, faults)];
}

function publishBy(random: Random, who: Name, faults: number): Step {
  const publish: CommandStep = { do: 'publish', who };
  return random.below(100) < faults ? { ...publish, fault: faultFor(random, who) } : publish;
}

const often = 25;

const add: Maker = (random) => {
  const role = random.pick(roles);
  const step = { name: namesOf(role, random), content: random.pick(contents), role };
  return publishing(random, { do: 'add', who: signerOf(role, random), ...step }, often);
};

const remove: Maker = (random) => {
  const role = random.pick(roles);
  return publishing(
    random,
    { do: 'remove', who: signerOf(role, random), name: namesOf(role, random), role },
    often,
  );
};

const delegate: Maker = (random) => {
  const role = random.pick(delegations);
  const paths = random.oneIn(3) ? [] : somePaths(random);
  const step = { role, keys: paths.length > 0 && random.oneIn(3) ? [] : someNames(random), paths };
  return publishing(random, { do: 'delegate', who: listerOf(role, random), ...step }, often);
};

const undelegate: Maker = (random) => {
  const role = random.pick(delegations);
  const who = listerOf(role, random);
  if (random.oneIn(4)) return publishing(random, { do: 'remove role', who, role }, often);
  const paths = random.oneIn(4) ? somePaths(random) : [];
  const step = { role, keys: paths.length > 0 && random.oneIn(2) ? [] : someNames(random), paths };
  return publishing(random, { do: 'undelegate', who, ...step }, often);
};

const remake: Maker = (random) => {
  const role = random.pick(delegations);
  const who = listerOf(role, random);
  const gone: Step = { do: 'remove role', who, role };
  const publish: Step = { do: 'publish', who };
  const back: Step = { do: 'delegate', who, role, keys: someNames(random), paths: somePaths(random) };
  return random.oneIn(3) ? [gone, back, publish] : [gone, publish, back, publish];
};

/** Keys are replaced, which leaves a file without a signer. */
const replaceKeys: Maker = (random) => {
  const role = random.pick(delegations);
  const who = listerOf(role, random);
  const gone: Step = { do: 'undelegate', who, role, keys: signersAtFirst[role] ?? [], paths: [] };
  const keys = someNames(random);
  const came: Step = { do: 'delegate', who, role, keys, paths: [] };
  const signer = random.pick(keys);
  const work = { name: namesOf(role, random), role, who: signer };
  const next = random.pick<Step>([
    { do: 'add', ...work, content: random.pick(contents) },
    { do: 'remove', ...work },
    { do: 'witness', role, who: signer },
  ]);
  const witness: Step = { do: 'witness', role, who: signer };
  const steps = [gone, came, publishBy(random, who, often), next];
  return [...steps, ...(random.oneIn(2) ? [witness] : []), publishBy(random, signer, often)];
};

const purge: Maker = (random) =>
  publishing(random, { do: 'purge', who: random.pick(owners), keys: [random.pick(keyHolders)] }, often);

const witness: Maker = (random) => {
  const role = random.pick(roles);
  return publishing(random, { do: 'witness', who: signerOf(role, random), role }, often);
};

const reset: Maker = (random) => [
  {
    do: 'reset',
    who: random.pick([...owners, ...collaborators]),
    index: random.oneIn(2) ? 'all' : random.below(3),
  },
];

const publish: Maker = (random) => [publishBy(random, random.pick([...owners, ...collaborators]), 60)];

const rotate: Maker = (random) => {
  const who = random.pick(owners);
  const role = random.pick(['root', 'targets', 'targets', 'snapshot', 'timestamp'] as const);
  const server = role === 'timestamp' || (role === 'snapshot' && !random.oneIn(3));
  const step: CommandStep = { do: 'rotate', who, role, server };
  return [random.oneIn(3) ? { ...step, fault: faultFor(random, who) } : step];
};

const list: Maker = (random) => [{ do: 'list', who: random.pick([...owners, ...collaborators]) }];
const everyone = [...owners, ...collaborators];

const accident: Maker = (random) => {
  const who = random.pick(everyone);
  return [
    random.pick<Step>([
      { do: 'lose cache', who },
      { do: 'lose cache', who },
      { do: 'back up', who },
      { do: 'back up', who },
      { do: 'restore', who, keys: false },
      { do: 'restore', who, keys: random.oneIn(3) },
      { do: 'delete', who },
      { do: 'move clock', who, days: random.pick([-10, -0.2, 0.2, 2, 20]) },
      { do: 'share keys' },
    ]),
  ];
};

const time: Maker = (random) => [
  random.pick<Step>([
    { do: 'wait', days: 1 },
    { do: 'wait', days: 20 },
    { do: 'wait', days: 200 },
    { do: 'years pass' },
    { do: 'years pass' },
  ]),
  ...random.pick([add, witness, remove])(random),
];

const junk: Maker = (random) => {
  const role = random.pick(delegations);
  const junk: Step = { do: 'serve junk', role, version: random.oneIn(4) ? 'huge' : 'next' };
  const meanwhile = random.pick([add, witness, publish])(random);
  return random.oneIn(3) ? [junk] : [junk, ...meanwhile, { do: 'recover' }];
};

/** The answer to an upload is lost, somebody signs the same name anew, and the first comes back. */
const lostReply: Maker = (random) => {
  const role = random.pick(delegations);
  const [who = 'owner', rival = 'laptop'] = role === 'targets/b' ? [] : (signersAtFirst[role] ?? []);
  const scope = role === 'targets/b' ? 'targets' : role;
  const work = { name: namesOf(scope, random), role: scope };
  const kind = random.pick(['cut off', 'cut off', 'unanswered', 'killed after'] as const);
  const fault: Fault = { kind, at: 'upload', again: false };
  return [
    { do: 'add', who, ...work, content: random.pick(contents) },
    { do: 'publish', who, fault },
    random.oneIn(3)
      ? { do: 'remove', who: rival, ...work }
      : { do: 'add', who: rival, ...work, content: random.pick(contents) },
    { do: 'publish', who: rival },
    ...(random.oneIn(3)
      ? publishing(random, { do: 'add', who, ...work, name: 'late', content: 'late' }, 0)
      : []),
    { do: 'publish', who },
  ];
};

/** A rotation whose answer is lost is taken up when another machine has rotated in between. */
const lateRotation: Maker = (random) => {
  const role = random.pick(['targets', 'snapshot', 'root'] as const);
  const rotation = { do: 'rotate', role, server: role === 'snapshot' && random.oneIn(2) } as const;
  const kind = random.pick(['cut off', 'unanswered', 'killed after', 'killed before', 'refused'] as const);
  const again: Step = random.oneIn(4)
    ? { do: 'rotate', who: 'owner', role: random.pick(['targets', 'snapshot']), server: false }
    : { ...rotation, who: 'owner' };
  return [
    { ...rotation, who: 'owner', fault: { kind, at: 'upload', again: false } },
    { do: 'share keys' },
    ...(random.oneIn(4) ? [] : ([{ ...rotation, who: 'laptop' }, { do: 'share keys' }] as const)),
    ...(random.oneIn(2) ? list(random) : []),
    again,
  ];
};

/** Somebody publishes into a role while its list changes. */
const crossing: Maker = (random) => {
  const role = random.pick(delegations);
  const lister = listerOf(role, random);
  const signers = (signersAtFirst[role] ?? []).filter((name) => name !== lister);
  const who = random.pick(signers);
  const change = random
    .pick([undelegate, replaceKeys, remake, purge])(random)
    .filter((step) => step.do !== 'publish' && step.who === lister);
  const kind = random.pick(['meanwhile before', 'meanwhile after'] as const);
  const order = random.oneIn(2) ? [who, lister] : [lister, who];
  const [first = who, second = lister] = order;
  const fault: Fault = { kind, at: 'upload', other: { do: 'publish', who: second } };
  return [
    { do: 'undelegate', who: lister, role, keys: [who], paths: [] },
    ...change,
    { do: 'add', who, name: namesOf(role, random), content: random.pick(contents), role },
    { do: 'publish', who: first, fault },
  ];
};

/** How often each is met, out of the sum of all. */
const makers: readonly (readonly [weight: number, maker: Maker])[] = [
  ...([
    [26, add],
    [8, remove],
    [7, delegate],
    [7, undelegate],
  ] as const),
  ...([
    [3, remake],
    [5, replaceKeys],
    [3, purge],
    [6, witness],
    [3, reset],
  ] as const),
  ...([
    [10, publish],
    [6, rotate],
    [8, list],
    [7, accident],
    [3, time],
    [3, junk],
  ] as const),
  ...([
    [2, lostReply],
    [2, lateRotation],
    [3, crossing],
  ] as const),
];
const total = makers.reduce((sum, [weight]) => sum + weight, 0);

function someSteps(random: Random): readonly Step[] {
  let point = random.below(total);
  for (const [weight, maker] of makers) {
    if (point < weight) return maker(random);
    point -= weight;
  }
  return [];
}

function faultFor(random: Random, who: Name): Fault {
  const kinds = [
    ...(['killed before', 'killed after', 'unsent', 'unanswered', 'cut off', 'refused'] as const),
    ...(['meanwhile before', 'meanwhile after', 'meanwhile after'] as const),
  ];
  const kind = random.pick(kinds);
  const kills = kind.startsWith('killed');
  const at = random.oneIn(2) ? 'upload' : random.below(kills ? 60 : 14);
  const again = random.oneIn(2);
  if (!kind.startsWith('meanwhile')) return { kind, at, again };
  return { kind, at, again, other: other(random, who) };
}

/** What somebody else does in the meantime; without a fault of its own. */
function other(random: Random, who: Name): Step {
  for (;;) {
    const maker = random.pick([publish, publish, rotate, delegate, undelegate, add]);
    const step = maker(random).at(-1);
    if (step?.who === undefined || step.who === who) continue;
    return plainly(step as CommandStep);
  }
}

/** @param length at least so many steps */
export function randomHistory(random: Random, length: number): readonly Step[] {
  const steps: Step[] = [];
  while (steps.length < length) steps.push(...someSteps(random));
  return steps;
}

const onlyInMemory = new Set(['wait', 'years pass', 'serve junk', 'recover', 'move clock']);

/** Steps that real programs on real machines can take. The way of an empty path is another on a command line. */
export function randomRealHistory(random: Random, length: number): readonly Step[] {
  const steps: Step[] = [];
  while (steps.length < length) {
    for (const step of someSteps(random)) {
      if (onlyInMemory.has(step.do)) continue;
      const plain = step.who === undefined ? step : plainly(step as CommandStep);
      const clears = plain.do === 'undelegate' && plain.paths.includes('');
      steps.push(clears ? { ...plain, paths: ['v/'] } : plain);
    }
  }
  return steps;
}
