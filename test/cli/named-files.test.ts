/** Which flag or setting named a file that cannot be read. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Served, serve } from './batch/served.ts';

const gun = 'docker.io/acme/app';
let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.stop());

describe('a file that is not there', () => {
  it('a CA that is named by a configuration with a relative path is traced to its setting', async () => {
    const config = join(served.home.folder, 'other.json');
    writeFileSync(
      config,
      JSON.stringify({ remote_server: { url: 'https://localhost:1', root_ca: 'none.pem' } }),
    );
    for (const path of [config, 'other.json']) {
      const { status, stderr } = await served.home.run(['-c', path, 'list', gun]);
      expect([status, stderr]).toEqual([1, expect.stringContaining('named by remote_server.root_ca in ')]);
    }
  });

  it('a file of passphrases is traced to --passphrase-file', async () => {
    const path = join(served.home.folder, 'none');
    const { status, stderr } = await served.home.run(['init', gun, '--passphrase-file', path]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('named by --passphrase-file') as string]);
  });
});
