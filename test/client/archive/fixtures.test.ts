/** Every recorded repository can be archived, and its archive verifies and reads as the repository does. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openArchiveDraft } from '../../../src/adapters/archive/archive-draft.ts';
import { openArchiveFile } from '../../../src/adapters/archive/archive-file.ts';
import { encodeIndex, manifestOf } from '../../../src/archive/image-layout.ts';
import { encodeRecord } from '../../../src/archive/repository-record.ts';
import { archivedRemote } from '../../../src/client/archive/archived-remote.ts';
import { collectRepository } from '../../../src/client/archive/collect-repository.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { verifyRepository } from '../../../src/client/archive/verify-repository.ts';
import { memoryCache } from '../../../src/client/update/memory-cache.ts';
import { update } from '../../../src/client/update/update.ts';
import { parseInstant } from '../../../src/encoding/rfc3339.ts';
import { NotaryError } from '../../../src/errors.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { parseEnvelope } from '../../../src/metadata/signed.ts';
import type { RemoteStore } from '../../../src/ports/notary-server.ts';
import { noPinning } from '../../../src/trust-pinning/trust-pinning.ts';
import { fixture, fixturesIn } from '../../support/fixture-files.ts';
import { memoryClock } from '../../support/memory-ports.ts';

const names = fixturesIn('metadata').filter((name) => name.endsWith('.json'));
const collections = [...new Set(names.map((name) => name.split('/')[1] ?? ''))];
const silent = () => undefined;
const log = { debug: silent, info: silent, notice: silent, warn: silent, error: silent };
const never = (): never => {
  throw new Error('nothing is published here');
};

/** A server of the recorded files: by name, by version and by checksum. */
function serverOf(collection: string): RemoteStore {
  return {
    async get(resource) {
      const name = `metadata/${collection}/${resource.replace(/\.[0-9a-f]{64}$/, '')}.json`;
      if (!names.includes(name))
        throw new NotaryError('METADATA_NOT_FOUND', `no ${resource}`, { details: { resource } });
      return fixture(name);
    },
    ...{ publish: never, getKey: never, rotateKey: never, deleteAll: never, location: 'fixtures' },
  };
}

describe('archives of recorded repositories', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsnotary-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('there is more than one', () => expect(collections.length).toBeGreaterThan(8));

  it.each(collections)('%s', async (collection) => {
    const { signed } = parseEnvelope(fixture(`metadata/${collection}/timestamp.json`));
    const recorded = new Date(parseInstant(signed.get('expires') as string) - 13 * 86_400_000);
    const gun = parseGun(`docker.io/fixtures/${collection}`);
    const ports = {
      ...{ gun, remote: serverOf(collection), cache: memoryCache(), pinning: noPinning, log },
      ...{ clock: memoryClock(recorded), caution: silent },
    };
    const path = join(folder, 'a.tar');
    const draft = openArchiveDraft({ path, shown: 'a.tar' }, { resume: false });
    const { record, loaded } = await collectRepository(ports, draft, { history: true });
    const whole = { ...record, server: 'https://fixtures', names: [] };
    const keep = async (bytes: Uint8Array) => ({ sha256: await draft.put(bytes), size: bytes.length });
    const blob = await keep(encodeRecord(whole));
    const manifest = await keep(manifestOf(whole, blob));
    const blobs = [blob, manifest, ...whole.files].map(({ sha256, size }) => [sha256, size] as const);
    await draft.finish(encodeIndex([{ gun, manifest }]), new Map(blobs));

    const { file, records } = await openArchive(await openArchiveFile(path, 'a.tar'));
    try {
      const [archived] = records.values();
      if (archived === undefined) throw new Error('the archive is empty');
      const options = { at: undefined, fingerprints: undefined, clock: memoryClock(recorded) };
      const { findings, roles } = await verifyRepository(file, archived, options);
      const broken = findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
      expect([...new Set(broken)]).toEqual(collection === 'keys-removed' ? ['ROLE_WITHOUT_KEYS'] : []);
      expect(roles.length).toBeGreaterThan(0);
      const read = await update({ ...ports, remote: archivedRemote(file, archived), cache: memoryCache() });
      expect([...read.targets.keys()]).toEqual([...loaded.targets.keys()]);
      for (const [role, { content }] of loaded.targets)
        expect(read.targets.get(role)?.content).toEqual(content);
    } finally {
      await file.close();
    }
  });
});
