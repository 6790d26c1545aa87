/** Chains of roots that a server offers: each step must be vouched for by the last one and by itself, in order. */

import { describe, expect, it } from 'vitest';
import { boundedRemote } from '../../src/client/fetch/download-limit.ts';
import { update } from '../../src/client/update/update.ts';
import { isNotaryError } from '../../src/errors.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { past, type Signer } from '../support/metadata-author.ts';

const maker = new ForgedCollection({ version: 1 });
const named = new Map<string, Signer>();

/** Root keys by letter; in capitals the letter's key under a second certificate; `!x` has another GUN's. */
function key(letter: string): Signer {
  const found = named.get(letter);
  if (found !== undefined) return found;
  const made = letter.startsWith('!')
    ? new ForgedCollection({ gun: 'docker.io/mallory/demo' }).rootSigner(key(letter.slice(1)).key)
    : letter === letter.toLowerCase()
      ? maker.rootSigner()
      : maker.rootSigner(key(letter.toLowerCase()).key);
  named.set(letter, made);
  return made;
}

const keysOf = (letters: string) => (letters.match(/!?./g) ?? []).map(key);

/** One root: its keys, who signed it, and what is odd. `keys/signers`, then `:threshold`, `@version`, `~` for expired. */
interface Step {
  readonly keys: readonly Signer[];
  readonly signers: readonly Signer[];
  readonly threshold: number;
  readonly version: number | undefined;
  readonly expired: boolean;
}

function parseStep(text: string): Step {
  const [, keys = '', signers = '', threshold = '1', version, expired] =
    /^([^/]*)\/([^:@~]*)(?::(\d+))?(?:@(\d+))?(~)?$/.exec(text) ?? [];
  return {
    ...{ keys: keysOf(keys), signers: keysOf(signers), threshold: Number(threshold) },
    ...{ version: version === undefined ? undefined : Number(version), expired: expired !== undefined },
  };
}

function add(collection: ForgedCollection, { keys, signers, threshold, version, expired }: Step): void {
  if (version !== undefined) {
    collection.contents.set('root', new Map(collection.content('root')).set('version', version - 1));
  }
  collection.rotateRoot(keys, signers, { threshold, ...(expired && { expires: past }) });
}

/** A collection whose root history begins with the first step, a reader of it, and then all others. */
async function follow(
  history: string,
  tamper?: (collection: ForgedCollection) => void,
): Promise<{ reader: Actor; outcome: number | string; collection: ForgedCollection }> {
  const [first = '', ...rest] = history.split(' ').map((text) => text.trim());
  const collection = new ForgedCollection({ version: 1 });
  const begin = parseStep(first);
  collection.contents.set('root', new Map(collection.content('root')).set('version', 0));
  add(collection, begin);
  const reader = actor(collection.server, memoryClock(), forgedGun);
  await update(reader);
  const trusted = reader.cache.files.get('root');
  for (const text of rest) add(collection, parseStep(text));
  tamper?.(collection);
  const outcome = await update(reader).then(
    ({ root }) => root.content.version,
    (error: unknown) => {
      if (!isNotaryError(error)) throw error;
      expect(error.details['gun']).toBe(forgedGun);
      expect(error.message).toMatch(/^[^\p{Cc}]+$/u);
      return error.code;
    },
  );
  if (typeof outcome === 'string') expect(reader.cache.files.get('root')).toEqual(trusted);
  else expect(reader.cache.files.get('root')).toEqual(collection.files.get('root'));
  return { reader, outcome, collection };
}

describe('G13 a sequence of roots', () => {
  const cases: readonly (readonly [history: string, expected: number | string, why: string])[] = [
    // What it comes to, and why.
    ['a/a a/a', 2, 'the same key again'],
    ['a/a b/ab', 2, 'a new key, signed by both'],
    ['a/a b/b', 'ROOT_ROTATION', 'a new key, not signed by the old one'],
    ['a/a b/a', 'ROOT_VALIDATION', 'a new key that has not signed itself'],
    ['a/a b/', 'ROOT_ROTATION', 'a new key and no signature'],
    ['a/a b/c', 'ROOT_ROTATION', 'a new key, signed by a stranger'],
    ['a/a b/ac', 'ROOT_VALIDATION', 'a new key, signed by the old one and a stranger'],
    ['a/a b/abc', 2, 'a new key, signed by both and a stranger'],
    ['a/a b/ab a/ab', 3, 'the key swapped and swapped back, each step signed by both'],
    ['a/a b/ab a/a', 3, 'the key swapped back, and the trusted one has signed the newest'],
    ['a/a b/ab c/bc', 3, 'two rotations'],
    ['a/a b/ab c/bc d/cd', 4, 'three rotations'],
    ['a/a b/ab c/bc d/cd e/de', 5, 'four rotations'],
    ['a/a b/ab c/ac', 3, 'the newest signed by the trusted key is taken at once'],
    ['a/a b/b c/ac', 3, 'whatever stands in between'],
    ['a/a b/ab c/ab', 'ROOT_VALIDATION', 'the newest has not signed itself'],
    ['a/a b/ab c/c', 'ROOT_ROTATION', 'the last step is not signed by the one before'],
    ['a/a b/b c/bc', 'ROOT_ROTATION', 'the first step is not signed by the trusted root'],
    ['a/a b/a c/bc', 'ROOT_VALIDATION', 'the first step has not signed itself'],
    ['a/a b/ab c/c d/cd', 'ROOT_ROTATION', 'a step in the middle is not signed by the one before'],
    ['a/a b/ab c/b d/cd', 'ROOT_VALIDATION', 'a step in the middle has not signed itself'],
    ['a/a b/ab~ c/bc', 3, 'a step in the middle has expired'],
    ['a/a b/ab~ c/bc~ d/cd', 4, 'all steps in the middle have expired'],
    ['a/a b/ab c/bc~', 'EXPIRED', 'the newest has expired'],
    ['a/a b/ab~', 'EXPIRED', 'the next one has expired'],
    ['a/a a/a~', 'EXPIRED', 'the same key with an end in the past'],
    ['a/a abc/abc:2', 2, 'the threshold goes up to two of three'],
    ['a/a abc/ab:2', 2, 'the threshold goes up, and two have signed'],
    ['a/a abc/a:2', 'ROOT_VALIDATION', 'the threshold goes up, and one has signed'],
    ['a/a abc/bc:2', 'ROOT_ROTATION', 'the threshold goes up, and the old key has not signed'],
    ['a/a abc/abc:3', 2, 'the threshold goes up to three of three'],
    ['a/a ab/ab:3', 'ROOT_VALIDATION', 'the threshold is more than there are keys'],
    ['abc/abc:2 a/ab:1', 2, 'the threshold goes down, and two have signed'],
    ['abc/abc:2 a/a:1', 'ROOT_ROTATION', 'the threshold goes down, and one has signed'],
    ['abc/abc:2 d/abd:1', 2, 'two of three hand over to a new key'],
    ['abc/abc:2 d/ad:1', 'ROOT_ROTATION', 'one of three hands over to a new key'],
    ['abc/abc:2 d/aad:1', 'ROLE_THRESHOLD', 'one of three hands over twice'],
    ['ab/ab:2 ac/abc:2', 2, 'one of two keys is replaced'],
    ['ab/ab:2 ac/ac:2', 'ROOT_ROTATION', 'one of two keys is replaced without its own signature'],
    ['ab/ab:2 cd/abcd:2 ef/cdef:2', 3, 'both keys are replaced twice'],
    ['ab/ab:2 cd/abcd:2 ef/cef:2', 'ROOT_ROTATION', 'both keys are replaced twice, and one signature lacks'],
    ['ab/ab:1 a/b:1', 'ROOT_VALIDATION', 'the key that goes signs, the one that stays does not'],
    ['ab/ab:1 c/bc:1', 2, 'either of two keys hands over'],
    ['aA/aA:1 b/ab:1', 2, 'a key under two certificates hands over'],
    ['a/a aA/aA:2', 'ROOT_VALIDATION', 'a key under two certificates is not two keys'],
    ['a/a aA/aA:1', 2, 'a key under two certificates is one'],
    ['a/a A/A', 'ROOT_ROTATION', 'another certificate of the key is not the one that was trusted'],
    ['a/a A/aA', 2, 'another certificate of the key, and both have signed'],
    ['a/a !b/a!b', 'ROOT_VALIDATION', 'a certificate for another GUN'],
    ['a/a b!c/ab!c:1', 2, 'a certificate for another GUN beside one for this'],
    ['a/a b!c/ab!c:2', 'ROOT_VALIDATION', 'a certificate for another GUN does not count'],
    ['a/a !b/a!b c/ac', 3, 'a certificate for another GUN in between, passed over by the trusted key'],
    ['a/a !b/a!b c/bc', 'ROOT_VALIDATION', 'a certificate for another GUN in between'],
    ['a/a b/ab@3', 3, 'a version is left out, and the trusted key has signed'],
    ['a/a b/ab c/bc@9', 'REPOSITORY_NOT_EXIST', 'versions are left out that would be needed'],
    ['a/a b/ab@2147483647', 2147483647, 'the last version, signed by the trusted key'],
    ['a/a b/b@1027', 'ROOT_ROTATION', 'a thousand roots in between, none of which is there'],
    ['a/a b/b@2147483647', 'ROOT_ROTATION', 'more roots in between than anybody follows'],
    ['a/a b/b@9007199254740991', 'ROOT_ROTATION', 'more roots in between than there are'],
  ];
  const titled = cases.map(
    ([history, expected, why]) => [`${history} comes to ${expected}: ${why}`, history, expected] as const,
  );

  it.each(titled)('the sequence of roots is judged as it should be: %s', async (_, history, expected) => {
    // A chain with gaps ends at the first root that is not there.
    const { outcome } = await follow(history);
    if (history === 'a/a b/b@1027') expect(outcome).toMatch(/^(ROOT_ROTATION|REPOSITORY_NOT_EXIST)$/);
    else expect(outcome).toBe(expected);
  });
});

describe('G13 roots of a chain that the server has exchanged', () => {
  const history = 'a/a b/ab c/bc d/cd';
  const put =
    (resource: string, bytes: (collection: ForgedCollection) => Uint8Array | undefined) =>
    (collection: ForgedCollection) => {
      const made = bytes(collection);
      if (made === undefined) collection.files.delete(resource);
      else collection.files.set(resource, made);
    };
  const other = new ForgedCollection({ gun: 'docker.io/mallory/demo', version: 2 });

  it.each([
    ['2.root gone', put('2.root', () => undefined), 'REPOSITORY_NOT_EXIST'],
    ['3.root gone', put('3.root', () => undefined), 'REPOSITORY_NOT_EXIST'],
    ['4.root gone, which is not asked for', put('4.root', () => undefined), 4],
    ['1.root gone, which is not asked for', put('1.root', () => undefined), 4],
    ['the first one for the second', put('2.root', ({ files }) => files.get('1.root')), 'LOW_VERSION'],
    ['the third one for the second', put('2.root', ({ files }) => files.get('3.root')), 'ROOT_ROTATION'],
    ['the second one for the third', put('3.root', ({ files }) => files.get('2.root')), 'LOW_VERSION'],
    ['the newest one for the third', put('3.root', ({ files }) => files.get('4.root')), 'ROOT_ROTATION'],
    ['a timestamp for the second', put('2.root', ({ files }) => files.get('timestamp')), 'INVALID_METADATA'],
    ['nothing for the second', put('2.root', () => new Uint8Array()), 'MALFORMED_JSON'],
    ['words for the third', put('3.root', () => Buffer.from('root')), 'MALFORMED_JSON'],
    ['brackets for the third', put('3.root', () => Buffer.alloc(100_000, '[')), 'MALFORMED_JSON'],
    [
      'the root of another GUN for the second',
      put('2.root', () => other.files.get('root')),
      'ROOT_VALIDATION',
    ],
    [
      'a blank behind the second',
      put('2.root', ({ files }) => Buffer.concat([files.get('2.root') ?? Buffer.of(), Buffer.from(' ')])),
      4,
    ],
    [
      'the second with its signatures twice',
      put('2.root', ({ files }) =>
        Buffer.from(
          Buffer.from(files.get('2.root') ?? [])
            .toString()
            .replace(/"signatures":\[(.*)\]}$/, '"signatures":[$1,$1]}'),
        ),
      ),
      'ROLE_THRESHOLD',
    ],
    [
      'a third of another version that was signed',
      (collection: ForgedCollection) => {
        const kept = { content: collection.content('root'), file: collection.files.get('root') };
        collection.contents.set('root', new Map(collection.content('root')).set('version', 4));
        collection.seal('root', keysOf('bcd'));
        collection.files.set('3.root', collection.files.get('root') ?? new Uint8Array());
        collection.contents.set('root', kept.content);
        collection.files.set('root', kept.file ?? new Uint8Array());
      },
      'ROOT_ROTATION',
    ],
  ] as const)('the changed chain is judged as it should be: %s: %s', async (_, tamper, expected) => {
    const { outcome } = await follow(history, tamper);
    expect(outcome).toBe(expected);
  });

  it.each([404, 400, 401, 403, 500, 301] as const)(
    'a status of %i for a root on the way ends the chain',
    async (status) => {
      const { outcome, reader, collection } = await follow(history, ({ server }) =>
        server.statuses.set('3.root', status),
      );
      expect(outcome).toMatch(/^[A-Z_]+$/);
      collection.server.statuses.clear();
      expect((await update(reader)).root.content.version).toBe(4);
    },
  );
});

describe('G13 a long chain of roots', () => {
  /** Roots by turns of two keys, so that each is signed by the one before and the newest not by the first. */
  function long(steps: number): ForgedCollection {
    const collection = new ForgedCollection({ version: 1 });
    collection.contents.set('root', new Map(collection.content('root')).set('version', 0));
    add(collection, parseStep('a/a'));
    const first = new Map(collection.files);
    for (let at = 0; at < steps; at++) add(collection, parseStep(at % 2 === 0 ? 'b/bc' : 'c/bc'));
    collection.files.set('2.root', sealedBy(collection, 'b/abc', 2));
    collection.files.set('first', first.get('root') ?? new Uint8Array());
    return collection;
  }

  function sealedBy(collection: ForgedCollection, step: string, version: number): Uint8Array {
    const kept = { content: collection.content('root'), file: collection.files.get('root') };
    const { keys, signers } = parseStep(step);
    collection.contents.set('root', new Map(collection.content('root')).set('version', version - 1));
    collection.rotateRoot(keys, signers);
    const bytes = collection.files.get('root') ?? new Uint8Array();
    collection.contents.set('root', kept.content);
    collection.files.set('root', kept.file ?? new Uint8Array());
    collection.settle();
    return bytes;
  }

  function behind(collection: ForgedCollection): Actor {
    const reader = actor(collection.server, memoryClock(), forgedGun);
    reader.cache.files.set('root', collection.files.get('first') ?? new Uint8Array());
    return reader;
  }

  const asked = ({ server }: ForgedCollection) =>
    server.asked.filter((resource) => /^\d+\.root$/.test(resource));

  it.each([2, 3, 15, 16, 17, 33, 100])(
    'a long chain of roots of %i more is followed to its end',
    async (steps) => {
      const collection = long(steps);
      expect((await update(behind(collection))).root.content.version).toBe(steps + 1);
      expect(asked(collection)).toHaveLength(steps - 1);
    },
  );

  it('a long chain of roots is fetched no further than a few roots beyond the first that does not verify', async () => {
    const collection = long(100);
    collection.files.set('5.root', collection.files.get('3.root') ?? new Uint8Array());
    await expect(update(behind(collection))).rejects.toMatchObject({ code: 'LOW_VERSION' });
    expect(asked(collection).length).toBeLessThanOrEqual(16);
  });

  it('a long chain of roots has no more than 16 roots under way', async () => {
    const collection = long(60);
    const reader = behind(collection);
    let underWay = 0;
    let most = 0;
    const remote = {
      ...reader.remote,
      get: async (resource: string, limit: number) => {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setImmediate(resolve));
        try {
          return await reader.remote.get(resource, limit);
        } finally {
          underWay--;
        }
      },
    };
    expect((await update({ ...reader, remote })).root.content.version).toBe(61);
    expect(most).toBeGreaterThan(8);
    expect(most).toBeLessThanOrEqual(17);
  });

  it('a long chain of roots takes no root on the way that is much larger than all others', async () => {
    const collection = long(5);
    collection.files.set(
      '4.root',
      Buffer.concat([collection.files.get('4.root') ?? Buffer.of(), Buffer.alloc(5 * 1024 * 1024, ' ')]),
    );
    await expect(update(behind(collection))).rejects.toMatchObject({ code: 'MALICIOUS_SERVER' });
  });

  it.each([1024, 1025, 1026, 1027, 5000])(
    'a long chain of roots is not begun when its newest root is version %i and more than 1,024 lie between',
    async (version) => {
      const collection = long(3);
      collection.contents.set('root', new Map(collection.content('root')).set('version', version - 1));
      add(collection, parseStep('d/d'));
      const code = version > 1026 ? 'ROOT_ROTATION' : 'REPOSITORY_NOT_EXIST';
      await expect(update(behind(collection))).rejects.toMatchObject({ code });
      expect(asked(collection).length).toBeLessThanOrEqual(version > 1026 ? 0 : 16);
    },
  );

  it('a long chain of roots ends when the server has sent more than one run takes', async () => {
    const { remote, gun } = behind(long(2));
    const bounded = boundedRemote({ ...remote, get: async () => Buffer.alloc(1000) }, gun, 2500);
    for (const resource of ['2.root', '3.root']) expect(await bounded.get(resource, 1e6)).toHaveLength(1000);
    for (let turn = 0; turn < 2; turn++) {
      await expect(bounded.get('4.root', 1e6)).rejects.toMatchObject({
        code: 'MALICIOUS_SERVER',
        details: { gun },
      });
    }
  });
});
