import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/encoding/canonical-json.ts';
import { readJsonWithText } from '../../src/encoding/json.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import { isNotaryError } from '../../src/errors.ts';
import { fixture, fixturesIn } from '../support/fixture-files.ts';
import { forCases, runs, share } from '../support/seeded-random.ts';
import { documents, mutate } from './mutated-json.ts';
import { randomJson } from './random-json.ts';

/** Whether the reader gives the text of `signed` as it stands; throws where that is not the canonical form. */
function judge(bytes: Uint8Array): 'as it stands' | 'written anew' | 'refused' {
  let read: ReturnType<typeof readJsonWithText>;
  try {
    read = readJsonWithText(bytes, 'signed');
  } catch (error) {
    if (isNotaryError(error)) return 'refused';
    throw error;
  }
  if (read.text === undefined) return 'written anew';
  const signed = (read.value as JsonObject).get('signed') as JsonValue;
  expect(Buffer.from(read.text).toString()).toBe(canonicalJson(signed));
  return 'as it stands';
}

describe('G8 the text of a file that is verified as it stands', () => {
  const files = fixturesIn('metadata').map(fixture);
  const count = runs(40_000);

  it('the text of a file that is verified as it stands is that of every genuine file without escapes', () => {
    expect(files.length).toBeGreaterThan(10);
    for (const file of files.filter((one) => !one.includes('\\'))) expect(judge(file)).toBe('as it stands');
  });

  it(`the text of a file that is verified as it stands is the canonical form in each of ${count} mutated documents`, () => {
    const corpus = documents(files);
    const met = { 'as it stands': 0, 'written anew': 0, refused: 0 };
    forCases('texts of mutated documents', count, (random) => {
      const bytes = mutate(random.pick(corpus), random);
      try {
        met[judge(bytes)]++;
      } catch (cause) {
        throw new Error(bytes.toString(), { cause });
      }
    });
    for (const times of Object.values(met)) expect(times).toBeGreaterThan(share(count, 0.005));
  });

  it(`the text of a file that is verified as it stands is the canonical form in each of ${count} random documents, in whatever form they are written`, () => {
    const met = { 'as it stands': 0, 'written anew': 0, refused: 0 };
    forCases('texts of random documents', count, (random) => {
      const value = randomJson(random);
      const text = random.pick([
        canonicalJson(value),
        JSON.stringify(plain(value)),
        ` ${canonicalJson(value)}`,
      ]);
      met[judge(Buffer.from(`{"a":[1, 2],"signed":${text},"z":"\\n"}`))]++;
    });
    expect(met['as it stands']).toBeGreaterThan(share(count, 0.01));
    expect(met['written anew']).toBeGreaterThan(share(count, 0.01));
  });
});

function plain(value: JsonValue): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...(value as JsonObject)].map(([name, member]) => [name, plain(member)]));
  }
  return Array.isArray(value) ? value.map((item: JsonValue) => plain(item)) : value;
}
