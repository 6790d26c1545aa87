import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes } from '../../src/encoding/bytes.ts';
import { canonicalJson } from '../../src/encoding/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import { buildEnvelope } from '../../src/metadata/signed.ts';
import { parseTargets, targetsToJson } from '../../src/metadata/targets.ts';
import { jsonValues, mapped, signableText } from '../support/json-documents.ts';
import { edited, plainSigner, targetsContent } from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';

const [one, two] = [plainSigner(), plainSigner()];
const hash = { sha256: Buffer.alloc(32, 1).toString('base64') };
const sound = targetsContent({
  version: 3,
  targets: { 'v1.0': { length: 5, hashes: new Map(Object.entries(hash)) } },
  delegates: [
    { name: 'targets/b', signers: [two, one], paths: ['z/', ''], threshold: 2 },
    { name: 'targets/a', signers: [one], paths: [] },
  ],
});
const parse = (signed: JsonObject, role = 'targets') => parseTargets(buildEnvelope(signed, []), role).content;
const withMember = (path: readonly string[], value: JsonValue | undefined) => edited(sound, path, value);
const withRole = (change: Record<string, unknown>) =>
  withMember(
    ['delegations', 'roles'],
    [mapped({ name: 'targets/a', keyids: [one.id], paths: [''], threshold: 1, ...change })],
  );

describe('a targets file', () => {
  it('a targets file is read and written again as it was, lists in their order', () => {
    const targets = parse(sound);
    expect(targets.delegations.roles).toEqual([
      { name: 'targets/b', keyIds: [two.id, one.id], paths: ['z/', ''], threshold: 2 },
      { name: 'targets/a', keyIds: [one.id], paths: [], threshold: 1 },
    ]);
    expect(canonicalJson(targetsToJson(targets))).toBe(canonicalJson(sound));
  });

  it('a targets file leaves paths out where there are none, and always has delegations', () => {
    const [, last] = (targetsToJson(parse(sound)).get('delegations') as JsonObject).get(
      'roles',
    ) as JsonObject[];
    expect([...(last?.keys() ?? [])]).toEqual(['keyids', 'name', 'threshold']);
    expect(canonicalJson(targetsToJson(parse(withMember(['delegations'], undefined))))).toContain(
      '"delegations":{"keys":{},"roles":[]}',
    );
  });

  it.each([
    ['no delegations', ['delegations'], undefined],
    ['null for delegations', ['delegations'], null],
    ['null for the roles', ['delegations', 'roles'], null],
    ['null for the targets', ['targets'], null],
    ['no targets', ['targets'], undefined],
  ] as const)('a targets file may have %s', (_, path, value) => {
    const targets = parse(withMember(path, value));
    expect(path[0] === 'targets' ? targets.targets.size : targets.delegations.roles.length).toBe(0);
  });

  it('a targets file may have null for the keys and the paths of a role', () => {
    expect(parse(withRole({ keyids: null, paths: null })).delegations.roles).toEqual([
      { name: 'targets/a', keyIds: [], paths: [], threshold: 1 },
    ]);
  });

  it('a targets file drops null custom data and members that Notary does not have', () => {
    const more = edited(withMember(['targets', 'v1.0', 'custom'], null), ['delegations', 'extra'], 1);
    expect(canonicalJson(targetsToJson(parse(more)))).toBe(canonicalJson(sound));
  });

  it('a targets file keeps custom data and foreign hashes of any kind, to the byte', () => {
    const target = fc.record({
      length: fc.nat(),
      hashes: fc.dictionary(
        signableText,
        fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
      ),
      custom: jsonValues(signableText).filter((value) => value !== null),
    });
    const targets = fc.array(fc.tuple(signableText, target), { maxLength: 4 });
    fc.assert(
      fc.property(targets, (list) => {
        const metas = list.map(
          ([name, { length, hashes, custom }]) =>
            [
              name,
              new Map<string, JsonValue>([
                ['length', length],
                ['hashes', mapped(hashes)],
                ['custom', custom],
              ]),
            ] as const,
        );
        const built = buildEnvelope(withMember(['targets'], new Map(metas)), []);
        const again = buildEnvelope(targetsToJson(parseTargets(built, 'targets').content), []);
        expect(equalBytes(again.bytes, built.bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('a targets file takes __proto__ for a name like any other', () => {
    const odd = withMember(['targets', '__proto__'], mapped({ length: 1, hashes: hash }));
    expect(parse(odd).targets.get('__proto__')?.length).toBe(1);
  });

  const wrong = 'targets type metadata invalid: ';
  const unknown = 'f'.repeat(64);
  it.each([
    [
      'the type of another role',
      withMember(['_type'], 'Snapshot'),
      'INVALID_METADATA',
      `${wrong}expected type Targets, not Snapshot`,
    ],
    [
      'targets that are a list',
      withMember(['targets'], []),
      'MALFORMED_JSON',
      'targets of targets is not an object',
    ],
    [
      'a target that is null',
      withMember(['targets', 'v1.0'], null),
      'MALFORMED_JSON',
      '"v1.0" is not an object',
    ],
    [
      'a length that is text',
      withMember(['targets', 'v1.0', 'length'], '5'),
      'MALFORMED_JSON',
      'length of "v1.0" is not an integer',
    ],
    [
      'a hash that is no base64',
      withMember(['targets', 'v1.0', 'hashes', 'sha256'], 'ab'),
      'INVALID_METADATA',
      'sha256 of "v1.0" is not base64',
    ],
    [
      'a hash that is a number',
      withMember(['targets', 'v1.0', 'hashes', 'sha256'], 1),
      'MALFORMED_JSON',
      'sha256 of "v1.0" is not a string',
    ],
    [
      'hashes that are a list',
      withMember(['targets', 'v1.0', 'hashes'], []),
      'MALFORMED_JSON',
      'hashes of "v1.0" is not an object',
    ],
    [
      'delegations that are a list',
      withMember(['delegations'], []),
      'MALFORMED_JSON',
      'delegations of targets is not an object',
    ],
    [
      'roles that are an object',
      withMember(['delegations', 'roles'], new Map()),
      'MALFORMED_JSON',
      'delegation roles of targets is not a list',
    ],
    [
      'a role that is null',
      withMember(['delegations', 'roles'], [null]),
      'MALFORMED_JSON',
      'delegation of targets is not an object',
    ],
    [
      'a role without a name',
      withRole({ name: null }),
      'MALFORMED_JSON',
      'name of a delegation of targets is not a string',
    ],
    ...[
      '',
      'root',
      'targets',
      'targets/',
      'targets/A',
      'targets/a/b',
      'targets/../a',
      'targets/*',
      'targets/a.b',
      'a',
    ].map(
      (name) =>
        [
          `the delegation ${JSON.stringify(name)}`,
          withRole({ name }),
          'INVALID_METADATA',
          `${wrong}delegation role ${name} invalid`,
        ] as const,
    ),
    [
      'threshold 0',
      withRole({ threshold: 0 }),
      'INVALID_METADATA',
      `${wrong}invalid threshold specified for targets/a: 0 `,
    ],
    [
      'threshold -3',
      withRole({ threshold: -3 }),
      'INVALID_METADATA',
      `${wrong}invalid threshold specified for targets/a: -3 `,
    ],
    [
      'no threshold',
      withRole({ threshold: null }),
      'MALFORMED_JSON',
      'threshold of targets/a is not an integer',
    ],
    [
      'an unlisted key',
      withRole({ keyids: [unknown] }),
      'INVALID_METADATA',
      `${wrong}key ID ${unknown} specified in targets/a without corresponding key`,
    ],
    ['paths that are text', withRole({ paths: '' }), 'MALFORMED_JSON', 'paths of targets/a is not a list'],
    [
      'a path that is null',
      withRole({ paths: [null] }),
      'MALFORMED_JSON',
      'path of targets/a is not a string',
    ],
  ] as const)('a targets file with %s is refused', (_, signed, code, message) => {
    expect(() => parse(signed)).toThrow(refusal(code, message));
  });

  it('a targets file that lists a delegation twice is refused', () => {
    const role = mapped({ name: 'targets/a', keyids: [one.id], paths: [''], threshold: 1 });
    expect(() => parse(withMember(['delegations', 'roles'], [role, role]))).toThrow(
      refusal('INVALID_METADATA', `${wrong}delegation targets/a is listed twice`),
    );
  });

  it('the targets file of a delegation lists what is directly below it and nothing else', () => {
    expect(parse(withRole({ name: 'targets/a/b' }), 'targets/a').delegations.roles).toHaveLength(1);
    for (const name of ['targets/a', 'targets/b', 'targets/a/b/c', 'targets/ab/c']) {
      expect(() => parse(withRole({ name }), 'targets/a')).toThrow(
        refusal('INVALID_METADATA', `targets/a type metadata invalid: delegation role ${name} invalid`),
      );
    }
  });
});
