/** What commands that make keys say on a terminal of what they made. */

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryOutput, scratchHome } from '../../support/memory-system.ts';

let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
});
afterEach(() => home.remove());

const env = {
  NOTARY_DELEGATION_PASSPHRASE: 'passphrase',
  NOTARY_ROOT_PASSPHRASE: 'passphrase',
};

async function onTerminal(...words: readonly string[]) {
  const stderr = memoryOutput({ isTerminal: true });
  const { status } = await home.run(words, { env, stderr });
  return { status, shown: stderr.text().replace(/\x1b\[\d+m/g, '') };
}

const at = (name: string) => join(home.folder, name);
const stored = () => readdirSync(at('.notary/private')).map((name) => name.replace('.key', ''));

describe('on a terminal', () => {
  it('key generate -o says which file to keep and which to hand over', async () => {
    const { shown } = await onTerminal('key', 'generate', '-r', 'user', '-o', 'bob');
    expect(shown).toMatch(
      /^INFO\[0000\] bob-key\.pem is the private key [0-9a-f]{64}, .* code=KEY_FILES_MADE\n$/,
    );
    expect(shown).toContain('bob.pem is its public key: hand over this one');
  });

  it('key import says how many keys of which roles went where', async () => {
    await home.run(['key', 'generate', '-r', 'user', '-o', 'bob'], { env });
    const { shown } = await onTerminal('key', 'import', 'bob-key.pem');
    const [id = ''] = stored();
    expect(shown).toMatch(/ code=KEYS_IMPORTED\n$/);
    expect(shown).toContain(`imported 1 key (1 user) into ${at('.notary/private')}: ${id}`);
  });

  it('key import of a file that is here already says that it is unchanged', async () => {
    for (const role of ['root', 'user']) await home.run(['key', 'generate', '-r', role], { env });
    const [first = ''] = stored().sort();
    await home.run(['key', 'export', '-o', 'all.pem'], { env });
    await home.run(['key', 'remove', '-y', first], { env });
    const { shown } = await onTerminal('key', 'import', 'all.pem');
    expect(shown).toMatch(new RegExp(`imported 1 key \\(1 [a-z]+\\) into \\S+: ${first}`));
    expect(shown).toMatch(/ 1 key \(1 [a-z]+\) already in \S+, unchanged: [0-9a-f]{64}/);
    expect((await onTerminal('key', 'import', 'all.pem')).shown).toMatch(
      /^INFO\[0000\] 2 keys \([^)]*\) already in \S+, unchanged: [0-9a-f, ]{130} +code=KEYS_IMPORTED\n$/,
    );
  });

  it('key export says how many keys of which roles went where', async () => {
    for (const role of ['root', 'user']) await home.run(['key', 'generate', '-r', role], { env });
    const { shown } = await onTerminal('key', 'export', '-o', 'all.pem');
    expect(shown).toMatch(
      /exported 2 keys \((?:1 root, 1 user|1 user, 1 root)\) to all\.pem +code=KEYS_EXPORTED\n$/,
    );
  });

  it('what is made is not said in a pipe, and with -v only', async () => {
    for (const verbose of [false, true]) {
      const words = ['key', 'generate', '-o', `pair-${verbose}`, ...(verbose ? ['-v'] : [])];
      const { stderr } = await home.run(words, { env });
      expect(stderr.includes('KEY_FILES_MADE')).toBe(verbose);
    }
  });
});

describe('key generate -o', () => {
  it('warns before it replaces a private key, and leaves it when strict', async () => {
    await home.run(['key', 'generate', '-o', 'bob'], { env });
    const first = readFileSync(at('bob-key.pem'), 'utf8');
    const strict = await home.run(['key', 'generate', '-o', 'bob', '--strict'], { env });
    expect([strict.status, readFileSync(at('bob-key.pem'), 'utf8')]).toEqual([1, first]);
    const { status, stderr } = await home.run(['key', 'generate', '-o', 'bob'], { env });
    expect([status, stderr]).toEqual([0, expect.stringContaining('code=KEY_FILE_REPLACED')]);
  });

  it('warns before it replaces a public key, and leaves it when strict', async () => {
    await home.run(['key', 'generate', '-o', 'bob'], { env });
    const first = readFileSync(at('bob.pem'), 'utf8');
    rmSync(at('bob-key.pem'));
    const strict = await home.run(['key', 'generate', '-o', 'bob', '--strict'], { env });
    expect([strict.status, readFileSync(at('bob.pem'), 'utf8')]).toEqual([1, first]);
    expect(existsSync(at('bob-key.pem'))).toBe(false);
    const { status, stderr } = await home.run(['key', 'generate', '-o', 'bob'], { env });
    expect([status, stderr]).toEqual([0, expect.stringContaining('bob.pem is there already')]);
  });

  it('takes no - for a prefix', async () => {
    const { status } = await home.run(['key', 'generate', '-o', '-'], { env });
    expect([status, existsSync(at('--key.pem'))]).toEqual([1, false]);
  });
});

describe('a role for a key', () => {
  it.each([
    ['generate', ['key', 'generate', '-r', 'targts']],
    ['import', ['key', 'import', '-r', 'targts', 'bob-key.pem']],
  ])(
    'a role for a key that is a letter away from a known one is named by key %s, and refused when strict',
    async (_, words) => {
      await home.run(['key', 'generate', '-r', 'user', '-o', 'bob'], { env });
      const strict = await home.run([...words, '--strict'], { env });
      expect([strict.status, strict.stdout, stored()]).toEqual([
        1,
        expect.stringMatching(/nothing was stored; did you mean "targets"\?/),
        [],
      ]);
      expect((await home.run(words, { env })).stderr).toContain('code=ROLE_WORD_UNKNOWN');
    },
  );

  it.each(['root', 'delegation', 'user', 'releases', 'qa'])(
    'a role for a key is taken as it is: %s',
    async (role) => {
      expect((await home.run(['key', 'generate', '-r', role], { env })).stderr).toBe('');
    },
  );
});

describe('key export without a name', () => {
  it('says that an empty --gun stands for all keys, and fails when strict', async () => {
    await home.run(['key', 'generate'], { env });
    const words = ['key', 'export', '--gun', '', '-o', 'all.pem'];
    const strict = await home.run([...words, '--strict'], { env });
    expect([strict.status, existsSync(at('all.pem'))]).toEqual([1, false]);
    const { status, stderr } = await home.run(words, { env });
    expect([status, stderr]).toEqual([0, expect.stringContaining('code=KEYS_NOT_NAMED')]);
  });
});

describe('a passphrase in a variable', () => {
  const change = async (...more: readonly string[]) =>
    home.run(['key', 'passwd', stored()[0] ?? '', ...more], { env });

  it('a passphrase in a variable is the old and the new one to key passwd, which says so, and fails when strict', async () => {
    await home.run(['key', 'generate', '-r', 'user'], { env });
    expect((await change()).status).toBe(0);
    expect((await change()).stderr).toMatch(
      /NOTARY_DELEGATION_PASSPHRASE is taken for the passphrase of [0-9a-f]{64} and for the new one, .* code=PASSPHRASE_UNCHANGED\n$/,
    );
    const before = readFileSync(at(`.notary/private/${stored()[0] ?? ''}.key`));
    const { status, stdout } = await change('--strict');
    expect([status, stdout]).toEqual([1, expect.stringContaining('nothing was changed')]);
    expect(readFileSync(at(`.notary/private/${stored()[0] ?? ''}.key`))).toEqual(before);
  });
});
