import { describe, expect, it } from 'vitest';
import { findCommand } from '../../../src/cli/args/find-command.ts';
import { suggestions } from '../../../src/cli/args/suggestions.ts';
import { commands } from '../../../src/cli/commands.ts';
import { commandTree } from '../../../src/cli/spec/command-tree.ts';

const root = commandTree(commands);
const find = (...words: string[]) => {
  const { node, rest } = findCommand(root, words);
  return [node.path.join(' '), rest];
};

describe('finding the command', () => {
  it.each([
    [['list'], 'list', []],
    [['list', 'g'], 'list', ['g']],
    [['-D', 'list', 'g'], 'list', ['-D', 'g']],
    [['-d', 'x', 'list', 'g'], 'list', ['-d', 'x', 'g']],
    [['--trustDir=x', 'list'], 'list', ['--trustDir=x']],
    [['-dx', 'list'], 'list', ['-dx']],
    [['key', 'list', 'list'], 'key list', ['list']],
    [['key', '-d', 'list', 'list'], 'key list', ['-d', 'list']],
    [['key', 'rot'], 'key', ['rot']],
    [['key', '--', 'list'], 'key', ['--', 'list']],
    [[], '', []],
    [[''], '', ['']],
    [['--', 'list'], '', ['--', 'list']],
    [['-d', 'list'], '', ['-d', 'list']],
    [['-h', 'list'], '', ['-h', 'list']],
    [['help', 'key'], 'help', ['key']],
  ])('the command line %j names its command', (words, path, rest) => {
    expect(find(...words)).toEqual([path, rest]);
  });

  it.each([
    [['-h', 'list', 'x'], 'x'],
    [['--server', 'list', 'g'], 'g'],
    [['LIST'], 'LIST'],
  ])('the command line %j has an unknown command', (words, word) => {
    const message = `unknown command "${word}" for "tsnotary"`;
    expect(() => find(...words)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_COMMAND', message }) as Error,
    );
  });
});

describe('suggestions', () => {
  it.each([
    ['re', ['key', 'reset', 'remove']],
    ['LIST', ['list']],
    ['verzion', ['version']],
    ['xyz', []],
  ])('the suggestions for %s are %j', (word, names) => {
    expect(suggestions(root, word)).toEqual(names);
  });
});
