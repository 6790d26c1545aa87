/** Hints that lead on when they are followed to the letter, where tags would be lost or a role has no keys left. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectDocument } from '../support/printed-json.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

const gun = 'docker.io/acme/app';
const releases = 'targets/releases';
let served: Served;
let bob: string;

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly keyId?: string;
  readonly hint?: { readonly command: readonly string[] };
}

/** Bob alone may sign `targets/releases`, and has signed v1. */
beforeEach(async () => {
  served = await serve();
  const at = (name: string) => join(served.home.folder, name);
  await served.must(['init', gun, '-p']);
  await served.must(['key', 'rotate', gun, 'snapshot', '-r']);
  await served.must(['sandbox', 'certificate', 'bob', '-o', served.home.folder]);
  await served.must(['key', 'import', at('bob.key'), '-r', 'delegation']);
  await served.must(['delegation', 'add', gun, releases, at('bob.crt'), '--all-paths', '-p']);
  await served.must(['addhash', gun, 'v1', '5', '--sha256', 'ab'.repeat(32), '-r', releases, '-p']);
  const { changes } = JSON.parse(
    await served.must(['collaborator', 'add', 'bob', at('bob.crt'), '--json']),
  ) as { readonly changes: readonly { readonly keyId: string }[] };
  bob = changes[0]?.keyId ?? '';
});
afterEach(() => served.stop());

async function findingsOf(words: readonly string[], document: string): Promise<readonly Finding[]> {
  const { stdout } = await served.home.run([...words, '--json'], { env: passphrases });
  return (expectDocument(stdout, document) as { readonly findings: readonly Finding[] }).findings;
}

describe('a hint', () => {
  it('diff of the removal of a last key leads to a revocation that keeps the tags', async () => {
    await served.must(['delegation', 'remove', gun, releases, 'bob']);
    const findings = await findingsOf(['diff', gun], 'diff');
    const command = findings.find(({ code }) => code === 'ROLE_WITHOUT_KEYS')?.hint?.command ?? [];
    expect(command.slice(1, 5)).toEqual(['delegation', 'revoke', gun, bob]);
    const { status, stdout } = await served.home.run(command.slice(1), { env: passphrases });
    expect([status, stdout]).toEqual([0, expect.stringContaining('1 tag, signed in targets') as string]);
  });

  it('renew of a role without keys does not send its holder to a witness that must fail', async () => {
    await served.must(['delegation', 'remove', gun, releases, 'bob', '-p']);
    expect(await findingsOf(['renew', gun, '--dry-run'], 'renew')).toMatchObject([
      { code: 'ROLE_WITHOUT_KEYS', hint: { command: ['tsnotary', 'delegation', 'remove', gun, releases] } },
    ]);
  });

  it('expiry of a certificate says whose key has it', async () => {
    const findings = await findingsOf(['expiry', gun, '--warn', '900d'], 'expiry');
    const own = findings.filter(({ keyId }) => keyId === bob);
    expect(own).toMatchObject([
      { message: expect.stringContaining(`the key ${bob} in ${releases}`) as string },
    ]);
  });

  it('anchor show does not send its reader to anchor show', async () => {
    const config = join(served.home.folder, '.notary/config.json');
    const settings = JSON.parse(readFileSync(config, 'utf8')) as Record<string, unknown>;
    const pins = { certs: { [gun]: ['ab'.repeat(32)] } };
    writeFileSync(config, JSON.stringify({ ...settings, trust_pinning: pins }));
    const findings = await findingsOf(['anchor', 'show', gun], 'anchor-show');
    expect(findings.map(({ code, hint }) => [code, hint])).toContainEqual(['ROOT_NOT_PINNED', undefined]);
  });
});
