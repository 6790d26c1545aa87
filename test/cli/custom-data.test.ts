/** Custom data of a target, from files as shells write them. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratchHome } from '../support/memory-system.ts';

const gun = 'docker.io/alice/demo';
let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
  writeFileSync(join(home.folder, 'app.tar'), 'release 1.0\n');
});
afterEach(() => home.remove());

async function staged(custom: Buffer) {
  writeFileSync(join(home.folder, 'custom.json'), custom);
  const run = await home.run(['add', gun, '1.0', 'app.tar', '--custom', 'custom.json']);
  const folder = join(home.folder, `.notary/tuf/${gun}/changelist`);
  const [name = ''] = run.status === 0 ? readdirSync(folder) : [];
  if (name === '') return run.stdout;
  const { data } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { readonly data: string };
  return (JSON.parse(Buffer.from(data, 'base64').toString()) as { readonly custom: unknown }).custom;
}

describe('custom data', () => {
  it.each([
    ['UTF-8', Buffer.from('{"k": "é"}')],
    ['UTF-16, as a redirection in PowerShell makes it', Buffer.from('\ufeff{"k": "é"}\r\n', 'utf16le')],
  ])('custom data in %s is staged as what it says', async (_, file) => {
    expect(await staged(file)).toEqual({ k: 'é' });
  });

  it('custom data that is cut in the middle of a character is refused', async () => {
    expect(await staged(Buffer.from('\ufeff"\ud83d"', 'utf16le'))).toContain('fatal');
  });
});
