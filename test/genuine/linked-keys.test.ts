/** Key files that are links, as Kubernetes mounts secrets: both programs sign with them. */

import { mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { available } from '../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../support/genuine/stage.ts';

const gun = 'docker.io/alice/linked';

describe.skipIf(!available('notary', 'notary-server'))('key files that are links', () => {
  let stage: Stage;
  let owner: Home;
  beforeAll(async () => {
    stage = await genuineStage();
    owner = stage.home('owner');
    await owner.tsnotary('init', gun, '-p');
    const keys = join(owner.trustDir, 'private');
    mkdirSync(join(keys, '..2026_01'));
    symlinkSync('..2026_01', join(keys, '..data'));
    for (const name of readdirSync(keys).filter((entry) => entry.endsWith('.key'))) {
      renameSync(join(keys, name), join(keys, '..2026_01', name));
      symlinkSync(join('..data', name), join(keys, name));
    }
  });
  afterAll(() => stage.close());

  it.each(['tsnotary', 'notary'] as const)(
    'key files that are links are listed and sign: %s',
    async (program) => {
      const file = owner.write(program, 'content');
      await owner[program]('add', gun, program, file, '-p');
      expect((await owner[program]('list', gun)).stdout).toContain(program);
      expect((await owner.tsnotary('key', 'list')).stdout.match(/[0-9a-f]{64}/g)).toHaveLength(3);
    },
  );
});
