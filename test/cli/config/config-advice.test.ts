/** What is said of a configuration that lacks something, and of where a file was named. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noServerAdvice } from '../../../src/cli/config/config-advice.ts';
import { settingsWithoutEffect } from '../../../src/cli/config/unknown-settings.ts';
import { readJson } from '../../../src/encoding/json.ts';
import type { JsonObject } from '../../../src/encoding/json-value.ts';
import { memoryEnvironment, scratchHome } from '../../support/memory-system.ts';

let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
});
afterEach(() => home.remove());

const advice = (text: string) => settingsWithoutEffect(readJson(Buffer.from(text)) as JsonObject);

function configure(settings: unknown): void {
  mkdirSync(join(home.folder, '.notary'), { recursive: true });
  writeFileSync(join(home.folder, '.notary/config.json'), JSON.stringify(settings));
}

describe('settings without effect', () => {
  it('settings without effect are none of those that are known, in any case or with dots', () => {
    expect(
      advice(
        '{"Trust_Dir":"x","remote_server":{"URL":"x","root_ca":"x","tls_client_cert":"x","tls_client_key":"x","skiptlsverify":true},"remote_server.url":"x","trust_pinning":{},"trust_pinning.ca":{}}',
      ),
    ).toEqual([]);
  });

  it.each([
    ['{"root-ca":"x"}', '"remote_server.root_ca"'],
    ['{"rootCA":"x"}', '"remote_server.root_ca"'],
    ['{"trustDir":"x"}', '"trust_dir"'],
    ['{"url":"x"}', '"remote_server.url"'],
    ['{"remote-server":{}}', '"remote_server"'],
    ['{"remote_server":{"tls_client_crt":"x"}}', '"remote_server.tls_client_cert"'],
  ])('settings without effect, %s, are named with the nearest one', (text, nearest) => {
    const [said, ...more] = advice(text);
    expect([said, more]).toEqual([expect.stringContaining(`the nearest one is ${nearest}`), []]);
  });

  it('settings without effect that resemble none are named alone, and a server as text with its right form', () => {
    expect(advice('{"colour":1}')).toEqual(['the setting "colour" is not known and has no effect']);
    expect(advice('{"remote_server":"https://h"}')[0]).toContain(
      'it has to be an object, such as {"remote_server"',
    );
  });

  it('settings without effect are said once in a command', async () => {
    configure({ 'root-ca': 'x' });
    const { stderr } = await home.run(['add', 'g', 't', '.notary/config.json']);
    expect(stderr.match(/code=SETTING_UNKNOWN/g)).toHaveLength(1);
  });
});

describe('where no server is configured', () => {
  const config = {
    ...{ trustDir: '', settings: new Map(), configFile: '/c.json' },
    server: {
      url: 'https://notary-server:4443',
      rootCa: undefined,
      clientCert: undefined,
      clientKey: undefined,
      skipVerify: false,
    },
  };

  it('where no server is configured the advice says where it was looked for', () => {
    const { environment } = memoryEnvironment({ DOCKER_CONTENT_TRUST_SERVER: 'https://x' });
    expect(noServerAdvice({ ...config, found: true }, environment)).toMatch(
      /^No trust server is configured.*\/c\.json has no remote_server\.url.*DOCKER_CONTENT_TRUST_SERVER is set and counts for docker only/,
    );
    const none = memoryEnvironment().environment;
    expect(noServerAdvice({ ...config, found: false }, none)).toMatch(
      /there is no configuration file \/c\.json/,
    );
  });
});

describe('a file that a setting names', () => {
  const online = ['list', 'g', '-s', 'https://localhost:1'];

  it('a file that a setting names and that is missing is named with the flag or the setting', async () => {
    const flag = await home.run([...online, '--tlscacert', 'gone.pem']);
    expect(flag).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('named by --tlscacert') as string,
    });
    configure({ remote_server: { root_ca: '~/gone.pem' } });
    const setting = await home.run(online);
    expect(setting.stdout).toContain(`open ${home.folder}/gone.pem: no such file or directory`);
    expect(setting.stderr).toContain(`remote_server.root_ca in ${home.folder}/.notary/config.json`);
  });

  it('a file that a pin names and that is missing is named for the GUNs that it is pinned for', async () => {
    configure({ trust_pinning: { ca: { 'docker.io/': '~/gone.pem' } } });
    const { stderr } = await home.run(['status', 'docker.io/a']);
    expect(stderr).toContain(`the CA file ${home.folder}/gone.pem cannot be read`);
    expect((await home.run(['status', 'other/a'])).stderr).toBe('');
  });
});
