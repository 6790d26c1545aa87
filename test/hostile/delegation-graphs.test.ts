/** Graphs of delegations that a signer below the root, or a server with the snapshot key, makes up. */

import { beforeEach, describe, expect, it } from 'vitest';
import { listTargets } from '../../src/client/read/list-targets.ts';
import { update } from '../../src/client/update/update.ts';
import { sign } from '../../src/crypto/keys/private-key.ts';
import { toBase64 } from '../../src/encoding/bytes.ts';
import { goJson } from '../../src/encoding/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import { isNotaryError, type NotaryError } from '../../src/errors.ts';
import { fileMetasToJson } from '../../src/metadata/file-meta.ts';
import { signedMessage } from '../../src/metadata/signed.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { edited } from '../support/metadata-author.ts';
import { refusingUnreadable } from '../support/unreadable.ts';

let collection: ForgedCollection;
let reader: Actor;

function begin(delegations: readonly string[]): void {
  collection = new ForgedCollection({ delegations });
  reader = actor(collection.server, memoryClock(), forgedGun);
}

async function refusal(): Promise<NotaryError> {
  try {
    await update(refusingUnreadable(reader));
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
  throw new Error('believed');
}

const entriesOf = (parent: string): readonly JsonObject[] =>
  (collection.content(parent).get('delegations') as JsonObject).get('roles') as readonly JsonObject[];

/** Changes a file as somebody would who writes control characters too, which no honest program does. */
function forge(role: string, path: readonly string[], value: JsonValue): void {
  const content = edited(collection.content(role), path, value);
  const { id, key } = collection.oneSigner(role);
  const { method, signature } = sign(key, signedMessage(content));
  const signatures = [
    new Map([
      ['keyid', id],
      ['method', method],
      ['sig', toBase64(signature)],
    ]),
  ];
  collection.contents.set(role, content);
  collection.files.set(
    role,
    Buffer.from(
      goJson(
        new Map<string, JsonValue>([
          ['signed', content],
          ['signatures', signatures],
        ]),
      ),
    ),
  );
}

function setEntries(parent: string, roles: readonly JsonValue[]): void {
  forge(parent, ['delegations', 'roles'], roles);
  collection.settle();
}

const badNames = [
  ...[
    'targets/../x',
    'targets/..',
    'targets/.',
    'targets/./x',
    '../x',
    '..',
    '',
    '/',
    '/x',
    'x',
    '/targets/x',
    'targets',
    'targets/',
  ],
  ...[
    'targets//x',
    'targets/x/',
    'targets/x//y',
    'targets/A',
    'Targets/x',
    'TARGETS/x',
    'targets/x?',
    'targets/x#',
    'targets/x?a=b',
    'targets/x#y',
  ],
  ...[
    'targets/%2e%2e',
    'targets/x%2fy',
    'targets/x.y',
    'targets/x.json',
    'targets/x y',
    'targets/x\\y',
    'targets/ü',
    'targets/x\u0000',
    'targets/x\ny',
  ],
  ...[
    'targets/\u202ex',
    'targets/\u001b[31m',
    'targets/x*',
    'targets/*',
    'targets/x:y',
    'targets/x@y',
    'targets/x;y',
    'targets/x&y',
    'targets/"',
    'targets/<x>',
  ],
  ...[
    'root',
    'snapshot',
    'timestamp',
    'root/x',
    'snapshot/x',
    'mirrors',
    '__proto__',
    'constructor',
    `targets/${'x'.repeat(248)}`,
  ],
];

describe('G15 a delegation with a name that no role has', () => {
  beforeEach(() => begin(['targets/a', 'targets/a/b', 'targets/c']));

  it.each(badNames)('a delegation with the bad name %j is refused with its parent', async (name) => {
    await update(reader);
    const held = new Map(reader.cache.files);
    const [first, ...rest] = entriesOf('targets');
    collection.next('targets');
    setEntries('targets', [edited(first ?? new Map(), ['name'], name), ...rest]);
    expect(await refusal()).toMatchObject({
      code: 'INVALID_METADATA',
      details: { role: 'targets', gun: forgedGun },
    });
    expect(reader.cache.files.get('targets')).toEqual(held.get('targets'));
    expect([...reader.cache.files.keys()].sort()).toEqual([...held.keys()].sort());
  });

  it.each(badNames.filter((_, index) => index % 3 === 0))(
    'a delegation with the bad name %j is refused two levels down',
    async (name) => {
      const [first] = entriesOf('targets/a');
      setEntries('targets/a', [edited(first ?? new Map(), ['name'], name)]);
      expect(await refusal()).toMatchObject({ code: 'INVALID_METADATA', details: { role: 'targets/a' } });
      expect(reader.cache.files.has('targets/a')).toBe(false);
    },
  );

  it.each([
    'targets/__proto__',
    'targets/constructor',
    'targets/0',
    'targets/-',
    'targets/_',
    `targets/${'x'.repeat(247)}`,
  ])('a delegation with the odd name %s is read', async (name) => {
    begin([name]);
    expect([...(await update(reader)).targets.keys()]).toEqual(['targets', name]);
    expect(reader.cache.files.has(name)).toBe(true);
  });

  it.each(badNames)('a bad name in the snapshot alone is never asked for: %j', async (name) => {
    const meta = collection.content('snapshot').get('meta') as JsonObject;
    const [[, entry] = ['', null]] = fileMetasToJson(new Map([[name, fileMetaOf(Buffer.from('x'))]]));
    forge('snapshot', ['meta'], new Map([[name, entry], ...meta]));
    collection.settleTimestamp();
    // A record of a base role under its own name is one of that role.
    const taken = name === 'root' || name === 'targets';
    if (taken) expect(meta.has(name)).toBe(true);
    const { targets } = await update(reader);
    expect([...targets.keys()].sort()).toEqual(['targets', 'targets/a', 'targets/a/b', 'targets/c']);
    expect(collection.server.asked.filter((resource) => resource === name)).toEqual(
      ['root', 'snapshot', 'timestamp', 'targets'].includes(name) ? [name] : [],
    );
    expect([...reader.cache.files.keys()].sort()).toEqual([
      'root',
      'snapshot',
      'targets',
      'targets/a',
      'targets/a/b',
      'targets/c',
      'timestamp',
    ]);
  });
});

describe('G15 a graph that is no tree', () => {
  beforeEach(() => begin(['targets/a', 'targets/a/b', 'targets/c']));

  const graphs: readonly (readonly [what: string, parent: string, name: string])[] = [
    ['a role that lists itself', 'targets/a', 'targets/a'],
    ['a role that lists its parent', 'targets/a/b', 'targets/a'],
    ['a role that lists targets', 'targets/a', 'targets'],
    ['a role that lists the root', 'targets/a', 'root'],
    ['a role that lists its sister', 'targets/c', 'targets/a'],
    ['a role that lists a role below its sister', 'targets/c', 'targets/a/b'],
    ['a role that lists a grandchild', 'targets', 'targets/a/b'],
    ['a role that lists its own grandchild', 'targets/a', 'targets/a/b/d'],
    ['a role with a prefix of its name', 'targets/c', 'targets/cc'],
    ['a cycle of three', 'targets/a/b', 'targets/c'],
    ['a diamond', 'targets/a', 'targets/c/b'],
    ['a role under a name that is not there', 'targets', 'targets/x/y'],
  ];

  it.each(graphs)('a graph that is no tree is refused: %s', async (_, parent, name) => {
    const entry = entriesOf(parent)[0] ?? entriesOf('targets')[0] ?? new Map();
    const keys = (collection.content('targets').get('delegations') as JsonObject).get('keys') ?? null;
    if (entriesOf(parent).length === 0) collection.edit(parent, ['delegations', 'keys'], keys);
    setEntries(parent, [...entriesOf(parent), edited(entry, ['name'], name)]);
    const error = await refusal();
    expect(error).toMatchObject({ code: 'INVALID_METADATA', details: { role: parent, gun: forgedGun } });
    expect(error.message).toContain(`delegation role ${name} invalid`);
  });

  it.each([2, 3, 5000])('a graph with a role %i times in one list is refused', async (count) => {
    const [first] = entriesOf('targets');
    setEntries(
      'targets',
      Array.from({ length: count }, () => first ?? null),
    );
    expect((await refusal()).message).toContain('delegation targets/a is listed twice');
  });

  it('a graph with a role twice in one list, with other keys, is refused', async () => {
    const [first, second] = entriesOf('targets');
    setEntries('targets', [first ?? null, edited(second ?? new Map(), ['name'], 'targets/a')]);
    expect((await refusal()).code).toBe('INVALID_METADATA');
  });

  it.each([
    ['null for the entry', null],
    ['a name for the entry', 'targets/a'],
    ['a list for the entry', []],
    ['an empty entry', new Map()],
    ['a number for the name', new Map([['name', 1]])],
  ] as readonly (readonly [string, JsonValue])[])(
    'a graph that is no tree is refused: %s',
    async (_, entry) => {
      setEntries('targets', [entry]);
      expect((await refusal()).code).toMatch(/^(MALFORMED_JSON|INVALID_METADATA)$/);
    },
  );
});

describe('G15 a large tree', () => {
  it('a tree 60 levels deep is read to its end', async () => {
    const chain = Array.from({ length: 60 }, (_, depth) => `targets${'/d'.repeat(depth + 1)}`);
    begin(chain);
    expect([...(await update(reader)).targets.keys()]).toEqual(['targets', ...chain]);
    expect(collection.server.asked.filter((role) => role.startsWith('targets'))).toEqual([
      'targets',
      ...chain,
    ]);
  });

  it('a tree 400 wide is read with each file fetched once', async () => {
    const wide = Array.from({ length: 400 }, (_, index) => `targets/w${index}`);
    begin(wide);
    expect([...(await update(reader)).targets.keys()]).toEqual(['targets', ...wide]);
    expect(collection.server.asked.filter((role) => role.startsWith('targets/'))).toEqual(wide);
  });

  const announce = (role: string, length: number) => {
    collection.settle();
    collection.edit('snapshot', ['meta', role, 'length'], length);
    collection.settleTimestamp();
  };

  it.each([100 * 2 ** 20 + 1, 2 ** 31, 2 ** 53 - 1])(
    'a large tree is refused before it is fetched when a file is announced with %i bytes',
    async (length) => {
      begin(['targets/a', 'targets/b']);
      announce('targets/a', length);
      const { code, message } = await refusal();
      expect([code, message]).toEqual([
        'INVALID_METADATA',
        expect.stringMatching(/ is too large to be read\)/),
      ]);
      expect(collection.server.asked).not.toContain('targets/a');
    },
  );

  it('a file for which there is no room in 256 MiB is not fetched', async () => {
    const names = ['targets/a', 'targets/b', 'targets/c', 'targets/d', 'targets/e'];
    begin(names);
    collection.settle();
    for (const name of names) collection.edit('snapshot', ['meta', name, 'length'], 60 * 2 ** 20);
    collection.settleTimestamp();
    expect((await refusal()).message).toMatch(
      /all targets metadata of docker\.io\/alice\/demo of \d+ bytes is too large to be read\)/,
    );
    expect(collection.server.asked.filter((role) => role.startsWith('targets/'))).toEqual(names.slice(1));
  });

  it.each([0, -1, -(2 ** 40)])(
    'a large tree is refused when a file is announced with %i bytes',
    async (length) => {
      begin(['targets/a', 'targets/b']);
      announce('targets/a', length);
      expect((await refusal()).code).toBe('MALICIOUS_SERVER');
    },
  );

  it('a large tree has no more under way than 64 MiB are announced for', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `targets/r${index}`);
    begin(names);
    for (const name of names) collection.edit('snapshot', ['meta', name, 'length'], 20 * 2 ** 20);
    collection.settleTimestamp();
    let underWay = 0;
    let most = 0;
    const get = async (resource: string, limit: number) => {
      if (resource.startsWith('targets/')) most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      const bytes = await reader.remote.get(resource, limit);
      if (resource.startsWith('targets/')) underWay--;
      return bytes;
    };
    const { targets } = await update({ ...reader, remote: { ...reader.remote, get } });
    expect(targets.size).toBe(9);
    expect(most).toBe(3);
  });
});

describe('G15 the order of search and the paths that are left', () => {
  interface Plan {
    readonly paths?: readonly string[];
    readonly targets?: readonly string[];
  }

  /** Fills roles and restricts them; what is listed then, by name. */
  async function listed(plan: Readonly<Record<string, Plan>>): Promise<Readonly<Record<string, string>>> {
    const full: Readonly<Record<string, Plan>> = { targets: {}, ...plan };
    begin(Object.keys(plan).filter((role) => role !== 'targets'));
    for (const [role, { paths = [''], targets = [] }] of Object.entries(full)) {
      const metas = new Map(targets.map((name) => [name, fileMetaOf(Buffer.from(`${name} of ${role}`))]));
      forge(role, ['targets'], fileMetasToJson(metas));
      if (role !== 'targets') collection.editDelegation(role, (entry) => new Map(entry).set('paths', paths));
    }
    collection.settle();
    return Object.fromEntries(
      (await listTargets(reader, { roles: [] })).map(({ name, role }) => [name, role]),
    );
  }

  const t = ['t'];
  const cases: readonly (readonly [
    what: string,
    plan: Readonly<Record<string, Plan>>,
    found: Readonly<Record<string, string>>,
  ])[] = [
    ['targets before all others', { targets: { targets: t }, 'targets/a': { targets: t } }, { t: 'targets' }],
    [
      'the first of two sisters',
      { 'targets/a': { targets: t }, 'targets/b': { targets: t } },
      { t: 'targets/a' },
    ],
    [
      'the order of the list, not of the alphabet',
      { 'targets/b': { targets: t }, 'targets/a': { targets: t } },
      { t: 'targets/b' },
    ],
    [
      'an aunt before a niece',
      { 'targets/a': {}, 'targets/a/x': { targets: t }, 'targets/b': { targets: t } },
      { t: 'targets/b' },
    ],
    [
      'the child of the first sister before that of the second',
      { 'targets/b': {}, 'targets/a': {}, 'targets/a/x': { targets: t }, 'targets/b/x': { targets: t } },
      { t: 'targets/b/x' },
    ],
    [
      'a sister who may not sign it is passed over',
      { 'targets/a': { paths: ['u'], targets: t }, 'targets/b': { targets: t } },
      { t: 'targets/b' },
    ],
    ['nobody who may sign it', { 'targets/a': { paths: ['u'], targets: t } }, {}],
    ['no paths', { 'targets/a': { paths: [], targets: t } }, {}],
    [
      'a child with more than its parent',
      { 'targets/a': { paths: ['t/'] }, 'targets/a/b': { paths: ['t'], targets: ['t/1'] } },
      {},
    ],
    [
      'a child with less than its parent',
      { 'targets/a': { paths: ['t'] }, 'targets/a/b': { paths: ['t/'], targets: ['t/1', 't'] } },
      { 't/1': 'targets/a/b' },
    ],
    ['a child of a role without paths', { 'targets/a': { paths: [] }, 'targets/a/b': { targets: t } }, {}],
    [
      'a grandchild, cut twice',
      {
        'targets/a': { paths: ['x/'] },
        'targets/a/b': { paths: ['x/y/'] },
        'targets/a/b/c': { paths: ['x/y/z', 'x/'], targets: ['x/y/z1', 'x/q'] },
      },
      { 'x/y/z1': 'targets/a/b/c' },
    ],
    ['a path that is no prefix', { 'targets/a': { paths: ['b'], targets: ['ab', 'b'] } }, { b: 'targets/a' }],
    [
      'a star, which is a letter',
      { 'targets/a': { paths: ['*', 't*'], targets: ['t', 't*', '*x'] } },
      { 't*': 'targets/a', '*x': 'targets/a' },
    ],
    [
      'a path that leads out',
      { 'targets/a': { paths: ['a/'], targets: ['a/../b', 'b'] } },
      { 'a/../b': 'targets/a' },
    ],
    ['capitals', { 'targets/a': { paths: ['T'], targets: ['t', 'T'] } }, { T: 'targets/a' }],
    [
      'two forms of one letter',
      { 'targets/a': { paths: ['\u00e9'], targets: ['e\u0301', '\u00e9'] } },
      { '\u00e9': 'targets/a' },
    ],
    [
      'names of object members',
      { 'targets/a': { targets: ['__proto__', 'constructor', 'toString', 'hasOwnProperty'] } },
      {
        ['__proto__']: 'targets/a',
        constructor: 'targets/a',
        toString: 'targets/a',
        hasOwnProperty: 'targets/a',
      },
    ],
    ['an empty name', { 'targets/a': { targets: [''] } }, { '': 'targets/a' }],
    [
      'a name of control characters',
      { 'targets/a': { targets: ['\u001b[31mred', '\u0000', '\u202e'] } },
      { '\u001b[31mred': 'targets/a', '\u0000': 'targets/a', '\u202e': 'targets/a' },
    ],
  ];

  it.each(cases)('the search finds %s', async (_, plan, found) => {
    expect(Object.entries(await listed(plan)).sort()).toEqual(Object.entries(found).sort());
  });
});
