import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemFiles } from '../../../src/adapters/system/files.ts';
import { loadConfig } from '../../../src/cli/config/config.ts';
import type { GlobalValues } from '../../../src/cli/spec/global-flags.ts';
import { memoryLog } from '../../support/memory-ports.ts';
import { memoryEnvironment, scratchHome } from '../../support/memory-system.ts';

const noFlags: GlobalValues = {
  ...{
    configFile: '',
    collaborators: '',
    debug: false,
    server: '',
    json: false,
    'no-input': false,
    'passphrase-file': '',
    strict: false,
    tlscacert: '',
    tlscert: '',
    tlskey: '',
    trustDir: '',
    verbose: false,
    wide: false,
  },
};

let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
});
afterEach(() => home.remove());

function write(name: string, content: string): void {
  const path = join(home.folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
}

function load(
  flags: Partial<GlobalValues> = {},
  env: Readonly<Record<string, string>> = { HOME: home.folder },
) {
  const log = memoryLog();
  const files = systemFiles(home.folder, async () => new Uint8Array());
  const { environment } = memoryEnvironment(env);
  return { log, config: loadConfig({ files, environment }, { ...noFlags, ...flags }, log) };
}

const loaded = (flags?: Partial<GlobalValues>) => load(flags).config;
const refused = (message: string) =>
  expect.objectContaining({ message: `error opening config file: ${message}` }) as Error;

describe('a missing configuration file', () => {
  it('the trust directory is ~/.notary and the server has its old name', async () => {
    const config = await loaded();
    expect(config.trustDir).toBe(join(home.folder, '.notary'));
    expect(config.server).toEqual({
      url: 'https://notary-server:4443',
      ...{ rootCa: undefined, clientCert: undefined, clientKey: undefined, skipVerify: false },
    });
  });

  it.each([[{}], [{ HOME: '' }]])(
    'the working directory takes the place of a missing home and configuration file: %j',
    async (env) => {
      const { config, log } = load({}, env);
      expect((await config).trustDir).toBe('.notary');
      expect(log.messages('warn')).toEqual([
        'cannot get current user home directory: environment variable not set',
        `notary will use ${join(home.folder, '.notary')} to store configuration and keys`,
      ]);
    },
  );
});

describe('the configuration file', () => {
  it('the configuration file is ~/.notary/config.json, whose relative TLS files lie beside it', async () => {
    write(
      '.notary/config.json',
      JSON.stringify({
        trust_dir: '~/.docker/trust',
        remote_server: {
          url: 'https://h',
          root_ca: 'ca.pem',
          tls_client_cert: '/abs.pem',
          skipTLSVerify: 'true',
        },
      }),
    );
    const config = await loaded();
    expect(config.trustDir).toBe(join(home.folder, '.docker/trust'));
    expect(config.server).toEqual({
      url: 'https://h',
      rootCa: join(home.folder, '.notary/ca.pem'),
      clientCert: '/abs.pem',
      clientKey: undefined,
      skipVerify: true,
    });
  });

  it('the configuration file yields to flags, which start at the working directory', async () => {
    write('c.json', '{"trust_dir":"x","remote_server":{"url":"https://h","root_ca":"a"}}');
    const config = await loaded({
      configFile: 'c.json',
      trustDir: '~/y',
      server: 'https://f',
      tlscacert: 'b',
    });
    expect(config.trustDir).toBe(join(home.folder, '~/y'));
    expect(config.server.url).toBe('https://f');
    expect(config.server.rootCa).toBe(join(home.folder, 'b'));
  });

  it.each([
    ['{"TRUST_DIR":"q"}', 'q'],
    ['{"trust_dir":5}', '5'],
    ['{"trust_dir":true}', 'true'],
    ['{"trust_dir":["a"]}', ''],
    ['{"trust_dir":""}', ''],
    ['{"trust_dir":"~x"}', '~x'],
  ])('the configuration %s means the trust directory %j', async (content, trustDir) => {
    write('c.json', content);
    expect((await loaded({ configFile: 'c.json' })).trustDir).toBe(trustDir);
  });

  it.each([
    '{"trust_dir":null}',
    'null',
    '{"remote_server":"x"}',
    '{"remote_server":null}',
    '{"remote_server":{"url":""}}',
  ])('the configuration %s changes nothing', async (content) => {
    write('c.json', content);
    const config = await loaded({ configFile: 'c.json' });
    expect(config.trustDir).toBe(join(home.folder, '.notary'));
    expect(config.server.url).toBe('https://notary-server:4443');
  });

  it.each([
    ['"yes"', false],
    ['1', false],
    ['"1"', true],
    ['true', true],
    ['{}', false],
  ])('the setting skipTLSVerify %s is %s', async (value, skipVerify) => {
    write('c.json', `{"remote_server":{"skiptlsverify":${value}}}`);
    expect((await loaded({ configFile: 'c.json' })).server.skipVerify).toBe(skipVerify);
  });

  it.each([
    ['c.yaml', 'trust_dir: q\nremote_server:\n  url: https://h\n'],
    ['c.yml', '{trust_dir: q, remote_server: {url: "https://h"}}'],
    ['c.toml', 'trust_dir = "q"\n[remote_server]\nurl = "https://h"\n'],
    ['c.properties', '! comment\ntrust_dir = \\\n  q\nremote_server.url : https://h\n'],
    ['c.env', 'TRUST_DIR=q\nREMOTE_SERVER.URL="https://h"\n'],
    ['c.json', '{"trust_dir":"q","remote_server.url":"https://h"}'],
  ])('the configuration file %s is read', async (name, content) => {
    write(name, content);
    const config = await loaded({ configFile: name });
    expect([config.trustDir, config.server.url]).toEqual(['q', 'https://h']);
  });

  it('the configuration file in INI form has sections, and keeps what precedes them apart', async () => {
    write('c.ini', '; comment\ntrust_dir = q\n[remote_server]\nurl: https://h\n');
    const config = await loaded({ configFile: 'c.ini' });
    expect([config.trustDir, config.server.url]).toEqual([join(home.folder, '.notary'), 'https://h']);
  });

  it.each([
    ['c.json', '', 'While parsing config: unexpected end of JSON input'],
    [
      'c.json',
      '{bad',
      "While parsing config: invalid character 'b' looking for beginning of object key string",
    ],
    ['c.json', '{"a":1,"a":2}', 'While parsing config: repeated member name "a"'],
    [
      'c.json',
      '[]',
      'While parsing config: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    ['c.ini', 'x', 'While parsing config: key-value delimiter not found: x'],
    ['conf', '', 'Unsupported Config Type ""'],
    ['c.JSON', '{}', 'Unsupported Config Type "JSON"'],
  ])('the configuration file %s with %j is refused', async (name, content, message) => {
    write(name, content);
    await expect(loaded({ configFile: name })).rejects.toThrow(refused(message));
  });

  it.each([
    ['c.yaml', 'a: [b', 'yaml'],
    ['c.toml', 'x', 'toml'],
  ])('the configuration file %s with %j is refused in one line', async (name, content, format) => {
    write(name, content);
    const message = expect.stringMatching(
      new RegExp(`^error opening config file: While parsing config: ${format}: [^\\n]+$`),
    ) as string;
    await expect(loaded({ configFile: name })).rejects.toThrow(expect.objectContaining({ message }) as Error);
  });

  it('the configuration file must exist when it is asked for', async () => {
    await expect(loaded({ configFile: 'gone.json' })).rejects.toThrow(
      refused('open gone.json: no such file or directory'),
    );
  });

  it('the configuration file must be readable when it is there', async () => {
    mkdirSync(join(home.folder, '.notary/config.json'), { recursive: true });
    await expect(loaded()).rejects.toThrow(
      refused(`read ${join(home.folder, '.notary/config.json')}: is a directory`),
    );
  });
});

describe('a configuration file that was edited on Windows', () => {
  const text = '\ufeff{\r\n  "trust_dir": "/somewhere"\r\n}\r\n';

  it.each(['utf8', 'utf16le'] as const)('is read with its byte order mark, in %s', async (encoding) => {
    write('.notary/config.json', '');
    writeFileSync(join(home.folder, '.notary/config.json'), text, encoding);
    expect((await load().config).trustDir).toBe('/somewhere');
  });
});
