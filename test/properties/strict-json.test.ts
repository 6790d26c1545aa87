import { describe, expect, it } from 'vitest';
import { readJson } from '../../src/encoding/json.ts';
import type { JsonValue } from '../../src/encoding/json-value.ts';
import { isNotaryError } from '../../src/errors.ts';
import { fixture, fixturesIn } from '../support/fixture-files.ts';
import { forCases, Random, runs, share } from '../support/seeded-random.ts';
import { documents, mutate, repeatMember } from './mutated-json.ts';

/** What JSON.parse makes of the bytes, or undefined. */
function lax(bytes: Uint8Array): { readonly text: string; readonly value: unknown } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const token = /"(?:[^"\\]|\\.)*"|-?[0-9][-+.0-9eE]*|[{}[\]:,]|true|false|null/g;

type Reason = 'repeated name' | 'lone surrogate' | 'depth' | 'number';

/** Why the strict reader may refuse text that is JSON, found by another way of reading. */
function reasons(text: string): ReadonlySet<Reason> {
  const found = new Set<Reason>();
  const open: (Set<string> | undefined)[] = [];
  let isName = false;
  for (const [piece] of text.matchAll(token)) {
    const first = piece.charAt(0);
    if (first === '{' || first === '[') open.push(first === '{' ? new Set() : undefined);
    else if (first === '}' || first === ']') open.pop();
    else if (first === '"') {
      const string = JSON.parse(piece) as string;
      if (/[\ud800-\udfff]/u.test(string)) found.add('lone surrogate');
      const names = open.at(-1);
      if (isName && names !== undefined) {
        if (names.has(string)) found.add('repeated name');
        names.add(string);
      }
    } else if (/[-0-9]/.test(first)) {
      const number = Number(piece);
      if (!Number.isInteger(number) || Math.abs(number) >= 2 ** 63) found.add('number');
    }
    if (open.length > 64) found.add('depth');
    isName = first === '{' || (first === ',' && open.at(-1) !== undefined);
  }
  return found;
}

const wordings: readonly (readonly [RegExp, Reason])[] = [
  [/^repeated member name /, 'repeated name'],
  [/^lone surrogate /, 'lone surrogate'],
  [/^nested deeper than 64 levels$/, 'depth'],
  [/^number .* is not an integer$/, 'number'],
];

/** The same tree: no member more, none less, in the same order. */
function isSame(strict: JsonValue, parsed: unknown): boolean {
  if (strict instanceof Map) {
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return false;
    const members = strict as ReadonlyMap<string, JsonValue>;
    if (Object.keys(parsed).length !== members.size) return false;
    return [...members].every(
      ([name, member]) =>
        Object.hasOwn(parsed, name) && isSame(member, Object.getOwnPropertyDescriptor(parsed, name)?.value),
    );
  }
  if (Array.isArray(strict)) {
    const items = strict as readonly JsonValue[];
    return (
      Array.isArray(parsed) &&
      parsed.length === items.length &&
      items.every((item, at) => isSame(item, parsed[at]))
    );
  }
  return typeof strict === 'number' ? strict === parsed : Object.is(strict, parsed);
}

type Outcome = 'accepted' | 'no JSON' | Reason;

/** Reads the bytes both ways and throws where the strict reader is wrong. */
function judge(bytes: Uint8Array): Outcome {
  const parsed = lax(bytes);
  const allowed = parsed === undefined ? new Set<Reason>() : reasons(parsed.text);
  let strict: JsonValue;
  try {
    strict = readJson(bytes);
  } catch (error) {
    if (!isNotaryError(error, 'MALFORMED_JSON')) throw error;
    if (parsed === undefined) return 'no JSON';
    const reason = wordings.find(([wording]) => wording.test(error.message))?.[1];
    if (reason === undefined || !allowed.has(reason)) throw new Error(`refused for ${error.message}`);
    return reason;
  }
  if (parsed === undefined) throw new Error('accepted what JSON.parse refuses');
  if (allowed.size > 0) throw new Error(`accepted in spite of ${[...allowed].join(', ')}`);
  if (!isSame(strict, parsed.value)) throw new Error('read as something else');
  return 'accepted';
}

const corpus = documents([
  ...fixturesIn('metadata').map(fixture),
  ...fixturesIn('trust-dirs')
    .filter((name) => /\.(json|change)$/.test(name))
    .map(fixture),
  Buffer.from(
    '{\n\t"trust_dir": "~/.notary",\n\t"remote_server": {"url": "https://notary.test:4443", "root_ca": "ca.crt"},\n\t"trust_pinning": {"certs": {"docker.io/*": ["ab"]}, "disable_tofu": false}\n}\n',
  ),
]);

describe('G7 mutated documents through the strict reader', () => {
  const count = runs(100_000);
  const outcomes = new Map<Outcome, number>();

  it('the strict reader reads the documents themselves as JSON.parse does', () => {
    expect(corpus.length).toBeGreaterThan(200);
    for (const document of corpus) expect(judge(document)).toBe('accepted');
  });

  it(`the strict reader is right about each of ${count} mutated documents`, () => {
    forCases('strict JSON', count, (random) => {
      const bytes = mutate(random.pick(corpus), random);
      try {
        const outcome = judge(bytes);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      } catch (cause) {
        throw new Error(`${(cause as Error).message}\n${bytes.toString()}`, { cause });
      }
    });
  });

  it('the strict reader has met every reason to refuse, and much that is fine', () => {
    const least = {
      accepted: 50,
      'no JSON': 200,
      'repeated name': 20,
      'lone surrogate': 2,
      depth: 5,
      number: 5,
    };
    for (const [outcome, perThousand] of Object.entries(least))
      expect([outcome, (outcomes.get(outcome as Outcome) ?? 0) >= share(count, perThousand / 1000)]).toEqual([
        outcome,
        true,
      ]);
  });
});

describe('G6 repeated names at any depth', () => {
  const count = runs(20_000);

  it(`repeated names at any depth are refused in each of ${count} documents, however the name is spelt`, () => {
    forCases('repeated names', count, (random) => {
      const repeated = repeatMember(random.pick(corpus), random);
      if (repeated === undefined) return;
      expect(lax(repeated)).toBeDefined();
      expect([judge(repeated), repeated.toString()]).toEqual(['repeated name', repeated.toString()]);
    });
  });

  it('repeated names at any depth can be put into nearly every document', () => {
    const random = new Random('where');
    const none = corpus.filter((document) => repeatMember(document, random) === undefined);
    expect(none.length).toBeLessThan(corpus.length / 4);
  });
});
