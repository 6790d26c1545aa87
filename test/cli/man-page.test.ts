import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { manPage } from '../../src/cli/help/man/man-page.ts';
import { definitions, paragraph, verbatim } from '../../src/cli/help/man/roff.ts';
import { type CommandNode, commandTree } from '../../src/cli/spec/command-tree.ts';
import { globalFlags } from '../../src/cli/spec/global-flags.ts';
import { available, repository } from '../support/genuine/programs.ts';

let page: string;
beforeAll(async () => {
  page = await manPage('1.2.3');
});

const withCommand = (node: CommandNode): readonly CommandNode[] => [
  ...(node.spec === undefined ? [] : [node]),
  ...node.children.flatMap(withCommand),
];
const nodes = withCommand(commandTree(commands));

/** The page as a reader sees it, in lines of so many columns; and what troff complains of. */
function formatted(source: string, columns = 2000): { readonly text: string; readonly complaints: string } {
  const { stdout, stderr } = spawnSync(
    'groff',
    ['-man', '-ww', '-k', '-Tutf8', `-rLL=${columns}n`, '-rHY=0', '-P-cbou'],
    { input: source, encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' } },
  );
  return { text: stdout, complaints: stderr };
}

/** Every `.ts` file below src, as one text. */
function sources(): string {
  const names = readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts') && !name.includes('manual/'));
  return files.map((name) => readFileSync(join(repository, 'src', name), 'utf8')).join('\n');
}

describe('the man page', () => {
  it('the man page in dist is the one that is made here', () => {
    const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      version: string;
    };
    const built = readFileSync(join(repository, 'dist/man/tsnotary.1'), 'utf8');
    expect(built).toBe(page.replace('1.2.3', version));
  });

  it('the man page uses the requests of man(7), that for the indentation, and no others', () => {
    const requests = new Set(Array.from(page.matchAll(/^[.'](\S*)/gm), ([, name]) => name));
    expect([...requests].sort()).toEqual(['B', 'PP', 'SH', 'SS', 'TH', 'TP', 'fi', 'in', 'nf']);
  });

  it('the man page keeps text from being taken for requests', () => {
    expect(paragraph(".nf\n'x' \\n a-b")).toBe('.PP\n\\&.nf\n\\(aqx\\(aq \\en a\\-b');
    expect(verbatim('.x\n')).toBe('.PP\n.nf\n\\&.x\n.fi');
    expect(definitions([['a "b"', 'c']])).toBe('.TP\n.B "a \\(dqb\\(dq"\nc');
  });

  it('the man page names every environment variable that the source reads', () => {
    const read = sources().matchAll(
      /'((?:NOTARY|TSNOTARY|SSL)_[A-Z_]+|(?:HTTPS?|NO)_PROXY|DOCKER_CONFIG|HOME)'/g,
    );
    const names = new Set(Array.from(read, ([, name]) => name ?? ''));
    expect(names.size).toBeGreaterThan(8);
    expect([...names].filter((name) => !page.includes(name))).toEqual([]);
  });

  it('the man page names every setting that the source reads', () => {
    const read = sources().matchAll(/'((?:remote_server|trust_pinning)\.[A-Za-z_]+|trust_dir)'/g);
    const names = new Set(Array.from(read, ([, name]) => name ?? ''));
    expect(names.size).toBeGreaterThan(5);
    expect([...names].filter((name) => !page.includes(name))).toEqual([]);
  });
});

describe.skipIf(!available('groff'))('the man page as groff formats it', () => {
  it('the man page as groff formats it has nothing that groff complains of', () => {
    expect(formatted(page).complaints).toBe('');
    expect(formatted('.TH X 1\n.bogus\n').complaints).not.toBe('');
  });

  it.each(nodes.map((node) => [node.path.join(' '), node] as const))(
    'the man page as groff formats it shows %s with its flags and examples',
    async (_, node) => {
      const { text } = formatted(page);
      const start = text.indexOf(`   tsnotary ${node.path.join(' ')}`);
      const part = text.slice(start, text.indexOf('\n   tsnotary ', start + 1));
      expect(start).toBeGreaterThan(0);
      for (const { line } of (await node.spec?.examples()) ?? [])
        expect(part.replace(/ \\\n +/g, ' ')).toContain(`\n       ${line}\n`);
      for (const [name, { usage }] of node.flags) {
        expect(part).toMatch(
          new RegExp(
            `\n +(?:-., )?--${name}(?: [a-z]+)?(?:\n +| +)${usage.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`,
          ),
        );
      }
    },
  );

  it('the man page as groff formats it fits a terminal of 80 columns', () => {
    expect(
      formatted(page, 78)
        .text.split('\n')
        .filter((line) => line.length > 80),
    ).toEqual([]);
  });

  it('the man page as groff formats it shows the global flags', () => {
    const { text } = formatted(page);
    for (const [name, { usage }] of Object.entries(globalFlags)) {
      expect(text).toContain(`--${name}`);
      expect(text).toContain(usage);
    }
  });
});
