/** What docs/expiry.md gives to copy, held against the programs that read it. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { available, repository } from '../support/genuine/programs.ts';
import { blocksOf } from './blocks.ts';

const page = readFileSync(`${repository}/docs/expiry.md`, 'utf8');

const textsIn = (language: string): readonly string[] =>
  blocksOf(page).flatMap((block) => (block.language === language ? [block.text] : []));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsnotary-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe.skipIf(!available('systemd-analyze'))('systemd', () => {
  it('systemd-analyze finds nothing wrong with the service and the timer', () => {
    const [service = '', timer = ''] = textsIn('ini');
    const units = [file('notary-expiry.service', service), file('notary-expiry.timer', timer)];
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], {
      encoding: 'utf8',
    });
    const own = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('notary-expiry'));
    expect([status, own]).toEqual([0, []]);
  });
});

describe.skipIf(!available('promtool'))('Prometheus', () => {
  it('promtool takes both alert rules', () => {
    const [rules = ''] = textsIn('yaml');
    const { status, stdout } = spawnSync('promtool', ['check', 'rules', file('rules.yml', rules)], {
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, expect.stringContaining('2 rules found') as string]);
  });
});
