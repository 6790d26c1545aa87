/** What the command line says of commands that change nothing, and how they end with --strict. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratchHome } from '../support/memory-system.ts';

let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
});
afterEach(() => home.remove());

const staged = async () => {
  const { stdout } = await home.run(['status', 'g', '--json']);
  return (JSON.parse(stdout) as { readonly changes: readonly unknown[] }).changes.length;
};
const key = 'f'.repeat(64);

/** The words, the code, and how much is staged all the same without --strict. */
const cases: readonly (readonly [string, readonly string[], string, number])[] = [
  ['delegation remove', ['delegation', 'remove', 'g', 'targets/a', '--paths', ''], 'NOTHING_STAGED', 0],
  [
    'a part of delegation remove',
    ['delegation', 'remove', 'g', 'targets/a', key, '--paths', ''],
    'NOTHING_STAGED',
    1,
  ],
  ['delegation add', ['delegation', 'add', 'g', 'targets/a', '--paths', ''], 'NOTHING_STAGED', 0],
  ['remove with an empty -r', ['remove', 'g', 'v1', '-r', ''], 'ROLE_NOT_NAMED', 1],
  [
    'addhash with an empty -r',
    ['addhash', 'g', 'v1', '5', '--sha256', 'ab'.repeat(32), '-r', ''],
    'ROLE_NOT_NAMED',
    1,
  ],
  ['reset of a number', ['reset', 'g', '-n', '0'], 'CHANGE_NOT_THERE', 0],
  ['reset of all', ['reset', 'g', '--all'], 'CHANGE_NOT_THERE', 0],
  ['delete', ['delete', 'g'], 'COLLECTION_NOT_THERE', 0],
];

describe('G35 a command that has nothing to do', () => {
  it.each(cases)(
    'the command %s with nothing to do says so and succeeds as with notary',
    async (_, words, code, count) => {
      const { status, stderr } = await home.run(words);
      expect([status, stderr]).toEqual([
        0,
        expect.stringMatching(`^time="[^"]*" level=warning msg=.* code=${code}\n$`),
      ]);
      expect(await staged()).toBe(count);
    },
  );

  it.each(cases)(
    'the command %s with nothing to do fails with --strict, with nothing staged',
    async (_, words, code) => {
      const { status, stderr } = await home.run([...words, '--strict', '--json']);
      expect(status).toBe(1);
      expect(JSON.parse(stderr)).toMatchObject({ error: { code } });
      expect(await staged()).toBe(0);
    },
  );

  it('delete counts the staged changes that go with it, and keeps them when strict', async () => {
    for (const name of ['a', 'b']) await home.run(['remove', 'g', name]);
    const strict = await home.run(['delete', 'g', '--strict']);
    expect([strict.status, strict.stdout]).toEqual([
      1,
      expect.stringContaining('2 staged changes of g will never be published'),
    ]);
    expect(await staged()).toBe(2);
    const { status, stderr } = await home.run(['delete', 'g']);
    expect([status, stderr]).toEqual([0, expect.stringContaining('code=CHANGES_DISCARDED')]);
    expect(await staged()).toBe(0);
  });
});
