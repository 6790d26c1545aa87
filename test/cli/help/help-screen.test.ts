import { describe, expect, it } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { helpScreen, topicScreen, usageScreen } from '../../../src/cli/help/help-screen.ts';
import { helpWidth } from '../../../src/cli/render/wrap.ts';
import { defineCommand, type GroupSpec, jsonOnly } from '../../../src/cli/spec/command-spec.ts';
import { type CommandNode, commandTree, findChild } from '../../../src/cli/spec/command-tree.ts';

const group: GroupSpec = {
  path: ['box'],
  short: 'Works on boxes.',
  long: 'All about boxes.',
  guide: async () => 'First open the box.\n',
};
const open = defineCommand({
  path: ['box', 'open'],
  operands: '[ GUN ] <lid>',
  short: 'Opens a box.',
  long: 'Opens a box that is shut.',
  examples: async () => [
    { summary: 'Open b', line: 'tsnotary box open a b' },
    { summary: 'Open c', line: 'tsnotary box open a c' },
  ],
  flags: {
    with: { type: 'strings', short: 'w', usage: 'Tools to open it with' },
    role: { type: 'string', short: 'r', default: 'root', usage: 'Who opens it' },
    all: { type: 'bool', usage: 'Open all' },
  },
  run: async () => jsonOnly({}),
});
const root = commandTree([group, open]);
const box = findChild(root, 'box') ?? root;

const globals = `Global Flags:
  -c, --configFile string   Configuration file in place of ~/.notary/config.json
  -D, --debug               Log debugging messages as well
  -s, --server string       URL of the trust server
      --tlscacert string    Trust only servers with a certificate of this CA
      --tlscert string      Client certificate for TLS
      --tlskey string       Private key of the client certificate
  -d, --trustDir string     Directory for keys and trust data
  -v, --verbose             Log informational messages as well
`;

describe('screens in the layout of Cobra', () => {
  it('the help screen shows the usage of a command', () => {
    expect(usageScreen(findChild(box, 'open') ?? root)).toBe(`Usage:
  tsnotary box open [ GUN ] <lid> [flags]

Flags:
      --all            Open all
  -h, --help           help for open
  -r, --role string    Who opens it (default "root")
  -w, --with strings   Tools to open it with

${globals}`);
  });

  it('the help screen puts the description before the usage, and examples at the end', async () => {
    const screen = await helpScreen(findChild(box, 'open') ?? root);
    expect(screen).toMatch(/^Opens a box that is shut\.\n\nUsage:\n/);
    expect(screen).toMatch(
      /\n\nExamples:\n {2}# Open b\n {2}tsnotary box open a b\n {2}# Open c\n {2}tsnotary box open a c\n$/,
    );
  });

  it('the help screen explains the job of a group as a topic, and lists flags as its help', async () => {
    expect(await topicScreen(root, ['box'])).toBe(
      'First open the box.\n\nCommands: open; more: tsnotary box [command] --help\n',
    );
    expect(await helpScreen(box)).toMatch(/^All about boxes\.\n\nUsage:\n/);
    expect(await topicScreen(root, ['box', 'bogus'])).toBe(await helpScreen(box));
    expect(await topicScreen(root, [])).toBe(await helpScreen(root));
  });

  it('the help screen lists the commands of a group', () => {
    expect(usageScreen(box)).toBe(`Usage:
  tsnotary box [command]

Available Commands:
  open        Opens a box.

Flags:
  -h, --help   help for box

${globals}
Use "tsnotary box [command] --help" for more information about a command.
`);
  });

  it('the help screen shows the global flags of the program as its own', () => {
    const screen = usageScreen(root);
    expect(screen).toContain('Usage:\n  tsnotary [flags]\n  tsnotary [command]\n');
    expect(screen).toContain('      --version             Print');
    expect(screen).not.toContain('Global Flags:');
    expect(usageScreen(root, { withHelp: false })).not.toContain('--help  ');
  });
});

describe('screens at a width', () => {
  const nodes = (node: CommandNode): readonly CommandNode[] => [node, ...node.children.flatMap(nodes)];
  const all = nodes(commandTree(commands));
  const topics = ['anchor', 'delegation', 'key', 'sandbox'];
  const screensAt = async (width: number) => [
    ...(await Promise.all(all.map((node) => helpScreen(node, width)))),
    ...(await Promise.all(topics.map((word) => topicScreen(commandTree(commands), [word], width)))),
  ];
  /** The words of a screen, with the lines of commands joined again, and without the marks of comment lines. */
  const wordsOf = (screen: string) =>
    (screen.replace(/ \\\n/g, ' ').match(/\S+/g) ?? []).filter((word) => word !== '#');

  it.each([60, 80, 120])('of %i columns have no longer line', async (width) => {
    for (const screen of await screensAt(width)) {
      expect(screen.split('\n').filter((line) => line.length > width)).toEqual([]);
    }
  });

  it.each([60, 120])('of %i columns have the words that they have at 80', async (width) => {
    const screens = await screensAt(width);
    expect(screens.map(wordsOf)).toEqual((await screensAt(80)).map(wordsOf));
  });

  it('keep each flag and command that Notary has on one line at 80 columns', async () => {
    for (const node of all.filter(({ path: [word], extension }) => word !== 'sandbox' && !extension)) {
      const rows = usageScreen(node)
        .split('\n')
        .filter((line) => line.startsWith('  '));
      expect(rows.filter((row) => row.startsWith(' '.repeat(12)))).toEqual([]);
    }
  });

  it('fill a wide terminal, and are wrapped at 80 columns where the width is not known', async () => {
    const add = findChild(findChild(commandTree(commands), 'delegation') ?? root, 'add') ?? root;
    const first = async (width: number) => (await helpScreen(add, width)).split('\n')[0]?.length ?? 0;
    expect(await first(120)).toBeGreaterThan(await first(80));
    expect(await first(80)).toBeGreaterThan(await first(60));
    expect(await helpScreen(add)).toBe(await helpScreen(add, 80));
    expect([helpWidth(undefined), helpWidth(0), helpWidth(10), helpWidth(66), helpWidth(500)]).toEqual([
      80, 80, 40, 66, 120,
    ]);
  });
});

describe('help texts', () => {
  const specs = commands.filter((spec) => 'run' in spec);

  it.each(specs.map((spec) => [spec.path.join(' '), spec] as const))(
    'the help texts of %s are complete',
    (_name, spec) => {
      expect(spec.short).toMatch(/^[A-Z].*[^.]$/);
      // The last line is the end of a sentence or a command to copy.
      expect(spec.long).toMatch(/^[A-Z].*(?:\.|\n {2}\S[^\n]*)$/s);
      for (const flag of Object.values(spec.flags)) {
        expect(flag.usage).toMatch(/^[A-Z].*[^.]$/);
        // The compiler lets a flag have members that no code reads.
        expect(Object.keys(flag).join(' ')).toMatch(
          /^(?:(?:type|short|extension|filled|default|needs|usage) ?)+$/,
        );
      }
    },
  );
});
