import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { keyId } from '../../src/crypto/keys/public-key.ts';
import { verifySignature } from '../../src/crypto/signatures/verify.ts';
import { canonicalJson } from '../../src/encoding/canonical-json.ts';
import { readJson } from '../../src/encoding/json.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import { baseRole, parseRoot } from '../../src/metadata/root.ts';
import { buildEnvelope, parseEnvelope, signedMessage } from '../../src/metadata/signed.ts';
import { fixturePath } from '../support/fixture-files.ts';
import { plain } from '../support/json-documents.ts';
import { forCases, runs } from '../support/seeded-random.ts';
import { randomJson } from './random-json.ts';

const recorded = (name: string): readonly Buffer[] =>
  readFileSync(fixturePath(`canonical/${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Buffer.from(line));

const namesIn = (file: Buffer): readonly string[] => [
  ...(parseEnvelope(file).signed.get('targets') as JsonObject).keys(),
];

describe('G8 names and custom data that the genuine client has signed', () => {
  const { keys } = baseRole(
    parseRoot(parseEnvelope(readFileSync(fixturePath('canonical/root.json')))).content,
    'targets',
  );

  /** Signatures are over Go's bytes: they verify when ours are the same. */
  function isSignedByGo(file: Buffer): boolean {
    const { signed, signatures } = parseEnvelope(file);
    return signatures.some(({ keyId: id, method, signature }) => {
      const key = keys.get(id);
      return (
        key !== undefined &&
        keyId(key) === id &&
        verifySignature(key, method, signedMessage(signed), signature)
      );
    });
  }

  /** The items of all bad files of one direction. */
  const suspects = (files: readonly Buffer[], isGood: (file: Buffer) => boolean): ReadonlySet<string> =>
    new Set(files.filter((file) => !isGood(file)).flatMap(namesIn));

  /** Items that stand where a bad row and a bad column meet. */
  function culprits(isGood: (file: Buffer) => boolean): readonly string[] {
    const bad = suspects(recorded('columns'), isGood);
    return [...suspects(recorded('rows'), isGood)].filter((name) => bad.has(name));
  }

  it('names and custom data that the genuine client has signed are more than three thousand, each in a row and in a column', () => {
    const [rows, columns] = ['rows', 'columns'].map((name) => recorded(name).flatMap(namesIn));
    expect(rows?.length).toBeGreaterThan(3000);
    expect(new Set(rows).size).toBe(rows?.length);
    expect([...(columns ?? [])].sort()).toEqual([...(rows ?? [])].sort());
  });

  it('names and custom data that the genuine client has signed have the same canonical bytes here', () => {
    expect(culprits(isSignedByGo)).toEqual([]);
  });

  it('names and custom data that the genuine client has signed have the same bytes in files here', () => {
    const isRewritten = (file: Buffer) => {
      const { signed, signatures } = parseEnvelope(file);
      return file.equals(buildEnvelope(signed, signatures).bytes);
    };
    expect(culprits(isRewritten)).toEqual([]);
  });

  it('the vectors would show a name that is encoded in another way', () => {
    const [odd] = namesIn(recorded('rows')[7] ?? Buffer.alloc(0));
    const differs = (file: Buffer) => !namesIn(file).includes(odd ?? '');
    expect(culprits(differs)).toEqual([odd]);
  });
});

/** The rules of the Go encoder, written over bytes. */
function model(value: JsonValue): Buffer {
  if (typeof value === 'string') return modelText(value);
  if (typeof value === 'number') return Buffer.from(BigInt(value).toString());
  if (value === null || typeof value === 'boolean') return Buffer.from(String(value));
  const parts: Buffer[] = [];
  if (value instanceof Map) {
    const members = [...(value as JsonObject)].map(([name, member]) => ({ name: Buffer.from(name), member }));
    members.sort((a, b) => Buffer.compare(a.name, b.name));
    for (const { name, member } of members)
      parts.push(
        Buffer.from(parts.length === 0 ? '{' : ','),
        modelText(name.toString()),
        Buffer.from(':'),
        model(member),
      );
    return Buffer.concat([...(parts.length === 0 ? [Buffer.from('{')] : parts), Buffer.from('}')]);
  }
  for (const item of value as readonly JsonValue[])
    parts.push(Buffer.from(parts.length === 0 ? '[' : ','), model(item));
  return Buffer.concat([...(parts.length === 0 ? [Buffer.from('[')] : parts), Buffer.from(']')]);
}

function modelText(text: string): Buffer {
  const bytes: number[] = [0x22];
  for (const byte of Buffer.from(text)) {
    if (byte === 0x22 || byte === 0x5c) bytes.push(0x5c);
    bytes.push(byte);
  }
  bytes.push(0x22);
  return Buffer.from(bytes);
}

/** What RFC 8785 and Notary write alike: no control characters, numbers that print plainly, names of one order. */
function isCommonGround(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (typeof value === 'string') return !/[\u0000-\u001f]/.test(value);
  if (value instanceof Map)
    return [...(value as JsonObject)].every(
      ([name, member]) => isCommonGround(name) && !/[\ue000-\uffff]/.test(name) && isCommonGround(member),
    );
  return !Array.isArray(value) || (value as readonly JsonValue[]).every(isCommonGround);
}

describe('G8 random objects in canonical form', () => {
  const count = runs(100_000);
  let alike = 0;

  it(`random objects (${count}) come out byte for byte as the rules say, and as RFC 8785 says where both agree`, () => {
    forCases('canonical JSON', count, (random) => {
      const value = randomJson(random);
      const text = canonicalJson(value);
      if (!model(value).equals(Buffer.from(text))) throw new Error(`${text} differs from the model`);
      if (!isCommonGround(value)) return;
      alike++;
      if (canonicalize(plain(value)) !== text) throw new Error(`${text} differs from RFC 8785`);
    });
    expect(alike).toBeGreaterThan(count / 20);
  });

  it('random objects in canonical form are read again as what they were, when no control character stands in the way', () => {
    forCases('canonical JSON', Math.ceil(count / 10), (random) => {
      const value = randomJson(random);
      if (!isCommonGround(value)) return;
      expect(readJson(Buffer.from(canonicalJson(value)))).toEqual(value);
    });
  });
});
