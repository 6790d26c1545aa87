/** What the server gives under a version must be that version, and there is an end to what is asked for. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openArchiveDraft } from '../../../src/adapters/archive/archive-draft.ts';
import { walkBack } from '../../../src/client/archive/collect-history.ts';
import { Collector } from '../../../src/client/archive/collector.ts';
import { NotaryError } from '../../../src/errors.ts';
import type { ArchiveDraft } from '../../../src/ports/archive.ts';
import type { RemoteStore } from '../../../src/ports/notary-server.ts';

const never = (): never => {
  throw new Error('nothing is published here');
};
const file = (version: number) => Buffer.from(JSON.stringify({ signatures: [], signed: { version } }));

describe('collecting earlier versions', () => {
  let folder: string;
  let draft: ArchiveDraft;
  let asked: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsnotary-test-'));
    draft = openArchiveDraft({ path: join(folder, 'a.tar'), shown: 'a.tar' }, { resume: false });
    asked = [];
  });
  afterEach(async () => {
    await draft.leave();
    rmSync(folder, { recursive: true });
  });

  function collectorOf(answer: (resource: string) => Uint8Array): Collector {
    const remote: RemoteStore = {
      async get(resource) {
        asked.push(resource);
        return answer(resource);
      },
      ...{ publish: never, getKey: never, rotateKey: never, deleteAll: never, location: 'test' },
    };
    return new Collector(remote, draft);
  }
  const notThere = () => {
    throw new NotaryError('METADATA_NOT_FOUND', 'not there');
  };

  it('a server that gives one version for all is left after 128 of them', async () => {
    const collector = collectorOf(() => file(7));
    await walkBack(collector, 'timestamp', 1_000_000, () => undefined);
    expect(collector.files).toEqual([]);
    expect(asked.length).toBeLessThan(140);
  });

  it('a root of version a thousand million costs no thousand million requests', async () => {
    const collector = collectorOf(notThere);
    await walkBack(collector, 'root', 1_000_000_000, () => undefined);
    expect(asked.length).toBeLessThan(140);
    expect(collector.absent).toContain('999999999.root');
  });

  it('gaps are passed over, and what lies behind them is kept', async () => {
    const collector = collectorOf((resource) => (resource === '3.targets' ? file(3) : notThere()));
    await walkBack(collector, 'targets', 100, () => undefined);
    expect(collector.files.map(({ version }) => version)).toEqual([3]);
  });

  it('what cannot be read is kept where the state names it', async () => {
    const collector = collectorOf(() => Buffer.from('no metadata'));
    expect(await collector.fetch('targets/x', 'targets/x', 100)).toBeUndefined();
    await collector.fetch('targets/y', 'targets/y', 100, true);
    expect(collector.files).toMatchObject([{ role: 'targets/y', version: 0, size: 11 }]);
  });
});
