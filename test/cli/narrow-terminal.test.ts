/** What a person sees on a terminal that is narrower than a table, or wants without colours. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, run } from '../support/genuine/programs.ts';
import { openShell, shellLine } from '../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';

let home: string;
let id: string;
beforeAll(async () => {
  home = makeScratch();
  const env = { HOME: home, NOTARY_DELEGATION_PASSPHRASE: 'a long passphrase' };
  const { stdout } = await run('tsnotary', ['key', 'generate', '-r', 'delegation'], { env });
  id = /[0-9a-f]{64}/.exec(stdout)?.[0] ?? '';
});
afterAll(() => removeScratch(home));

async function shown(words: readonly string[], columns: number, env: Readonly<Record<string, string>> = {}) {
  const terminal = openShell(shellLine('tsnotary', words), { columns, env: { HOME: home, ...env } });
  return (await terminal.end()).shown;
}

describe.skipIf(!available('script'))('on a terminal', () => {
  it('a table is cut only where the terminal is too narrow for it, and never in a pipe', async () => {
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const { stdout } = await run('tsnotary', ['key', 'list'], { env: { HOME: home } });
    expect(stdout).toContain(`    ${id}    `);
    expect(await shown(['key', 'list'], 200)).toBe(stdout);
    expect(await shown(['key', 'list'], 80)).toContain(`    ${id.slice(0, 12)}    `);
    expect(await shown(['key', 'list'], 80)).not.toContain(id);
    expect(await shown(['key', 'list', '--wide'], 80)).toBe(stdout);
    const piped = openShell(`${shellLine('tsnotary', ['key', 'list'])} | cat`, {
      columns: 80,
      env: { HOME: home },
    });
    expect((await piped.end()).shown).toBe(stdout);
  });

  it('a message has colours unless NO_COLOR says otherwise', async () => {
    const words = ['delete', 'docker.io/nothing/here'];
    expect(await shown(words, 100)).toContain('\u001b[33mWARN\u001b[0m[0000] ');
    expect(await shown(words, 100, { NO_COLOR: '' })).toContain('\u001b[33mWARN');
    const plain = await shown(words, 100, { NO_COLOR: '1' });
    expect(plain).toContain('WARN[0000] ');
    expect(plain).toMatch(/ code=COLLECTION_NOT_THERE\n/);
    expect(plain).not.toContain('\u001b');
  });
});
