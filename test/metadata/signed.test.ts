import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import { equalBytes } from '../../src/encoding/bytes.ts';
import { canonicalJson } from '../../src/encoding/canonical-json.ts';
import type { JsonObject } from '../../src/encoding/json-value.ts';
import { buildEnvelope, parseCommon, parseEnvelope, signedMessage } from '../../src/metadata/signed.ts';
import { verifySignatures } from '../../src/tuf/verify-signatures.ts';
import { anyText, jsonValues, mapped, signableText } from '../support/json-documents.ts';
import { refusal } from '../support/refusal.ts';

/** Made by the genuine client, with the key whose ID it names. */
const genuine = Buffer.from(
  '{"signed":{"_type":"Targets","delegations":{"keys":{},"roles":[]},"expires":"2029-11-21T13:48:21.883778252Z","targets":{},"version":1},"signatures":[{"keyid":"15778be96b1350312b3dda917c9821d3b73166766bda1567486478e24cde22cf","method":"ecdsa","sig":"WvFaept795GJ1TEonlnglPNjW9MQyVzBbAz3eOBUwru9u2Wf8cm13TIcOyFl/DsygQn+fWA47yp0SdKgYsZDbA=="}]}',
);
const genuineKey = {
  keyType: 'ecdsa',
  value:
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEel8GeARFpYZatWP9B/kV/wpTrxBQXxPm5hxj/Xr6pF3iwpry3AAsG2Gh4aQr96z/4SgSEoGrlye/rcpxsOzS+Q==',
};
const genuineId = asListedKeyId('15778be96b1350312b3dda917c9821d3b73166766bda1567486478e24cde22cf');

const parse = (text: string) => parseEnvelope(Buffer.from(text));
const objects = fc
  .array(fc.tuple(signableText, jsonValues(signableText)), { maxLength: 5 })
  .map((members): JsonObject => new Map(members));
const signatures = fc.array(
  fc.record({
    keyId: anyText.map(asListedKeyId),
    method: anyText.map((text) => text.toLowerCase()),
    signature: fc.uint8Array({ maxLength: 70 }),
  }),
  { maxLength: 3 },
);

describe('a file of the genuine client', () => {
  it('a file of the genuine client is read and written again to the byte', () => {
    const envelope = parseEnvelope(genuine);
    expect(genuine).toHaveLength(341);
    expect(equalBytes(buildEnvelope(envelope.signed, envelope.signatures).bytes, genuine)).toBe(true);
    expect(equalBytes(envelope.bytes, genuine)).toBe(true);
  });

  it('a file of the genuine client is verified with its key', () => {
    const signers = { keys: new Map([[genuineId, genuineKey]]), threshold: 1 };
    expect(() => verifySignatures(parseEnvelope(genuine), signers, 'targets')).not.toThrow();
    const tampered = parse(genuine.toString().replace('"version":1', '"version":2'));
    expect(() => verifySignatures(tampered, signers, 'targets')).toThrow(refusal('ROLE_THRESHOLD'));
  });
});

describe('a file written here', () => {
  it('a file written here is read and written again to the byte, whatever it holds', () => {
    fc.assert(
      fc.property(objects, signatures, (signed, list) => {
        const built = buildEnvelope(signed, list);
        const read = parseEnvelope(built.bytes);
        expect(
          read.signatures.map(({ signature, ...rest }) => ({ ...rest, signature: [...signature] })),
        ).toEqual(list.map(({ signature, ...rest }) => ({ ...rest, signature: [...signature] })));
        expect(canonicalJson(read.signed)).toBe(canonicalJson(signed));
        expect(equalBytes(buildEnvelope(read.signed, read.signatures).bytes, built.bytes)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('a file written here is one line of canonical JSON with HTML escaped, signatures last', () => {
    const signed = mapped({ b: '<&>\u2028é', a: [1, null] }) as JsonObject;
    const { bytes } = buildEnvelope(signed, [
      { keyId: asListedKeyId('id'), method: 'ecdsa', signature: Buffer.from('sig') },
    ]);
    expect(Buffer.from(bytes).toString()).toBe(
      '{"signed":{"a":[1,null],"b":"\\u003c\\u0026\\u003e\\u2028é"},"signatures":[{"keyid":"id","method":"ecdsa","sig":"c2ln"}]}',
    );
    expect(Buffer.from(signedMessage(signed)).toString()).toBe('{"a":[1,null],"b":"<&>\u2028é"}');
  });

  it.each([
    ['\n', '\\n'],
    ['\t', '\\t'],
    ['\u0000', '\\x00'],
    ['\u001f', '\\x1f'],
  ])('a file written here cannot hold the control character %j, in the words of Go', (character, shown) => {
    for (const signed of [new Map([[`a${character}`, 1]]), new Map([['a', [character]]])]) {
      expect(() => buildEnvelope(signed, [])).toThrow(
        refusal(
          'MALFORMED_JSON',
          `json: error calling MarshalJSON for type *json.RawMessage: invalid character '${shown}' in string literal`,
        ),
      );
    }
  });
});

describe('reading a file', () => {
  it('reading a file takes the name of a method in any case', () => {
    const [signature] = parse(
      '{"signed":{},"signatures":[{"keyid":"K","method":"ECdsa","sig":""}]}',
    ).signatures;
    expect(signature).toMatchObject({ keyId: 'K', method: 'ecdsa' });
  });

  it('reading a file takes signatures that are null or absent for none', () => {
    expect(parse('{"signed":{},"signatures":null}').signatures).toEqual([]);
    expect(parse('{"signed":{}}').signatures).toEqual([]);
  });

  it('reading a file passes over members that it does not know, but keeps what is signed whole', () => {
    const { signed } = parse('{"extra":1,"signatures":[],"signed":{"x":{"y":[]}}}');
    expect(canonicalJson(signed)).toBe('{"x":{"y":[]}}');
  });

  it.each([
    ['[]', 'MALFORMED_JSON'],
    ['null', 'MALFORMED_JSON'],
    ['{}', 'MALFORMED_JSON'],
    ['{"signed":null,"signatures":[]}', 'MALFORMED_JSON'],
    ['{"signed":"","signatures":[]}', 'MALFORMED_JSON'],
    ['{"signed":{},"signatures":{}}', 'MALFORMED_JSON'],
    ['{"signed":{},"signatures":"not list"}', 'MALFORMED_JSON'],
    ['{"signed":{},"signatures":[null]}', 'MALFORMED_JSON'],
    ['{"signed":{},"signatures":[{"keyid":1,"method":"ecdsa","sig":""}]}', 'MALFORMED_JSON'],
    ['{"signed":{},"signatures":[{"keyid":"a","method":null,"sig":""}]}', 'MALFORMED_JSON'],
    ['{"signed":{},"signatures":[{"keyid":"a","method":"ecdsa"}]}', 'MALFORMED_JSON'],
    ['{"signed":{},"signatures":[{"keyid":"a","method":"ecdsa","sig":"a"}]}', 'INVALID_METADATA'],
    ['{"signed":{},"signatures":[{"keyid":"a","method":"ecdsa","sig":"QQ"}]}', 'INVALID_METADATA'],
    ['{"signed":{},"signed":{},"signatures":[]}', 'MALFORMED_JSON'],
    ['{"signed":{"a":1,"\\u0061":2},"signatures":[]}', 'MALFORMED_JSON'],
    ['{"signed":{"version":1.5},"signatures":[]}', 'MALFORMED_JSON'],
    ['{"signed":{},"signatures":[]} trailing', 'MALFORMED_JSON'],
    ['', 'MALFORMED_JSON'],
  ] as const)('the reader of a file refuses %s', (text, code) => {
    expect(() => parse(text)).toThrow(refusal(code));
  });
});

describe('what all signed parts have', () => {
  const sound = { _type: 'Targets', version: 3, expires: '2029-11-21T19:47:50.757698253+05:30' };
  const common = (change: Record<string, unknown>, role = 'targets') =>
    parseCommon(mapped({ ...sound, ...change }) as JsonObject, role, 'Targets');

  it('the common part of what is signed is read, the expiry to the letter', () => {
    expect(common({})).toEqual({ version: 3, expires: sound.expires });
  });

  it.each([
    [
      { _type: 'targets' },
      'INVALID_METADATA',
      'targets type metadata invalid: expected type Targets, not targets',
    ],
    [{ _type: 'Root' }, 'INVALID_METADATA', 'targets type metadata invalid: expected type Targets, not Root'],
    [{ _type: null }, 'INVALID_METADATA', 'targets type metadata invalid: expected type Targets, not '],
    [{ _type: ['Targets'] }, 'MALFORMED_JSON', '_type of targets is not a string'],
    [{ version: 0 }, 'INVALID_METADATA', 'targets type metadata invalid: version cannot be less than one'],
    [{ version: -1 }, 'INVALID_METADATA', 'targets type metadata invalid: version cannot be less than one'],
    [{ version: '3' }, 'MALFORMED_JSON', 'version of targets is not an integer'],
    [{ version: null }, 'MALFORMED_JSON', 'version of targets is not an integer'],
    [{ version: 2 ** 60 }, 'MALFORMED_JSON', 'version of targets is not an integer'],
    [{ expires: 5 }, 'MALFORMED_JSON', 'expires of targets is not a string'],
    [{ expires: 'never' }, 'MALFORMED_TIME', /never/],
    [{ expires: '2029-02-30T00:00:00Z' }, 'MALFORMED_TIME', /2029-02-30/],
  ] as const)('the common part of what is signed is refused with %j', (change, code, message) => {
    expect(() => common(change)).toThrow(refusal(code, message));
  });

  it('the common part of a root is worded as Notary words it', () => {
    expect(() => common({ version: 0 }, 'root')).toThrow(
      refusal('INVALID_METADATA', 'root type metadata invalid: version cannot be less than 1'),
    );
  });
});
