import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Change,
  delegationChange,
  delegationDeletion,
  parseChange,
  parseDelegationContent,
  parseRoleKeysContent,
  parseTargetContent,
  serialiseChange,
  targetCreation,
  targetDeletion,
  witnessChange,
} from '../../src/changelist/change.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { toBase64, utf8 } from '../../src/encoding/bytes.ts';
import { isNotaryError } from '../../src/errors.ts';
import { fixture, fixturesIn } from '../support/fixture-files.ts';
import { anyText, jsonValues, mapped } from '../support/json-documents.ts';
import { refusal } from '../support/refusal.ts';

const text = (change: Change) => Buffer.from(serialiseChange(change)).toString();
const content = (change: Change) => Buffer.from(change.content ?? []).toString();
const key = { keyType: 'ecdsa', value: 'QQ==' };
const withContent = (inner: string | undefined, type = 'target'): Change => ({
  ...{ action: 'create', scope: 'targets', type, path: 'v1' },
  content: inner === undefined ? undefined : Buffer.from(inner),
});

describe('a change file', () => {
  it('a change file is one line in the order of Notary, HTML escaped, without a newline', () => {
    const change = targetDeletion('targets/releases', '<a> & "b"\u2028');
    expect(text(change)).toBe(
      '{"action":"delete","role":"targets/releases","type":"target","path":"\\u003ca\\u003e \\u0026 \\"b\\"\\u2028","data":null}',
    );
  });

  it('a change file reads back to what it was made from, whatever it holds', () => {
    const change = fc.record({
      ...{ action: anyText, scope: anyText, type: anyText, path: anyText },
      content: fc.option(fc.uint8Array(), { nil: undefined }),
    });
    fc.assert(
      fc.property(change, (made) => {
        const bytes = serialiseChange(made);
        const read = parseChange(bytes);
        expect({ ...read, content: read.content && [...read.content] }).toEqual({
          ...made,
          content: made.content && [...made.content],
        });
        expect(text(read)).toBe(Buffer.from(bytes).toString());
      }),
      { numRuns: 1000 },
    );
  });

  it.each(fixturesIn('trust-dirs').filter((name) => name.endsWith('.change')))(
    'a change file of the genuine client is read and written again to the byte: %s',
    (name) => {
      expect(text(parseChange(fixture(name)))).toBe(fixture(name).toString());
    },
  );

  it('a change file takes members in any order, and those that it does not know', () => {
    expect(
      parseChange(Buffer.from(' {"data":"e30=","x":1,"path":"p","type":"t","role":"r","action":"a"}\n')),
    ).toEqual({
      ...{ action: 'a', scope: 'r', type: 't', path: 'p' },
      content: Buffer.from('{}'),
    });
  });

  it('a change file takes what is absent or null for nothing', () => {
    const nothing = { action: '', scope: '', type: '', path: '', content: undefined };
    expect(parseChange(Buffer.from('{}'))).toEqual(nothing);
    expect(
      parseChange(Buffer.from('{"action":null,"role":null,"type":null,"path":null,"data":null}')),
    ).toEqual(nothing);
    expect(parseChange(Buffer.from('{"scope":"targets","content":"e30="}'))).toEqual(nothing);
  });

  it.each([
    ['', 'unexpected end of JSON input'],
    ['junk', "invalid character 'j' looking for beginning of value"],
    ['[]', 'change is not an object'],
    ['null', 'change is not an object'],
    ['{"action":1}', 'action is not a string'],
    ['{"role":["targets"]}', 'role is not a string'],
    ['{"data":{}}', 'data is not a string'],
    ['{"data":"e30"}', 'data of a change is not base64'],
    ['{"data":"e30=\\n"}', 'data of a change is not base64'],
    ['{"action":"create","action":"delete"}', 'repeated member name "action"'],
  ])('a change file is refused when it is %j', (bytes, message) => {
    expect(() => parseChange(Buffer.from(bytes))).toThrow(refusal('MALFORMED_JSON', message));
  });
});

describe('a target to add', () => {
  const hashes = new Map([
    ['sha512', 'QkI='],
    ['sha256', 'QUE='],
  ]);

  it('a target to add is written as Go writes it: length, hashes by name, custom data if there is any', () => {
    expect(content(targetCreation('targets', 'v1', { length: 5, hashes }))).toBe(
      '{"length":5,"hashes":{"sha256":"QUE=","sha512":"QkI="}}',
    );
    const custom = mapped({ '<': [1, true, null, 'é'] });
    expect(content(targetCreation('targets', 'v1', { length: 0, hashes: new Map(), custom }))).toBe(
      '{"length":0,"hashes":{},"custom":{"\\u003c":[1,true,null,"é"]}}',
    );
  });

  it('a target to add reads back to what it was', () => {
    const meta = fc.record({
      length: fc.nat(),
      hashes: fc.dictionary(
        anyText,
        fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
      ),
      custom: fc.option(
        jsonValues().filter((value) => value !== null),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(meta, anyText, ({ length, hashes: list, custom }, name) => {
        const made = {
          length,
          hashes: new Map(Object.entries(list)),
          ...(custom !== undefined && { custom }),
        };
        const read = parseTargetContent(parseChange(serialiseChange(targetCreation('targets', name, made))));
        expect(read.length).toBe(length);
        expect(new Map([...read.hashes].sort())).toEqual(new Map([...made.hashes].sort()));
        expect(read.custom).toEqual(custom);
      }),
    );
  });

  it.each([
    [undefined, 'MALFORMED_JSON', 'unexpected end of JSON input'],
    ['', 'MALFORMED_JSON', 'unexpected end of JSON input'],
    ['null', 'MALFORMED_JSON', '"v1" is not an object'],
    ['{}', 'MALFORMED_JSON', 'length of "v1" is not an integer'],
    ['{"length":"1"}', 'MALFORMED_JSON', 'length of "v1" is not an integer'],
    ['{"length":1,"hashes":{"sha256":"*"}}', 'INVALID_METADATA', 'sha256 of "v1" is not base64'],
    ['{"length":1,"custom":1.5}', 'MALFORMED_JSON', 'number 1.5 is not an integer'],
  ] as const)('a target to add is refused when its content is %j', (inner, code, message) => {
    expect(() => parseTargetContent(withContent(inner))).toThrow(refusal(code, message));
  });
});

describe('a delegation to change', () => {
  it.each<[string, Parameters<typeof delegationChange>[2], string]>([
    [
      'keys',
      { threshold: 1, addKeys: [key] },
      '{"threshold":1,"add_keys":[{"keytype":"ecdsa","keyval":{"public":"QQ==","private":null}}]}',
    ],
    ['paths', { addPaths: ['a', '<'] }, '{"add_paths":["a","\\u003c"]}'],
    ['all paths', { addPaths: [''] }, '{"add_paths":[""]}'],
    ['fewer keys', { removeKeys: ['b', 'a'].map(asCanonicalKeyId) }, '{"remove_keys":["b","a"]}'],
    ['fewer paths', { removePaths: ['b'] }, '{"remove_paths":["b"]}'],
    ['no paths', { clearPaths: true }, '{"clear_paths":true}'],
    [
      'nothing',
      { threshold: 0, addKeys: [], removeKeys: [], addPaths: [], removePaths: [], clearPaths: false },
      '{}',
    ],
    [
      'everything, in the order of Notary',
      {
        clearPaths: true,
        removePaths: ['d'],
        addPaths: ['c'],
        removeKeys: [asCanonicalKeyId('b')],
        addKeys: [key],
        threshold: 2,
      },
      '{"threshold":2,"add_keys":[{"keytype":"ecdsa","keyval":{"public":"QQ==","private":null}}],"remove_keys":["b"],"add_paths":["c"],"remove_paths":["d"],"clear_paths":true}',
    ],
  ])('a delegation change with %s is written as Go writes it', (_, part, written) => {
    const change = delegationChange('update', 'targets/a', part);
    expect(change).toMatchObject({ action: 'update', scope: 'targets/a', type: 'delegation', path: '' });
    expect(content(change)).toBe(written);
    const read = parseDelegationContent(parseChange(serialiseChange(change)));
    const nothing = {
      threshold: 0,
      addKeys: [],
      removeKeys: [],
      addPaths: [],
      removePaths: [],
      clearPaths: false,
    };
    expect(read).toEqual({ ...nothing, ...part });
  });

  it('a delegation change may have null for its lists, and a member that Notary ignores', () => {
    const inner =
      '{"new_name":"x","add_keys":null,"remove_keys":null,"add_paths":null,"remove_paths":null,"threshold":null}';
    expect(parseDelegationContent(withContent(inner, 'delegation'))).toEqual({
      ...{ threshold: 0, addKeys: [], removeKeys: [], addPaths: [], removePaths: [], clearPaths: false },
    });
  });

  it.each([
    [undefined, 'unexpected end of JSON input'],
    ['[]', 'delegation change is not an object'],
    ['{"threshold":"1"}', 'threshold is not an integer'],
    ['{"add_paths":"a"}', 'add_paths is not a list'],
    ['{"remove_keys":[1]}', 'remove_keys is not a string'],
    ['{"add_keys":[{}]}', 'keyval is not an object'],
  ])('a delegation change is refused when its content is %j', (inner, message) => {
    expect(() => parseDelegationContent(withContent(inner, 'delegation'))).toThrow(
      refusal('MALFORMED_JSON', message),
    );
  });
});

describe('other changes', () => {
  it.each<[Change, string]>([
    [
      delegationDeletion('targets/a'),
      '{"action":"delete","role":"targets/a","type":"delegation","path":"","data":null}',
    ],
    [
      witnessChange('targets/a'),
      '{"action":"update","role":"targets/a","type":"witness","path":"","data":null}',
    ],
    [
      targetDeletion('targets', 'v1'),
      '{"action":"delete","role":"targets","type":"target","path":"v1","data":null}',
    ],
  ])('the other kinds of change are written as Go writes them', (change, written) => {
    expect(text(change)).toBe(written);
  });

  it('changes of root keys are read', () => {
    const inner =
      '{"keys":[{"keytype":"ecdsa","keyval":{"public":"QQ==","private":null}}],"role":"snapshot"}';
    expect(parseRoleKeysContent(withContent(inner, 'role'))).toEqual({ role: 'snapshot', keys: [key] });
    const refused: readonly (readonly [string | undefined, string])[] = [
      [undefined, 'unexpected end of JSON input'],
      ['[]', 'root change is not an object'],
      ['{"keys":[]}', 'role is not a string'],
      ['{"role":"root","keys":{}}', 'keys is not a list'],
    ];
    for (const [bad, message] of refused)
      expect(() => parseRoleKeysContent(withContent(bad, 'role'))).toThrow(
        refusal('MALFORMED_JSON', message),
      );
  });
});

describe('the short way to read a change', () => {
  /** The same document with a space, so that it is read the long way. */
  const spaced = (json: string) => utf8(json.replace('{', '{ '));
  const outcome = (read: () => unknown) => {
    try {
      return read();
    } catch (error) {
      return isNotaryError(error) ? `${error.code}: ${error.message}` : error;
    }
  };
  const both = (json: string) => [utf8(json), spaced(json)].map((bytes) => outcome(() => parseChange(bytes)));
  const file = (over: Record<string, unknown> = {}) =>
    JSON.stringify({
      ...{ action: 'create', role: 'targets/a_b-1', type: 'target', path: 'v1.0 [x]~', data: 'eyJhIjoxfQ==' },
      ...over,
    });

  it.each([
    ['a usual one', {}],
    ['one without a path', { path: '' }],
    ['data with a bit too many', { data: 'eyJhIjoxfR==' }],
    ['data with padding in the middle', { data: 'eyJh=joxfQ==' }],
    ['data that ends early', { data: 'eyJ' }],
    ['a path in another script', { path: 'é' }],
    ['a path with an escape', { path: 'a"b\\c\n' }],
    ['no data', { data: null }],
    ['data of another kind', { data: 1 }],
  ])('the short way to read a change comes to the same for %s', (_, over) => {
    const [short, long] = both(file(over));
    expect(short).toEqual(long);
  });

  const sha256 = toBase64(new Uint8Array(32).fill(7));
  const sha512 = toBase64(new Uint8Array(64).fill(9));
  const target = (over: Record<string, unknown> = {}, hashes: Record<string, unknown> = {}) =>
    JSON.stringify({ length: 12, hashes: { sha256, sha512, ...hashes }, ...over });
  const holding = (bytes: Uint8Array) => ({ ...targetDeletion('targets', 'v1'), content: bytes });

  it.each([
    ['a usual one', target()],
    ['an empty one', target({ length: 0 })],
    ['custom data', target({ custom: { a: 1 } })],
    ['a length below nothing', target({ length: -1 })],
    ['a length with a zero before it', target().replace('12', '012')],
    ['a length beyond what a double holds', target().replace('12', '12345678901234567890')],
    ['a hash with a bit too many', target({}, { sha256: `${sha256.slice(0, -2)}d=` })],
    ['a hash of another length', target({}, { sha512: sha256 })],
    ['a hash in the URL alphabet', target({}, { sha256: `-${sha256.slice(1)}` })],
    ['another algorithm', target({}, { md5: 'AAAA' })],
  ])('the short way to read a change comes to the same for the target of %s', (_, json) => {
    const [short, long] = [utf8(json), spaced(json)].map((bytes) =>
      outcome(() => parseTargetContent(holding(bytes))),
    );
    expect(short).toEqual(long);
  });
});
