/** The first metadata of a repository: its versions, its ends, and which keys are listed for which role. */

import { expect, it } from 'vitest';
import { initialize } from '../../../src/client/initialize/initialize.ts';
import { parseRoot } from '../../../src/metadata/root.ts';
import { parseEnvelope } from '../../../src/metadata/signed.ts';
import { freshServer } from '../../support/fresh-server.ts';
import { days, epoch } from '../../support/memory-ports.ts';

it('the first metadata of a repository has version 1, and ends after ten years for the root and three for the others', async () => {
  const { owner } = freshServer();
  await initialize(owner, {});
  const signed = (role: string) => parseEnvelope(owner.cache.files.get(role) ?? new Uint8Array()).signed;
  const after = (count: number) => new Date(epoch.getTime() + days(count)).toISOString().replace('.000', '');
  for (const [role, lifetime] of [
    ['root', 3650],
    ['targets', 1095],
    ['snapshot', 1095],
  ] as const) {
    expect([role, signed(role).get('version'), signed(role).get('expires')]).toEqual([
      role,
      1,
      after(lifetime),
    ]);
  }
  const { roles, consistentSnapshot } = parseRoot(
    parseEnvelope(owner.cache.files.get('root') ?? new Uint8Array()),
  ).content;
  expect(consistentSnapshot).toBe(false);
  expect([...roles.keys()].sort()).toEqual(['root', 'snapshot', 'targets', 'timestamp']);
  for (const { keyIds, threshold } of roles.values()) expect([keyIds.length, threshold]).toEqual([1, 1]);
  const snapshotMeta = signed('snapshot').get('meta');
  expect(snapshotMeta instanceof Map && [...snapshotMeta.keys()].sort()).toEqual(['root', 'targets']);
});
