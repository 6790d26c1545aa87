/** GUNs that are not what they seem: what every command says of them. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratchHome } from '../support/memory-system.ts';

let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
  const folder = join(home.folder, '.notary/tuf/docker.io/acme/app/metadata');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'root.json'), '{}');
});
afterEach(() => home.remove());

const status = (gun: string, ...flags: readonly string[]) => home.run(['status', gun, ...flags]);

describe('a GUN', () => {
  it.each(['docker.io/acme/ap', 'docker.io/acme/apq', 'docker.io/amce/app', 'docker.io/acme/pap'])(
    'a GUN that is one letter away from a known one, %s, is said to be unknown, and which one may be meant',
    async (gun) => {
      const { status: ended, stderr } = await status(gun);
      expect([ended, stderr]).toEqual([0, expect.stringContaining('did you mean \\"docker.io/acme/app\\"?')]);
      expect(stderr).toMatch(/code=GUN_UNKNOWN\n$/);
    },
  );

  it('a GUN without the registry of a known one is said to be unknown, and which one may be meant', async () => {
    const { stderr } = await status('acme/app');
    expect(stderr).toContain('did you mean \\"docker.io/acme/app\\"?');
    expect((await status('ghcr.io/acme/app')).stderr).toBe('');
  });

  it.each(['docker.io/acme/app', 'docker.io/acme/app2', 'docker.io/acme/other', 'localhost:5000/app'])(
    'a GUN that is known, or another by a digit or a word, draws no word: %s',
    async (gun) => {
      expect((await status(gun)).stderr).toBe('');
    },
  );

  it.each(['docker.io/acme/app:1.0', 'localhost:5000/app:1.0', 'docker.io/acme/app@sha256:ab'])(
    'a GUN with a tag, %s, is taken as in notary with a warning, and refused when strict',
    async (gun) => {
      const { status: ended, stderr } = await status(gun);
      expect([ended, stderr]).toEqual([0, expect.stringContaining('code=GUN_HAS_TAG')]);
      const strict = await status(gun, '--strict');
      expect([strict.status, strict.stdout]).toEqual([1, expect.stringContaining('Tags are targets of ')]);
    },
  );

  it('a GUN with a scheme is refused with the name that may be meant', async () => {
    const { status: ended, stderr } = await status('https://docker.io/acme/app');
    expect([ended, stderr]).toEqual([
      1,
      expect.stringContaining('A GUN has no scheme: \\"docker.io/acme/app\\"'),
    ]);
  });
});
