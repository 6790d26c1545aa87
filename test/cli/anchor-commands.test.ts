/** What `anchor` shows, compares, pins and replaces on the command line. */

import { createHash, X509Certificate } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scriptedPrompter } from '../support/memory-ports.ts';
import { expectDocument } from '../support/printed-json.ts';
import { wholeFolder } from '../support/whole-folder.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

let served: Served;
const gun = 'docker.io/acme/app';

interface RootFile {
  signed: {
    keys: Record<string, { keyval: { public: string } }>;
    roles: { root: { keyids: string[] } };
    version: number;
  };
}

beforeEach(async () => {
  served = await serve();
  await served.must(['init', gun, '-p']);
});
afterEach(() => served.stop());

const at = (name: string): string => join(served.home.folder, name);
const configPath = () => at('.notary/config.json');
const rootPath = () => at(`.notary/tuf/${gun}/metadata/root.json`);
const root = (path = rootPath()): RootFile => JSON.parse(readFileSync(path, 'utf8')) as RootFile;
const rootId = (path?: string): string => root(path).signed.roles.root.keyids[0] ?? '';
const config = () =>
  JSON.parse(readFileSync(configPath(), 'utf8')) as Record<string, Record<string, unknown>>;

/** The SHA-256 of the root certificate, as openssl shows it, without help of the program. */
function fingerprint(path?: string): string {
  const { keys } = root(path).signed;
  const pem = Buffer.from(keys[rootId(path)]?.keyval.public ?? '', 'base64');
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
}

const withColons = (hex: string): string => (hex.toUpperCase().match(/../g) ?? []).join(':');

/** Every request fails from now on. */
const cutOff = () => {
  served.misdeed = (_, connection) => {
    connection.destroy();
    return 'done';
  };
};

type Setting = Parameters<Served['home']['run']>[1];
const run = (words: readonly string[], setting?: Setting) => served.home.run(['anchor', ...words], setting);
const asked = (words: readonly string[], answers: readonly string[]) =>
  run(words, { prompter: scriptedPrompter(answers), terminal: true });
const fresh = ['-d', 'fresh'] as const;

const pinned = (ids: unknown, more: Record<string, unknown> = {}) =>
  writeFileSync(
    configPath(),
    JSON.stringify({ ...config(), trust_pinning: { certs: { [gun]: ids }, ...more } }),
  );
const rotate = () => served.must(['key', 'rotate', gun, 'root', '-y'], { env: passphrases });

describe('anchor show', () => {
  it('anchor show names the trusted root, its key and its certificate, and writes nothing', async () => {
    const before = wholeFolder(served.home.folder);
    const { status, stdout, stderr } = await run(['show', gun]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^root +version 1, trusted on this machine$/m);
    expect(stdout).toMatch(new RegExp(`^certificate +${fingerprint()}$`, 'm'));
    expect(stdout).toContain(rootId());
    expect(stdout).toMatch(/^pinned by +nothing/m);
    expect(wholeFolder(served.home.folder)).toEqual(before);
  });

  it('anchor show needs no server for a root that is cached', async () => {
    cutOff();
    expect((await run(['show', gun])).status).toBe(0);
  });

  it('anchor show gives the fingerprint, the certificate and the pin alone, for scripts', async () => {
    expect(await run(['show', gun, '--format', 'fingerprint'])).toEqual({
      status: 0,
      stdout: `${fingerprint()}\n`,
      stderr: '',
    });
    const { stdout: pem } = await run(['show', gun, '--format', 'pem']);
    expect(createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')).toBe(fingerprint());
    const { stdout: pin } = await run(['show', gun, '--format', 'pin']);
    expect(JSON.parse(pin)).toEqual({ trust_pinning: { certs: { [gun]: [rootId()] } } });
    expect((await run(['show', gun, '--format', 'xml'])).stdout).toContain('must be one of');
  });

  it('anchor show --format json is --json', async () => {
    const flag = await run(['show', gun, '--json']);
    expect(await run(['show', gun, '--format', 'json'])).toEqual(flag);
    expect(expectDocument(flag.stdout, 'anchor-show')).toMatchObject({
      ...{ gun, state: 'trusted', firstSeen: null, findings: [] },
      root: { version: 1, keys: [{ tufKeyId: rootId(), certificates: [{ fingerprint: fingerprint() }] }] },
    });
  });

  it('anchor show says of a root that only the server has that nothing is trusted yet', async () => {
    const { status, stdout } = await run(['show', gun, ...fresh]);
    expect(status).toBe(3);
    expect(stdout).toContain('not yet trusted on this machine');
    expect(stdout).toContain(fingerprint());
    expect(existsSync(at('fresh'))).toBe(false);
    const script = await run(['show', gun, '--format', 'fingerprint', ...fresh]);
    expect([script.status, script.stderr]).toEqual([3, expect.stringContaining('code=ROOT_NOT_TRUSTED')]);
  });

  it.each(['{}', 'junk', ''])(
    'anchor show says of a damaged root (%j) that it is damaged',
    async (content) => {
      writeFileSync(rootPath(), content);
      const { status, stdout } = await run(['show', gun]);
      expect([status, stdout]).toEqual([4, expect.stringContaining(`tsnotary anchor refresh ${gun}`)]);
      expect((await run(['show', gun, '--format', 'pin'])).stdout).toBe('');
    },
  );

  it('anchor show lists every pin for the GUN, and which of them counts', async () => {
    writeFileSync(
      configPath(),
      JSON.stringify({
        ...config(),
        trust_pinning: {
          certs: { [gun]: [rootId()], 'docker.io/*': ['f'.repeat(64)], 'quay.io/*': [] },
          ca: { 'docker.io/': 'missing.pem' },
        },
      }),
    );
    const { status, stdout } = await run(['show', gun, '--json']);
    expect(status).toBe(0);
    expect(expectDocument(stdout, 'anchor-show')).toMatchObject({
      pins: [
        { setting: 'trust_pinning.certs', pinnedFor: gun, inForce: true, verdict: 'matches' },
        { setting: 'trust_pinning.certs', pinnedFor: 'docker.io/*', inForce: false, verdict: 'contradicts' },
        { setting: 'trust_pinning.ca', pinnedFor: 'docker.io/', inForce: false, verdict: 'unusable' },
      ],
    });
    expect((await run(['show', gun])).stdout).toContain('does not count beside a more specific pin');
  });

  it('anchor show says of a pinned CA whose file is missing what that leads to', async () => {
    pinned([], { certs: {}, ca: { [gun]: 'missing.pem' } });
    const { status, stdout } = await run(['show', gun]);
    expect([status, stdout]).toEqual([4, expect.stringContaining('could not load root cert from CA path')]);
  });

  it('anchor show says of a pin of a former root from which version it leads to the present one', async () => {
    const former = rootId();
    await rotate();
    pinned([former]);
    const { status, stdout } = await run(['show', gun, '--json']);
    expect(status).toBe(3);
    expect(expectDocument(stdout, 'anchor-show')).toMatchObject({
      pins: [{ provedFrom: 1 }],
      findings: [{ code: 'PIN_OF_FORMER_ROOT', severity: 'warning' }],
    });
    expect((await run(['show', gun, ...fresh])).status).toBe(3);
  });

  it("anchor show says what docker's own trust directory and the Docker engine's pins say", async () => {
    const docker = at('.docker/trust/tuf');
    mkdirSync(docker, { recursive: true });
    cpSync(at('.notary/tuf'), docker, { recursive: true });
    mkdirSync(at('.config/docker'), { recursive: true });
    const trust = (keys: readonly string[]) =>
      writeFileSync(
        at('.config/docker/daemon.json'),
        JSON.stringify({
          'content-trust': { 'trust-pinning': { 'root-keys': { 'docker.io/*': keys } }, mode: 'enforced' },
        }),
      );
    trust(['f'.repeat(64)]);
    const { status, stdout } = await run(['show', gun, '--json']);
    const shown = expectDocument(stdout, 'anchor-show') as { root: { keys: { keyId: string }[] } };
    expect([status, shown]).toEqual([
      3,
      expect.objectContaining({
        docker: expect.objectContaining({ relation: 'same', version: 1 }) as unknown,
        findings: [expect.objectContaining({ code: 'ENGINE_PIN_DIFFERS' })],
      }),
    ]);
    trust([shown.root.keys[0]?.keyId ?? '']);
    expect((await run(['show', gun])).status).toBe(0);
  });

  it('anchor show does the same for a list of repositories, one line each', async () => {
    await served.must(['init', 'docker.io/acme/tool', '-p']);
    served.list([gun, 'docker.io/acme/tool']);
    const { status, stdout } = await run(['show', '--repos', 'list', '--json', '--jobs', '2']);
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => (expectDocument(`${line}\n`, 'anchor-show') as { gun: string }).gun)).toEqual([
      gun,
      'docker.io/acme/tool',
    ]);
  });
});

describe('anchor check', () => {
  it('anchor check takes fingerprints with colons and without, in any case, and the IDs of the key', async () => {
    const { stdout } = await run(['show', gun, '--json']);
    const { keyId } = (JSON.parse(stdout) as { root: { keys: { keyId: string }[] } }).root.keys[0] ?? {
      keyId: '',
    };
    const given = [
      fingerprint(),
      withColons(fingerprint()),
      `SHA256 Fingerprint=${withColons(fingerprint())}`,
    ];
    const all = [...given, keyId, rootId().toUpperCase()];
    for (const one of all) expect([one, (await run(['check', gun, one])).status]).toEqual([one, 0]);
    const { status, stdout: document } = await run(['check', gun, ...all, '--json', ...fresh]);
    expect(status).toBe(0);
    expect(expectDocument(document, 'anchor-check')).toMatchObject({
      ...{ gun, source: 'server', findings: [] },
      rows: [{ names: 'certificate' }, { names: 'key' }, { names: 'tuf-key' }],
    });
    expect(existsSync(at('fresh'))).toBe(false);
  });

  it('anchor check ends with 4 when one of several is not of the root', async () => {
    const { status, stdout } = await run(['check', gun, fingerprint(), 'f'.repeat(64), '--json']);
    expect(status).toBe(4);
    expect(expectDocument(stdout, 'anchor-check')).toMatchObject({
      rows: [{ matches: true }, { matches: false, names: 'nothing' }],
      findings: [{ code: 'FINGERPRINT_DIFFERS', severity: 'error' }],
    });
  });

  it.each(['', 'abc', 'g'.repeat(64), `${'a'.repeat(64)}0`, `${'aa:'.repeat(31)}aa:`, 'bob'])(
    'anchor check refuses what is no fingerprint: %j',
    async (word) => {
      const { status, stderr } = await run(['check', gun, word]);
      expect([status, stderr]).toEqual([1, expect.stringContaining('code=FINGERPRINT_INVALID')]);
    },
  );

  it('anchor check asks the server, and the cache does not stand in for it unless offline', async () => {
    cutOff();
    expect((await run(['check', gun, fingerprint()])).status).toBe(1);
    const { status, stdout } = await run(['check', gun, fingerprint(), '--offline', '--json']);
    expect([status, expectDocument(stdout, 'anchor-check')]).toEqual([
      0,
      expect.objectContaining({ source: 'cache' }),
    ]);
    const nothing = await run(['check', gun, fingerprint(), '--offline', ...fresh]);
    expect([nothing.status, nothing.stderr]).toEqual([1, expect.stringContaining('code=OFFLINE')]);
  });

  it('anchor check names the fingerprint of a former root as such', async () => {
    const former = fingerprint();
    cpSync(at('.notary'), at('reader'), { recursive: true });
    await rotate();
    const { status, stdout } = await run(['check', gun, former, fingerprint(), '--json', '-d', 'reader']);
    expect(status).toBe(4);
    expect(expectDocument(stdout, 'anchor-check')).toMatchObject({
      root: { version: 2 },
      rows: [{ names: 'former' }, { names: 'certificate' }],
    });
    expect((await run(['check', gun, fingerprint(), '-d', 'reader'])).status).toBe(0);
  });

  it('anchor check ends with 4 for a list in which one repository has another root', async () => {
    await served.must(['init', 'docker.io/acme/tool', '-p']);
    served.list([gun, 'docker.io/acme/tool']);
    const { status, stdout } = await run(['check', '--repos', 'list', fingerprint(), '--json']);
    expect([status, stdout.trimEnd().split('\n').length]).toEqual([4, 2]);
  });
});

describe('anchor pin', () => {
  it('anchor pin writes the pin, which first use is then held to', async () => {
    const { status, stdout } = await run(['pin', gun, withColons(fingerprint())]);
    expect([status, stdout]).toEqual([0, expect.stringContaining(`${gun} is pinned in ${configPath()}`)]);
    expect(config()['trust_pinning']).toEqual({ certs: { [gun]: [rootId()] } });
    expect((await served.home.run(['list', gun, ...fresh])).status).toBe(0);
    expect((await run(['pin', gun, fingerprint()])).stdout).toContain('already');
  });

  it('anchor pin works on a machine that has not seen the collection, with the fingerprint alone', async () => {
    expect((await run(['pin', gun, fingerprint(), ...fresh])).status).toBe(0);
    expect(config()['trust_pinning']).toEqual({ certs: { [gun]: [rootId()] } });
    expect(existsSync(at('fresh'))).toBe(false);
  });

  it('anchor pin refuses a fingerprint that is not that of the root, and writes nothing', async () => {
    const before = readFileSync(configPath(), 'utf8');
    const { status, stdout } = await run(['pin', gun, 'f'.repeat(64), '--json']);
    expect(status).toBe(4);
    expect(expectDocument(stdout, 'anchor-pin')).toMatchObject({
      state: 'refused',
      before: null,
      after: null,
    });
    expect(readFileSync(configPath(), 'utf8')).toBe(before);
  });

  it('anchor pin without a fingerprint asks at a terminal, and fails without one', async () => {
    const before = readFileSync(configPath(), 'utf8');
    const script = await run(['pin', gun]);
    expect([script.status, script.stderr]).toEqual([1, expect.stringContaining('FINGERPRINT')]);
    const no = await asked(['pin', gun], ['no']);
    expect([no.status, no.stdout]).toEqual([1, expect.stringContaining(fingerprint())]);
    expect(readFileSync(configPath(), 'utf8')).toBe(before);
    expect((await asked(['pin', gun], ['yes'])).status).toBe(0);
    expect(config()['trust_pinning']).toEqual({ certs: { [gun]: [rootId()] } });
  });

  it('anchor pin does not ask for a root that nothing vouches for', async () => {
    const { status, stderr } = await asked(['pin', gun, ...fresh], ['yes']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('code=ROOT_NOT_TRUSTED')]);
    writeFileSync(rootPath(), 'junk');
    expect((await asked(['pin', gun], ['yes'])).stderr).toContain('code=ROOT_NOT_TRUSTED');
  });

  it('anchor pin shows a pin that contradicts, and does not replace it', async () => {
    pinned(['f'.repeat(64)]);
    const before = readFileSync(configPath(), 'utf8');
    for (const setting of [{}, { prompter: scriptedPrompter(['yes']), terminal: true }]) {
      const { status, stdout } = await run(['pin', gun, fingerprint()], setting);
      expect([status, stdout]).toEqual([4, expect.stringContaining('f'.repeat(64))]);
      expect(readFileSync(configPath(), 'utf8')).toBe(before);
    }
  });

  it('anchor pin replaces the pin of a former root, from which signatures lead to the present one, and says so', async () => {
    const former = rootId();
    await rotate();
    pinned([former]);
    const { status, stdout } = await run(['pin', gun, fingerprint()]);
    expect([status, stdout]).toEqual([0, expect.stringContaining('it is replaced')]);
    expect(config()['trust_pinning']).toEqual({ certs: { [gun]: [rootId()] } });
  });

  it('anchor pin pins the newest root where the cached one is stale', async () => {
    cpSync(at('.notary'), at('reader'), { recursive: true });
    await rotate();
    expect((await asked(['pin', gun, '-d', 'reader'], ['yes'])).status).toBe(0);
    expect(config()['trust_pinning']).toEqual({ certs: { [gun]: [rootId()] } });
  });

  it('anchor pin keeps every other byte of the file, its mode, and a link that leads to it', async () => {
    const url = config()['remote_server']?.['url'] as string;
    const head = `{\n\t"remote_server" : { "url":"${url}" },\n\n\t"Trust_Pinning": {"disable_tofu":  true`;
    writeFileSync(at('real.json'), `${head}}\n}`, { mode: 0o640 });
    renameSync(configPath(), at('old.json'));
    symlinkSync(at('real.json'), configPath());
    expect((await run(['pin', gun, fingerprint()])).status).toBe(0);
    expect(readFileSync(at('real.json'), 'utf8')).toBe(`${head}, "certs": {"${gun}": ["${rootId()}"]}}\n}`);
    expect(lstatSync(configPath()).isSymbolicLink()).toBe(true);
    expect(statSync(at('real.json')).mode & 0o777).toBe(0o640);
  });

  it('anchor pin makes a configuration file where there is none', async () => {
    const url = config()['remote_server']?.['url'] as string;
    renameSync(configPath(), at('old.json'));
    const { status } = await run(['pin', gun, fingerprint(), '-s', url]);
    expect(status).toBe(0);
    expect(readFileSync(configPath(), 'utf8')).toBe(
      `{\n  "trust_pinning": {\n    "certs": {\n      "${gun}": [\n        "${rootId()}"\n      ]\n    }\n  }\n}\n`,
    );
  });

  it.each([
    ['c.yaml', 'remote_server: {url: "URL"} # mine\n', 'trust_pinning:'],
    ['c.toml', '[remote_server]\nurl = "URL"\n', '[trust_pinning.certs]'],
    ['c.properties', 'remote_server.url = URL\n', '"trust_pinning"'],
  ])('anchor pin shows the lines for %s, which it does not edit', async (name, text, line) => {
    const content = text.replace('URL', config()['remote_server']?.['url'] as string);
    writeFileSync(at(name), content);
    const { status, stderr } = await run(['pin', gun, fingerprint(), '-c', name]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('code=CONFIG_NOT_EDITABLE')]);
    expect(stderr.replaceAll('\\"', '"')).toContain(line);
    expect(readFileSync(at(name), 'utf8')).toBe(content);
  });
});

describe('anchor refresh', () => {
  it('anchor refresh of a root that is the newest does nothing', async () => {
    const { status, stdout } = await run(['refresh', gun]);
    expect([status, stdout]).toEqual([0, expect.stringContaining('Nothing had to be done.')]);
  });

  it('anchor refresh takes a root that signatures prove, shows the way, and list works', async () => {
    const first = fingerprint();
    cpSync(at('.notary'), at('reader'), { recursive: true });
    await rotate();
    await rotate();
    const { status, stdout } = await run(['refresh', gun, '-d', 'reader', '--json']);
    expect(status).toBe(0);
    expect(expectDocument(stdout, 'anchor-refresh')).toMatchObject({
      ...{ state: 'refreshed', proof: 'chain' },
      before: { version: 1, keys: [{ certificates: [{ fingerprint: first }] }] },
      between: [{ version: 2 }],
      after: { version: 3, keys: [{ certificates: [{ fingerprint: fingerprint() }] }] },
    });
    expect(readFileSync(at(`reader/tuf/${gun}/metadata/root.json`))).toEqual(readFileSync(rootPath()));
    expect((await served.home.run(['list', gun, '-d', 'reader'])).status).toBe(0);
  });

  describe('of a collection that was made anew', () => {
    /** The reader has the former collection, staged changes and keys. */
    let keys: readonly string[];
    beforeEach(async () => {
      await served.must(['addhash', gun, 'v0', '5', '--sha256', 'ab'.repeat(32), '-p']);
      await served.must(['addhash', gun, 'v1', '5', '--sha256', 'cd'.repeat(32)]);
      cpSync(at('.notary'), at('reader'), { recursive: true });
      await served.must(['delete', gun, '--remote']);
      renameSync(at('.notary/private'), at('old-private'));
      await served.must(['init', gun, '-p']);
      keys = keysOf('reader/private');
    });
    const keysOf = (folder: string): readonly string[] => Object.keys(wholeFolder(at(folder)));
    const file = () => readFileSync(at(`reader/tuf/${gun}/metadata/root.json`), 'utf8');

    it.each([
      ['without a terminal', [], undefined],
      ['with -y', ['-y'], ['yes']],
      ['when the answer is no', [], ['no']],
    ])('anchor refresh does not take an unproved root %s', async (_, words, answers) => {
      const before = file();
      const all = ['refresh', gun, '-d', 'reader', ...words];
      const { status, stdout, stderr } = await (answers === undefined ? run(all) : asked(all, answers));
      expect(status).toBe(1);
      expect(stdout).toContain(fingerprint());
      expect(stdout).toContain(fingerprint(at(`reader/tuf/${gun}/metadata/root.json`)));
      if (answers?.[0] !== 'no') expect(stderr).toContain('FINGERPRINT');
      expect(file()).toBe(before);
    });

    it('anchor refresh refuses a fingerprint that is not that of the new root', async () => {
      const before = file();
      const old = fingerprint(at(`reader/tuf/${gun}/metadata/root.json`));
      expect((await run(['refresh', gun, old, '-d', 'reader'])).status).toBe(4);
      expect(file()).toBe(before);
    });

    it.each(['the fingerprint', 'the answer yes'])(
      'anchor refresh takes an unproved root with %s, list works, and staged changes and keys stay',
      async (how) => {
        const words = ['refresh', gun, '-d', 'reader'];
        const { status } = await (how === 'the fingerprint'
          ? run([...words, fingerprint()])
          : asked(words, ['yes']));
        expect(status).toBe(0);
        expect((await served.home.run(['list', gun, '-d', 'reader'])).status).toBe(0);
        expect((await served.home.run(['status', gun, '-d', 'reader'])).stdout).toContain('v1');
        expect(keysOf('reader/private')).toEqual(keys);
      },
    );

    it('anchor refresh does not take a root that a pin contradicts, whatever vouches for it', async () => {
      pinned([rootId(at(`reader/tuf/${gun}/metadata/root.json`))]);
      const before = file();
      const { status, stdout } = await run(['refresh', gun, fingerprint(), '-d', 'reader']);
      expect([status, stdout]).toEqual([4, expect.stringContaining('is not the pinned one')]);
      expect(file()).toBe(before);
    });
  });

  it.each(['{}', 'junk', ''])(
    'anchor refresh does not overwrite a damaged root (%j) without a fingerprint',
    async (content) => {
      const right = fingerprint();
      writeFileSync(rootPath(), content);
      expect((await run(['refresh', gun])).status).toBe(1);
      expect((await asked(['refresh', gun, '-y'], ['yes'])).status).toBe(1);
      expect(readFileSync(rootPath(), 'utf8')).toBe(content);
      expect((await run(['refresh', gun, 'f'.repeat(64)])).status).toBe(4);
      expect(readFileSync(rootPath(), 'utf8')).toBe(content);
      expect((await run(['refresh', gun, right])).status).toBe(0);
      expect((await served.home.run(['list', gun])).status).toBe(0);
    },
  );

  it('anchor refresh leaves the cache as it is when the server cannot be reached', async () => {
    const before = wholeFolder(at(`.notary/tuf/${gun}/metadata`));
    cutOff();
    expect((await run(['refresh', gun, fingerprint()])).status).toBe(1);
    expect(wholeFolder(at(`.notary/tuf/${gun}/metadata`))).toEqual(before);
  });
});
