import { describe, expect, it } from 'vitest';
import { keyId } from '../../src/crypto/keys/public-key.ts';
import { canonicalJson } from '../../src/encoding/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import { baseRole, parseRoot, rootToJson } from '../../src/metadata/root.ts';
import { buildEnvelope } from '../../src/metadata/signed.ts';
import { mapped } from '../support/json-documents.ts';
import { edited, plainSigner, rootContent } from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';

const [rootKey, targetsKey, snapshotKey, timestampKey] = [1, 2, 3, 4].map(() => plainSigner());
if (!rootKey || !targetsKey || !snapshotKey || !timestampKey) throw new Error('keys are missing');
const sound = rootContent({
  ...{ version: 7, expires: '2036-11-19T16:05:07.12Z', root: [rootKey], targets: [targetsKey, rootKey] },
  ...{ snapshot: snapshotKey.entry, timestamp: timestampKey.entry },
});
const parse = (signed: JsonObject) => parseRoot(buildEnvelope(signed, [])).content;
const withMember = (path: readonly string[], value: JsonValue | undefined) => edited(sound, path, value);

describe('a root', () => {
  it('a root is read and written again as it was', () => {
    const root = parse(sound);
    expect(root).toMatchObject({ version: 7, expires: '2036-11-19T16:05:07.12Z', consistentSnapshot: false });
    expect(root.roles.get('targets')).toEqual({ keyIds: [targetsKey.id, rootKey.id], threshold: 1 });
    expect(root.keys.get(snapshotKey.id)).toEqual(snapshotKey.entry);
    expect(canonicalJson(rootToJson(root))).toBe(canonicalJson(sound));
  });

  it('a root keeps roles and keys that it has no use for', () => {
    const former = plainSigner();
    const more = edited(
      withMember(['roles', 'mirrors'], mapped({ keyids: [former.id], threshold: 2 })),
      ['keys', former.id],
      mapped({
        keytype: former.entry.keyType,
        keyval: { private: null, public: former.entry.value },
      }),
    );
    expect(canonicalJson(rootToJson(parse(more)))).toBe(canonicalJson(more));
  });

  it('a root drops members that Notary does not have, as the server does before it hashes', () => {
    const more = edited(withMember(['spec_version'], '1.0'), ['roles', 'root', 'comment'], 'x');
    expect(canonicalJson(rootToJson(parse(more)))).toBe(canonicalJson(sound));
  });

  it('a root never writes the private half of a key', () => {
    const leaky = withMember(['keys', rootKey.id, 'keyval', 'private'], 'c2VjcmV0');
    expect(canonicalJson(rootToJson(parse(leaky)))).toBe(canonicalJson(sound));
  });

  it('a root reads null for a list of keys as an empty one', () => {
    expect(parse(withMember(['roles', 'targets', 'keyids'], null)).roles.get('targets')?.keyIds).toEqual([]);
  });

  it('a root remembers consistent_snapshot', () => {
    const root = parse(withMember(['consistent_snapshot'], true));
    expect(rootToJson(root).get('consistent_snapshot')).toBe(true);
  });

  const wrong = 'root type metadata invalid: ';
  const missing = 'f'.repeat(64);
  it.each([
    ['another type', ['_type'], 'Targets', 'INVALID_METADATA', `${wrong}expected type Root, not Targets`],
    ['version 0', ['version'], 0, 'INVALID_METADATA', `${wrong}version cannot be less than 1`],
    ...['root', 'targets', 'snapshot', 'timestamp'].flatMap(
      (role) =>
        [
          [
            `no role ${role}`,
            ['roles', role],
            undefined,
            'INVALID_METADATA',
            `${wrong}missing ${role} role specification`,
          ],
          [
            `threshold 0 for ${role}`,
            ['roles', role, 'threshold'],
            0,
            'INVALID_METADATA',
            `${wrong}invalid threshold specified for ${role}: 0 `,
          ],
          [
            `threshold -1 for ${role}`,
            ['roles', role, 'threshold'],
            -1,
            'INVALID_METADATA',
            `${wrong}invalid threshold specified for ${role}: -1 `,
          ],
          [
            `an unlisted key for ${role}`,
            ['roles', role, 'keyids'],
            [missing],
            'INVALID_METADATA',
            `${wrong}key ID ${missing} specified in ${role} without corresponding key`,
          ],
        ] as const,
    ),
    [
      'a threshold that is text',
      ['roles', 'root', 'threshold'],
      '1',
      'MALFORMED_JSON',
      'threshold of root is not an integer',
    ],
    [
      'no threshold',
      ['roles', 'root', 'threshold'],
      undefined,
      'MALFORMED_JSON',
      'threshold of root is not an integer',
    ],
    ['roles that are a list', ['roles'], [], 'MALFORMED_JSON', 'roles of root is not an object'],
    ['no roles', ['roles'], undefined, 'MALFORMED_JSON', 'roles of root is not an object'],
    ['keys that are a list', ['keys'], [], 'MALFORMED_JSON', 'keys is not an object'],
    ['a key that is null', ['keys', rootKey.id], null, 'MALFORMED_JSON', 'key is not an object'],
    [
      'a key without a type',
      ['keys', rootKey.id, 'keytype'],
      undefined,
      'MALFORMED_JSON',
      'keytype is not a string',
    ],
    [
      'a key without a value',
      ['keys', rootKey.id, 'keyval'],
      undefined,
      'MALFORMED_JSON',
      'keyval is not an object',
    ],
    [
      'a key with a value of null',
      ['keys', rootKey.id, 'keyval', 'public'],
      null,
      'MALFORMED_JSON',
      'public part of a key is not a string',
    ],
    [
      'key IDs that are numbers',
      ['roles', 'root', 'keyids'],
      [1],
      'MALFORMED_JSON',
      'key ID of root is not a string',
    ],
  ] as const)('a root with %s is refused', (_, path, value, code, message) => {
    expect(() => parse(withMember(path, value))).toThrow(refusal(code, message));
  });

  it('a root with role names of the prototype is read for what it says', () => {
    const odd = withMember(['roles', '__proto__'], mapped({ keyids: [], threshold: 1 }));
    expect(parse(odd).roles.get('__proto__')).toEqual({ keyIds: [], threshold: 1 });
    expect(() => baseRole(parse(sound), 'constructor')).toThrow(
      refusal('INVALID_METADATA', 'root type metadata invalid: missing constructor role specification'),
    );
  });
});

describe('the keys of a base role', () => {
  it('the keys of a base role are those that the role names', () => {
    const { keys, threshold } = baseRole(parse(withMember(['roles', 'targets', 'threshold'], 2)), 'targets');
    expect([...keys.keys()]).toEqual([targetsKey.id, rootKey.id]);
    expect([...keys.values()].map(keyId)).toEqual([targetsKey.id, rootKey.id]);
    expect(threshold).toBe(2);
  });

  it('the keys of a base role count an ID that is listed twice once', () => {
    const twice = withMember(['roles', 'root', 'keyids'], [rootKey.id, rootKey.id]);
    expect(baseRole(parse(twice), 'root').keys.size).toBe(1);
  });
});
