import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../../src/adapters/http/auth/challenge.ts';

const parse = (...fields: string[]): unknown[] =>
  parseChallenges(fields).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('a WWW-Authenticate field', () => {
  it.each([
    ['Basic', [['basic', {}]]],
    ['Basic realm="x"', [['basic', { realm: 'x' }]]],
    [
      'Bearer realm="https://a/token",service="s",scope="registry:catalog:*"',
      [['bearer', { realm: 'https://a/token', service: 's', scope: 'registry:catalog:*' }]],
    ],
    ['BEARER Realm=x , Service = "a, b"', [['bearer', { realm: 'x', service: 'a, b' }]]],
    ['Bearer realm="a \\"quoted\\" \\\\ word"', [['bearer', { realm: 'a "quoted" \\ word' }]]],
    ['Bearer realm=""', [['bearer', { realm: '' }]]],
    ['Bearer realm="x",realm="y"', [['bearer', { realm: 'x' }]]],
    [
      'Bearer realm="x", Basic realm="y"',
      [
        ['bearer', { realm: 'x' }],
        ['basic', { realm: 'y' }],
      ],
    ],
    [
      'Negotiate, Basic realm="y"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'y' }],
      ],
    ],
    ['Bearer realm="never ends', [['bearer', {}]]],
    ['Bearer realm=', [['bearer', {}]]],
    ['', []],
    [' , ,', []],
    ['"', []],
  ])('the challenge %s is taken apart as it should be', (field, challenges) => {
    expect(parse(field)).toEqual(challenges);
  });

  it('a WWW-Authenticate field may come more than once', () => {
    expect(parse('Bearer realm="x"', 'Basic')).toEqual([
      ['bearer', { realm: 'x' }],
      ['basic', {}],
    ]);
  });

  it('a WWW-Authenticate field may name a parameter like a property of every object', () => {
    expect(parseChallenges(['Bearer __proto__="x"'])[0]?.parameters.get('__proto__')).toBe('x');
  });
});
