import { describe, expect, it } from 'vitest';
import { setMember } from '../../src/encoding/json-edit.ts';

const path = ['a', 'b', 'docker.io/x'] as const;
const set = (text: string) => setMember(text, path, ['id']);

describe('an edit of JSON text', () => {
  it.each([
    ['{}', '{\n  "a": {\n    "b": {\n      "docker.io/x": [\n        "id"\n      ]\n    }\n  }\n}'],
    ['{"z":1}', '{"z":1, "a": {"b": {"docker.io/x": ["id"]}}}'],
    ['{"a":{"b":{}},"z":[1,{"}":"]\\""}]}', '{"a":{"b":{"docker.io/x": ["id"]}},"z":[1,{"}":"]\\""}]}'],
    ['{"a":{"b":{"q":"\\\\"}}}', '{"a":{"b":{"q":"\\\\", "docker.io/x": ["id"]}}}'],
    ['{"a":null}', '{"a":{"b": {"docker.io/x": ["id"]}}}'],
    [
      '{"a":{"b":{"docker.io/x":["old","older"], "y" : 1.5e3 }}}',
      '{"a":{"b":{"docker.io/x":["id"], "y" : 1.5e3 }}}',
    ],
    ['{"a":{"b":{"docker.io\\/x":[]}}}', '{"a":{"b":{"docker.io\\/x":["id"]}}}'],
  ])('an edit of %s adds or replaces the member and leaves the rest', (before, after) => {
    expect(set(before)).toBe(after);
    expect(JSON.parse(set(before))).toMatchObject({ a: { b: { 'docker.io/x': ['id'] } } });
  });

  it('an edit keeps the indentation and the line ends that the text has', () => {
    const before = '{\r\n\t"z": 1,\r\n\t"a": {\r\n\t\t"b": {\r\n\t\t\t"y": 2\r\n\t\t}\r\n\t}\r\n}\r\n';
    const after = before.replace('"y": 2', '"y": 2,\r\n\t\t\t"docker.io/x": [\r\n\t\t\t\t"id"\r\n\t\t\t]');
    expect(set(before)).toBe(after);
  });

  it('an edit takes the first member that is the same by the rule of the caller', () => {
    const same = (name: string, wanted: string) => name.toLowerCase() === wanted;
    expect(setMember('{"A": {"B": 1}}', ['a', 'b'], 2, same)).toBe('{"A": {"B": 2}}');
    expect(setMember('{"A": 1}', ['a'], 2)).toBe('{"A": 1, "a": 2}');
  });

  it('an edit of any text changes that member and nothing else', () => {
    const values = [1, -0.5e3, 'te"x\\t', null, true, [], {}, [[{ k: ['}', '{'] }]], { a: { b: 'c' } }];
    for (const value of values)
      for (const indent of [undefined, 1, 4, '\t']) {
        const text = JSON.stringify(
          { first: value, a: { x: value, b: { y: value } }, last: value },
          undefined,
          indent,
        );
        const wanted = { first: value, a: { x: value, b: { y: value, 'docker.io/x': ['id'] } }, last: value };
        expect(JSON.parse(set(text))).toEqual(wanted);
        expect(set(set(text))).toBe(set(text));
      }
  });
});
