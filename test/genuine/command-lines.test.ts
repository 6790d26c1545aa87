/** The same command lines, right and wrong, understood by tsnotary and by the genuine program. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { commandTree } from '../../src/cli/spec/command-tree.ts';
import { available, type Outcome, type Program, run } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';

const installed = available('notary');

let home: string;
beforeAll(() => {
  home = makeScratch();
  mkdirSync(join(home, '.notary'));
  // Nobody listens there, so that reads end at once.
  writeFileSync(join(home, '.notary/config.json'), '{"remote_server":{"url":"http://127.0.0.1:1"}}');
});
afterAll(() => removeScratch(home));

const ours = commandTree(commands);

/** Commands of the original that tsnotary does not have. */
const missing = ['completion', 'delete'].filter(
  (name) => !ours.children.some((child) => child.name === name),
);

/** What both must print alike: everything but prose, versions and the program's name. */
function comparable({ status, stdout, stderr }: Outcome) {
  const absent = missing.length === 0 ? '(?!)' : `(?:${missing.join('|')})`;
  const shown = stdout
    .replaceAll('tsnotary', 'notary')
    .replace(/\nCommands that Notary does not have:\n(?: +\S.*\n)+/g, '')
    .replace(/\n(?:Flags that Notary does not have|Examples):\n[^]*$/, '')
    .replace(/^(?!Unknown help topic|Usage:|\n)[^]*?^Usage:\n/m, '(description)\nUsage:\n')
    .replace(/^( +(?:-., )?--[A-Za-z0-9-]+(?: (?:strings?|ints?))? {2,})\S.*$/gm, '$1(text)')
    .replace(new RegExp(`^ {2}${absent} .*\n`, 'gm'), '')
    .replace(/^( {2}[a-z]+ {2,})[A-Z].*$/gm, '$1(text)')
    .replace(/^( Version:| Git commit:| Go version:) .*$/gm, '$1')
    .replace(/^notary Version: .*$/m, 'notary Version:');
  const records = stderr
    .replace(/time="[^"]*"/g, 'time')
    .replace(/^.* (?:code=[A-Z_]+|level=debug .*)\n/gm, '');
  return { status, shown, records };
}

async function both(words: readonly string[]) {
  const observe = async (program: Program) => {
    rmSync(join(home, '.notary/tuf'), { recursive: true, force: true });
    return comparable(await run(program, words, { env: { HOME: home }, cwd: home }));
  };
  return { genuine: await observe('notary'), tsnotary: await observe('tsnotary') };
}

const lines = [
  '',
  '-v',
  '-- list',
  '--version',
  '--version list',
  '--debug=false --version',
  'version x',
  'version -h',
  'list --version',
  '-h list',
  '-h list x',
  '--help',
  'key',
  'key rot',
  'key -- list',
  'key bogus -z',
  'delegation',
  'help',
  'help help',
  'help list --help',
  'help bogus x',
  'help key bogus',
  'help -- list',
  'LIST',
  're',
  'verzion',
  'xyz --bogus',
  '--bogus xyz',
  '-D x',
  '-d list',
  '-d',
  '--server list g',
  'list -d',
  'list -h --bogus',
  'list -h=false',
  'list --help=maybe',
  'list',
  'list g',
  'list g -r a,b --roles="',
  'list g --roles=',
  'list g -é',
  'list g ---x',
  'list g -s notaurl',
  'list g -s 127.0.0.1:4443',
  'status g -s https://h:x',
  'status g -d trust',
  'status g -c nosuch.json',
  'status g -c config',
  'status',
  'reset g',
  'reset g --all=0',
  'reset g -n x',
  'reset g -n 1,2 -n=-1',
  'add g t',
  'add g t nosuch',
  'add g t . -prtargets',
  'add g t .notary/config.json -r bogus',
  'add g t .notary/config.json -r targets/a,targets',
  'addhash g t 1',
  'addhash g t 0x_1f --sha256 zz',
  'addhash g t -5 --sha256 zz',
  'addhash g t x --sha512 zz',
  'remove g',
  'remove g t -p=maybe',
  'remove g t -r targets/*',
  'witness g',
  'witness g a targets a',
  'lookup g',
  'lookup g t',
  'publish',
  'publish g',
  'init',
  'delegation list',
  'delegation list a b',
  'delegation list g',
  'delegation add g targets/a',
  'delegation add g targets/a --paths b,a',
  'delegation add g targets/a --paths a, --paths "x,y"',
  'delegation add g targets/a --paths=',
  'delegation add g targets/A --all-paths',
  'delegation add g targets/a nosuch',
  'delegation remove g',
  'delegation remove g bad',
  'delegation remove g targets/a',
  'delegation remove g targets/a -y',
  'delegation remove g targets/a k1 k2 --all-paths --paths x',
  'delegation remove g targets/a --paths y,x',
  'delegation purge g',
  'delegation purge g --key a --key b,c',
  'key list x',
  'key list',
  'key generate a b',
  'key generate rsa',
  'key generate',
  'key generate -o nosuch/x',
  'key import',
  'key import nosuch',
  'key export x',
  'key export --gun a --key b',
  'key remove',
  'key remove abc',
  `key remove ${'0'.repeat(64)}`,
  'key passwd',
  `key passwd ${'0'.repeat(64)}`,
  'key rotate g',
  'key rotate g bogus',
  'key rotate g snapshot -l x',
  'key rotate g timestamp',
  'key rotate g root',
  'key rotate g targets -k nosuch',
];

describe.skipIf(!installed)('the same command line means the same', () => {
  it.each(lines)('the command line "notary %s" means the same to both programs', async (line) => {
    const { genuine, tsnotary } = await both(line.split(' ').filter((word) => word !== ''));
    expect(tsnotary).toEqual(genuine);
  });
});

describe.skipIf(!installed)('the same usage', () => {
  const paths = (node: typeof ours): string[][] =>
    node.extension ? [] : [[...node.path], ...node.children.flatMap(paths)];

  it.each(paths(ours).map((path) => [path.join(' ')]))(
    'the command "notary %s --help" shows the same usage in both programs',
    async (line) => {
      const { genuine, tsnotary } = await both([...line.split(' ').filter((word) => word !== ''), '--help']);
      expect(tsnotary).toEqual(genuine);
    },
  );
});
