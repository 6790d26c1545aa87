/** The examples and guides of the help: each line is understood, and does what it is there for. */

import { describe, expect, it } from 'vitest';
import { findCommand } from '../../src/cli/args/find-command.ts';
import { parseWords } from '../../src/cli/args/pflag.ts';
import { commands } from '../../src/cli/commands.ts';
import {
  anchorGuide,
  archiveGuide,
  collaboratorGuide,
  delegationGuide,
  keyGuide,
  sandboxGuide,
  startGuide,
  trustGuide,
} from '../../src/cli/help/guides.ts';
import type { CommandSpec } from '../../src/cli/spec/command-spec.ts';
import { commandTree, flagsAt } from '../../src/cli/spec/command-tree.ts';
import { shownCommands } from '../support/command-lines.ts';
import { exampleWorld } from './example-world.ts';

const root = commandTree(commands);
const specs = commands.filter((spec) => 'run' in spec);
const guides = {
  ...{ startGuide, delegationGuide, keyGuide, collaboratorGuide, anchorGuide, archiveGuide },
  ...{ sandboxGuide, trustGuide },
};

/** How many operands the usage line has, and whether the last may be repeated. */
function operandCount({ operands, path, docker }: CommandSpec): { least: number; most: number } {
  if (docker !== undefined)
    return { least: docker.least, most: docker.exact === true ? docker.least : Number.POSITIVE_INFINITY };
  // `delegation` commands take flags in place of keys, and `generate` has an algorithm of its own.
  // Without a GUN, or without keys, commands on collaborators are about the file, or all keys of a name.
  // Without a GUN, commands on archives are about all that one holds.
  const isOptional =
    ['key generate', 'key check'].includes(path.join(' ')) || ['collaborator', 'archive'].includes(path[0]);
  const optional = isOptional || /KeyID 1|X509/.test(operands) ? 1 : path[0] === 'diff' ? 2 : 0;
  const repeated = operands.includes('...');
  const named =
    operands.replace(/\[ [a-z]+ \.\.\. \]|\.\.\.|^--/g, '').match(/\[[^\]]*\]|<[^>]*>|\S+/g) ?? [];
  const hashes = path[0] === 'addhash' ? 1 : 0;
  const count = named.length - hashes;
  return { least: count - optional, most: repeated ? Number.POSITIVE_INFINITY : count };
}

function understood(words: readonly string[]) {
  const { node, rest } = findCommand(root, words);
  return { node, ...parseWords(rest, flagsAt(node)) };
}

function expectFit(spec: CommandSpec, words: readonly string[]): void {
  const { args, settings } = understood(words);
  const listed = settings.some(({ name }) => name === 'repos') ? 1 : 0;
  const { least, most } = operandCount(spec);
  expect([words, args.length + listed >= least && args.length + listed <= most]).toEqual([words, true]);
}

/** The command lines of a guide: indented further than the text around them. */
function linesOf(guide: string): readonly string[] {
  return guide
    .split('\n')
    .filter((line) => /^ +tsnotary /.test(line))
    .map((line) => line.trim().replace(/ {2,}.*$/, ''));
}

/** Warnings of what the lines lead to here: keys removed, of roles too, changes discarded or already published by the line before. */
const expectedWarnings =
  /^.* code=(?:ROLE_NEEDS_WITNESS|KEY_NOT_IN_ROLE|CHANGES_DISCARDED|KEY_FILE_REPLACED|KEY_IN_USE|NOTHING_STAGED|PASSPHRASE_UNCHANGED)\n/gm;

/** Runs lines one after the other. */
async function expectSuccess(lines: readonly string[], published: boolean): Promise<void> {
  const world = await exampleWorld(published);
  try {
    for (const line of lines) {
      for (const { status, stdout, stderr } of await world.perform(line)) {
        const records = stderr.replace(expectedWarnings, '');
        expect([line, status, records, status === 0 ? '' : stdout]).toEqual([line, 0, '', '']);
      }
    }
  } finally {
    await world.stop();
  }
}

describe('the examples of the help', () => {
  it.each(specs.map((spec) => [spec.path.join(' '), spec] as const))(
    'the examples of %s are understood as that command',
    async (_, spec) => {
      for (const { summary: does, line } of await spec.examples()) {
        const shown = shownCommands(line);
        expect(shown.map(({ words }) => understood(words).node.spec)).toEqual([spec]);
        for (const { words } of shown) expectFit(spec, words);
        expect(does).toMatch(/^[A-Z].*[^.]$/);
        expect(line.length).toBeLessThanOrEqual(100);
      }
    },
  );

  /** What is left out is run by the tests of those commands. */
  const elsewhere = ['version', 'completion', 'docker-plugin', 'inventory', 'sandbox', 'trust'];
  const acting = specs.filter(({ path: [word] }) => !elsewhere.includes(word));
  /** What can be done once only, however it is done. */
  const once = ['init', 'key remove', 'delegation remove', 'delegation purge'];

  it.each(acting.map((spec) => [spec.path.join(' '), spec] as const))(
    'the examples of %s can be run',
    async (name, spec) => {
      const lines = (await spec.examples()).map(({ line }) => line);
      const together = once.includes(name) ? lines.map((line) => [line]) : [lines];
      for (const some of together) await expectSuccess(some, name !== 'init');
    },
  );
});

describe('the guides of the help', () => {
  it.each(Object.entries(guides))('the guide %s fits a screen', (_, guide) => {
    const lines = guide.split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it.each(Object.entries(guides))('the guide %s names commands that there are', (_, guide) => {
    expect(linesOf(guide).length).toBeGreaterThan(2);
    for (const line of linesOf(guide)) {
      for (const { words } of shownCommands(line)) {
        const { node } = understood(words);
        if (node.spec === undefined) expect(understood(words.slice(1)).node).not.toBe(root);
        else expectFit(node.spec, words);
      }
    }
  });

  it.each(Object.entries({ delegationGuide, keyGuide, collaboratorGuide, anchorGuide }))(
    'the guide %s can be followed line by line',
    async (_, guide) => {
      await expectSuccess(linesOf(guide), true);
    },
  );
});
