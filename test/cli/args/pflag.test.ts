import { describe, expect, it } from 'vitest';
import { parseWords, unambiguousWords } from '../../../src/cli/args/pflag.ts';
import { defineFlags } from '../../../src/cli/spec/command-spec.ts';

const flags = new Map(
  Object.entries(
    defineFlags({
      publish: { type: 'bool', short: 'p', usage: '' },
      debug: { type: 'bool', short: 'D', usage: '' },
      roles: { type: 'strings', short: 'r', usage: '' },
      paths: { type: 'strings', usage: '' },
      number: { type: 'ints', short: 'n', usage: '' },
      legacy: { type: 'int', short: 'l', usage: '' },
      server: { type: 'string', short: 's', usage: '' },
    }),
  ),
);

const parse = (...words: string[]) => parseWords(words, flags);
const set = (name: string, value: string) => ({ name, value });

describe('pflag, what it accepts', () => {
  it.each([
    [['--server', 'u'], [set('server', 'u')], []],
    [['--server=u'], [set('server', 'u')], []],
    [['--server=a=b'], [set('server', 'a=b')], []],
    [['--server='], [set('server', '')], []],
    [['-s', 'u'], [set('server', 'u')], []],
    [['-su'], [set('server', 'u')], []],
    [['-s=u'], [set('server', 'u')], []],
    [['-s='], [set('server', '=')], []],
    [['-s', '-p'], [set('server', '-p')], []],
    [['-pD'], [set('publish', 'true'), set('debug', 'true')], []],
    [['-prtargets'], [set('publish', 'true'), set('roles', 'targets')], []],
    [['-pr', 'targets'], [set('publish', 'true'), set('roles', 'targets')], []],
    [['-p=false'], [set('publish', 'false')], []],
    [['-p', 'true'], [set('publish', 'true')], ['true']],
    [['--publish=T'], [set('publish', 'T')], []],
    [['-h'], [set('help', 'true')], []],
    [['a', '-p', 'b'], [set('publish', 'true')], ['a', 'b']],
    [['a', '--', '-p', '--'], [], ['a', '-p', '--']],
    [['-'], [], ['-']],
    [[''], [], ['']],
    [['-n', '-1'], [set('number', '-1')], []],
    [['-l', '0x10'], [set('legacy', '0x10')], []],
  ])('the parser accepts %j', (words, settings, args) => {
    expect(parse(...words)).toEqual({ settings, args });
  });
});

describe('pflag, what it refuses and in which words', () => {
  it.each([
    [['--bogus'], 'unknown flag: --bogus'],
    [['--bogus=1'], 'unknown flag: --bogus'],
    [['-z'], "unknown shorthand flag: 'z' in -z"],
    [['-pz'], "unknown shorthand flag: 'z' in -z"],
    [['-pzD'], "unknown shorthand flag: 'z' in -zD"],
    [['-p='], "unknown shorthand flag: '=' in -="],
    [['-é'], "unknown shorthand flag: 'Ã' in -é"],
    [['--server'], 'flag needs an argument: --server'],
    [['-s'], "flag needs an argument: 's' in -s"],
    [['-ps'], "flag needs an argument: 's' in -s"],
    [['---x'], 'bad flag syntax: ---x'],
    [['--=x'], 'bad flag syntax: --=x'],
    [
      ['-n', '1,b'],
      'invalid argument "1,b" for "-n, --number" flag: strconv.Atoi: parsing "b": invalid syntax',
    ],
    [['-n', ''], 'invalid argument "" for "-n, --number" flag: strconv.Atoi: parsing "": invalid syntax'],
    [['-lx'], 'invalid argument "x" for "-l, --legacy" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    [
      ['-p=maybe'],
      'invalid argument "maybe" for "-p, --publish" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      ['--paths', '"a'],
      'invalid argument "\\"a" for "--paths" flag: parse error on line 1, column 3: extraneous or missing " in quoted-field',
    ],
    [['-D', '--no', '-z'], 'unknown flag: --no'],
  ])('the parser refuses %j in the words of pflag', (words, message) => {
    expect(() => parse(...words)).toThrow(expect.objectContaining({ message }) as Error);
  });
});

describe('pflag, the unambiguous form', () => {
  const local = new Set(['publish', 'roles', 'help']);
  const rewrite = (...words: string[]) =>
    unambiguousWords(['key', 'list'], parse(...words), local, (name) =>
      ['publish', 'debug', 'help'].includes(name),
    );

  it('the unambiguous form puts global flags first, then the command, its flags and the arguments', () => {
    expect(rewrite('x', '-prtargets', '-s', 'u', '-D')).toEqual([
      ...['--server=u', '--debug', 'key', 'list', '--roles=targets', '--publish', '--', 'x'],
    ]);
  });

  it('the unambiguous form keeps what looks like a flag an argument', () => {
    expect(rewrite('--', '--server=u')).toEqual(['key', 'list', '--', '--server=u']);
  });

  it('the unambiguous form lets the last setting of a switch win', () => {
    expect(rewrite('-p', '-p=0')).toEqual(['key', 'list', '--']);
    expect(rewrite('-p=0', '-p')).toEqual(['key', 'list', '--publish', '--']);
  });

  it('the unambiguous form keeps every occurrence of a list, in order', () => {
    expect(rewrite('-r', 'a,b', '-r', 'c')).toEqual(['key', 'list', '--roles=a,b', '--roles=c', '--']);
  });
});
