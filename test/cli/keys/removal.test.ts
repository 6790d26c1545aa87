/** `key remove` and the rotation of a root key: what is said before a key goes, and answers other than yes. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plantTrustDir } from '../../support/fixture-files.ts';
import { scriptedPrompter } from '../../support/memory-ports.ts';
import { scratchHome } from '../../support/memory-system.ts';

let home: ReturnType<typeof scratchHome>;
let keys: Readonly<Record<string, string>>;
beforeEach(async () => {
  home = scratchHome();
  plantTrustDir('docker', join(home.folder, '.notary'));
  await home.run(['key', 'generate', '-r', 'spare'], {
    env: { NOTARY_DELEGATION_PASSPHRASE: 'passphrase' },
  });
  const { stdout } = await home.run(['key', 'list', '--json']);
  const listed = JSON.parse(stdout) as {
    readonly keys: readonly { role: string; keyId: string }[];
  };
  keys = Object.fromEntries(listed.keys.map(({ role, keyId }) => [role, keyId]));
});
afterEach(() => home.remove());

const stored = () => readdirSync(join(home.folder, '.notary/private')).length;
const no = { prompter: scriptedPrompter(['']) };

describe('a key that is about to be removed', () => {
  it.each([
    ['root', 'it is the only root key of \\S+ here: without it no key of the repository can be replaced'],
    ['targets', 'it is the only targets key of \\S+ here: .* runs .*tsnotary key rotate \\S+ targets'],
  ])('the last %s key of a repository is said to be so before the question', async (role, words) => {
    const id = keys[role] ?? '';
    const { status, stderr } = await home.run(['key', 'remove', id], {
      prompter: scriptedPrompter(['yes']),
    });
    expect(status).toBe(0);
    expect(stderr).toMatch(new RegExp(`msg="${id} is in use: ${words}.* code=KEY_IN_USE\n$`));
    expect(stored()).toBe(3);
  });

  it('the last key of a role stays with --strict', async () => {
    const { status, stdout } = await home.run(['key', 'remove', keys['root'] ?? '', '-y', '--strict']);
    expect([status, stdout]).toEqual([1, expect.stringContaining('is in use: ')]);
    expect(stored()).toBe(4);
  });

  it('a key that nothing lists is removed with -y without a question and without a warning', async () => {
    const words = ['key', 'remove', keys['spare'] ?? '', '-y', '--strict'];
    const { status, stdout, stderr } = await home.run(words);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Confirmed `yes` from flag\n\nDeleted ');
    expect(stored()).toBe(3);
  });
});

describe('a question without a yes', () => {
  const remove = () => ['key', 'remove', keys['spare'] ?? ''];
  const rotate = () => ['key', 'rotate', 'docker.io/fixtures/docker', 'root', '-s', 'https://127.0.0.1:1'];

  it.each([
    ['key remove', remove],
    ['key rotate', rotate],
  ])('%s ends with 0 as in notary, and says that nothing was done', async (_, words) => {
    const { status, stdout, stderr } = await home.run(words(), no);
    expect([status, stdout]).toEqual([0, expect.stringContaining('\nAborting action.\n')]);
    expect(stderr).toMatch(/msg="the question was not answered with yes: .* code=ABORTED\n$/);
    expect(stored()).toBe(4);
  });

  it.each([
    ['key remove', remove],
    ['key rotate', rotate],
  ])('%s fails with --json, and with --strict', async (_, words) => {
    const json = await home.run([...words(), '--json'], no);
    expect([json.status, json.stdout]).toEqual([1, '']);
    expect(json.stderr).toContain('{"error":{"code":"ABORTED",');
    const strict = await home.run([...words(), '--strict'], no);
    expect(strict.status).toBe(1);
    expect(stored()).toBe(4);
  });
});

describe('a question with --json and no terminal', () => {
  it.each([
    ['key remove', () => ['key', 'remove', keys['spare'] ?? '']],
    ['key rotate', () => ['key', 'rotate', 'docker.io/fixtures/docker', 'root', '-s', 'https://127.0.0.1:1']],
    ['delegation remove', () => ['delegation', 'remove', 'docker.io/fixtures/docker', 'targets/a']],
  ])(
    'a question of %s is not shown with --json and no terminal; without a yes the error line says to give -y',
    async (_, words) => {
      const asked: string[] = [];
      const confirm = async (question: string) => asked.push(question) > 0;
      const prompter = {
        ...scriptedPrompter(['no']),
        interactive: false,
        confirm,
      };
      const { status, stderr } = await home.run([...words(), '--json'], {
        prompter,
      });
      expect([status, asked]).toEqual([1, []]);
      expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
        error: {
          code: 'ABORTED',
          hint: 'Give -y to do it without a question.',
        },
      });
    },
  );
});
