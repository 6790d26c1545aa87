/** What inventory lists of what is signed, in each format, without and with a registry. */

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ImageRegistry, imageText, startImageRegistry } from '../support/image-registry.ts';
import { memoryOutput } from '../support/memory-system.ts';
import { expectDocument } from '../support/printed-json.ts';
import { endRegistries, sha256 } from '../support/registry-rig.ts';
import { cosignTagged, tagOf } from '../support/signature-manifests.ts';
import { wholeFolder } from '../support/whole-folder.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

const releases = 'targets/releases';
let served: Served;
let registry: ImageRegistry;
let gun: string;
const one = sha256(imageText('one'));
const other = sha256(imageText('other'));

interface Row {
  readonly target: string;
  readonly digest?: string;
  readonly role: string;
  readonly docker: boolean;
  readonly image?: string;
  readonly registryDigest?: string;
  readonly cosign?: boolean;
  readonly signers: readonly {
    readonly keyId: string;
    readonly collaborator?: string;
    readonly nameSource: string;
  }[];
}
interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly targets?: readonly string[];
  readonly message: string;
}

const run = (words: readonly string[]) => served.home.run(words, { env: passphrases });
const sign = (tag: string, digest: string, role: string, to = gun) =>
  served.must(['addhash', '--sha256', digest.slice(7), '-r', role, '-p', '--', to, tag, '500']);
const at = (name: string) => join(served.home.folder, name);

/** Bob may sign `targets/releases`. */
beforeEach(async () => {
  [served, registry] = [await serve(), await startImageRegistry()];
  gun = `${registry.domain}/acme/app`;
  await served.must(['sandbox', 'certificate', 'bob', '-o', served.home.folder]);
  await served.must(['key', 'import', at('bob.key'), '-r', 'delegation']);
  await served.must(['collaborator', 'add', 'bob', at('bob.crt')]);
  await served.must(['init', gun, '-p']);
  await served.must(['key', 'rotate', gun, 'snapshot', '-r']);
  await served.must(['delegation', 'add', gun, releases, at('bob.crt'), '--all-paths', '-p']);
});
afterEach(async () => {
  await endRegistries();
  await served.stop();
});

async function taken(...words: readonly string[]) {
  const { status, stdout, stderr } = await run(['inventory', gun, '--json', ...words]);
  const { rows, findings } = expectDocument(stdout, 'inventory') as {
    readonly rows: readonly Row[];
    readonly findings: readonly Finding[];
  };
  const attention = findings.filter(({ severity }) => severity !== 'note');
  return { status, rows, findings, stderr, codes: attention.map(({ code }) => code) };
}

describe('inventory', () => {
  it('a tag in two roles is listed twice, the row that docker takes first, and each with its signers', async () => {
    await sign('v1', one, 'targets');
    await sign('v1', other, releases);
    await sign('v10', one, 'targets');
    await sign('v2', one, 'targets');
    const { status, rows } = await taken();
    expect([status, rows.map(({ target, digest, role, docker }) => [target, digest, role, docker])]).toEqual([
      0,
      [
        ['v1', other, releases, true],
        ['v1', one, 'targets', false],
        ['v2', one, 'targets', true],
        ['v10', one, 'targets', true],
      ],
    ]);
    expect(rows[0]?.signers).toEqual([
      { keyId: expect.stringMatching(/^[0-9a-f]{64}$/) as string, collaborator: 'bob', nameSource: 'file' },
    ]);
    expect(rows[1]?.signers).toMatchObject([{ nameSource: 'none' }]);
    expect(registry.asked).toEqual([]);
  });

  it('a role that docker does not ask gives no reference, and is named', async () => {
    await served.must(['delegation', 'add', gun, 'targets/bob', at('bob.crt'), '--all-paths', '-p']);
    await sign('v1', one, releases);
    await sign('v1', one, 'targets/bob');
    await sign('v2', other, 'targets/bob');
    const { stdout, stderr, status } = await run(['inventory', gun, '--format', 'refs']);
    expect([status, stdout]).toEqual([0, `${gun}@${one}\n`]);
    expect(stderr).toMatch(/v2: docker takes the digest under no name.* code=NOT_TAKEN_BY_DOCKER/);
    expect(stderr).not.toContain('v1');
  });

  it('only what verifies is listed, and a role that readers do not believe is named with status 4', async () => {
    await sign('v1', one, 'targets');
    await sign('v2', other, releases);
    await served.must(['delegation', 'remove', gun, releases, 'bob', '-p']);
    const { status, rows, codes } = await taken();
    expect([status, rows.map(({ target }) => target), codes]).toEqual([4, ['v1'], ['ROLE_WITHOUT_KEYS']]);
  });

  it('a target outside the paths of its role is not listed', async () => {
    await served.must(['delegation', 'add', gun, 'targets/linux', at('bob.crt'), '--paths', 'linux', '-p']);
    await sign('linux-1', one, 'targets/linux');
    expect((await taken()).rows.map(({ target }) => target)).toEqual(['linux-1']);
    await served.must(['delegation', 'add', gun, 'targets/linux', '--paths', 'bsd', '-p']);
    await served.must(['delegation', 'remove', gun, 'targets/linux', '--paths', 'linux', '-p']);
    expect((await taken()).rows).toEqual([]);
  });

  it('a target without SHA-256 is named, and is no reference', async () => {
    await served.must(['addhash', gun, 'v1', '5', '--sha512', 'ab'.repeat(64), '-p']);
    const { status, rows, findings } = await taken();
    expect([status, rows]).toMatchObject([3, [{ target: 'v1', docker: false }]]);
    expect(rows[0]).not.toHaveProperty('digest');
    expect(findings[0]).toMatchObject({ code: 'CHECKSUM_MISSING', targets: ['v1'] });
    const { stdout, stderr } = await run(['inventory', gun, '--format', 'refs']);
    expect([stdout, stderr]).toEqual(['', expect.stringContaining('code=CHECKSUM_MISSING') as string]);
  });

  it('looking changes nothing on disk', async () => {
    await sign('v1', one, 'targets');
    const before = wholeFolder(served.home.folder);
    await taken('--registry', '--check', 'cosign');
    await taken('-d', at('elsewhere'));
    expect(wholeFolder(served.home.folder)).toEqual(before);
  });

  it('a server that does not answer is status 1, whatever this machine has seen before', async () => {
    await sign('v1', one, 'targets');
    await served.must(['inventory', gun]);
    served.misdeed = (_gun, connection) => {
      connection.destroy();
      return 'done';
    };
    for (const format of ['table', 'json', 'csv', 'refs']) {
      const { status, stdout } = await run(['inventory', gun, '--format', format]);
      expect([format, status, stdout]).toEqual([format, 1, '']);
    }
  });

  it('the losses of meaning stand once at the end, for several repositories too', async () => {
    const tools = `${registry.domain}/acme/tools`;
    await served.must(['init', tools, '-p']);
    for (const name of [gun, tools]) await sign('v1', one, 'targets', name);
    const { status, stdout } = await run(['inventory', gun, tools]);
    expect(status).toBe(0);
    expect(stdout.split('What signatures of cosign and notation do not carry over:')).toHaveLength(2);
    expect(stdout).toMatch(
      /acme\/app:\n {3}TARGET.*acme\/tools:\n {3}TARGET.*carry over:\n( {2}- .*\n){4}$/s,
    );
    expect(stdout.split('* is what docker takes.')).toHaveLength(2);
    served.list([gun, tools]);
    expect((await run(['inventory', '--repos', at('list')])).stdout).toBe(stdout);
  });

  it('a threshold is lost only where there is one', async () => {
    await sign('v1', one, 'targets');
    const codes = (await taken()).findings.map(({ code }) => code);
    expect(codes).toEqual(['TAG_NOT_BOUND', 'EXPIRY_NOT_KEPT', 'ROLLBACK_NOT_SEEN', 'ROLES_NOT_KEPT']);
  });
});

describe('several repositories', () => {
  it('one of several that cannot be looked at is named, and the others are listed', async () => {
    await sign('v1', one, 'targets');
    const none = `${registry.domain}/acme/none`;
    served.list([gun, none]);
    for (const words of [
      [gun, none],
      ['--repos', at('list')],
    ]) {
      const lines = await run(['inventory', ...words, '--json']);
      const [first = '', second = ''] = lines.stdout.split(/(?<=\n)/);
      expectDocument(first, 'inventory');
      expect(expectDocument(second, 'repository-failure')).toMatchObject({ gun: none });
      expect(lines.status).toBe(1);
      const { status, stdout, stderr } = await run(['inventory', ...words, '--format', 'refs']);
      expect([status, stdout]).toEqual([1, `${gun}@${one}\n`]);
      expect(stderr).toContain(none);
    }
  });

  it('a list and a GUN together are refused', async () => {
    served.list([gun]);
    const { status, stderr } = await run(['inventory', 'docker.io/acme/other', '--repos', at('list')]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('cannot be given as well') as string]);
  });
});

describe('the inventory of an archive', () => {
  it('an archive has the inventory of all its repositories without a server, and the registry is asked now', async () => {
    const tools = `${registry.domain}/acme/tools`;
    await served.must(['init', tools, '-p']);
    await sign('v1', one, releases);
    await sign('v2', other, 'targets', tools);
    const lines = await served.must(['inventory', gun, tools, '--json']);
    await served.must(['archive', 'create', gun, tools, '-o', at('a.tar')]);
    served.misdeed = (_gun, connection) => {
      connection.destroy();
      return 'done';
    };
    const archived = (...words: readonly string[]) => run(['inventory', '--archive', at('a.tar'), ...words]);
    expect(await archived('--json')).toEqual({ status: 0, stdout: lines, stderr: '' });
    expect((await archived(tools, '--format', 'refs')).stdout).toBe(`${tools}@${other}\n`);
    registry.put('acme/app', 'v1', imageText('one'));
    const hidden = await archived('--missing', 'cosign', '--format', 'refs');
    expect([hidden.status, hidden.stdout]).toEqual([1, `${gun}@${one}\n`]);
    expect(hidden.stderr).toMatch(/acme\/tools: v2: .* code=REGISTRY_NAME_UNKNOWN/);
    registry.put('acme/tools', 'v1', imageText('one'));
    const { status, stdout, stderr } = await archived('--missing', 'cosign', '--format', 'refs');
    expect([status, stdout]).toEqual([0, `${gun}@${one}\n`]);
    expect(stderr).toContain('code=IMAGE_GONE');
  });

  it('an archive that does not hold the repository, or is none, is a failure', async () => {
    await served.must(['archive', 'create', gun, '-o', at('a.tar')]);
    const none = await run(['inventory', 'docker.io/acme/none', '--archive', at('a.tar')]);
    expect([none.status, none.stdout]).toEqual([1, '']);
    expect((await run(['inventory', '--archive', at('bob.crt')])).status).toBe(1);
  });
});

describe('the formats of inventory', () => {
  it('one digest under many tags is one reference', async () => {
    for (const tag of ['v1', 'v2', 'latest']) await sign(tag, one, 'targets');
    await sign('v3', other, 'targets');
    const { stdout } = await run(['inventory', gun, '--format', 'refs']);
    expect(stdout).toBe(`${gun}@${one}\n${gun}@${other}\n`);
  });

  it('a name that no tag can have is named, and its digest is a reference all the same', async () => {
    await sign('odd name; rm -rf /', one, 'targets');
    const { stdout, stderr, status } = await run(['inventory', gun, '--format', 'refs']);
    expect([status, stdout]).toEqual([0, `${gun}@${one}\n`]);
    expect(stderr).toContain('code=IMAGE_NAME_INVALID');
    expect((await taken()).rows[0]?.docker).toBe(false);
  });

  it('a GUN that names no registry is one that docker takes for another, and that is said', async () => {
    await served.must(['init', 'demo', '-p']);
    await sign('v1', one, 'targets', 'demo');
    const { stdout, stderr, status } = await run(['inventory', 'demo', '--format', 'refs']);
    expect([status, stdout]).toEqual([0, `demo@${one}\n`]);
    expect(stderr).toContain('docker takes it for docker.io/library/demo');
  });

  it('a GUN that no image can have gives no reference, and a failure where one was wanted', async () => {
    await served.must(['init', 'example.com/Files', '-p']);
    await sign('v1', one, 'targets', 'example.com/Files');
    const files = (...words: readonly string[]) => run(['inventory', 'example.com/Files', ...words]);
    expect((await files()).status).toBe(0);
    const { status, stdout, stderr } = await files('--format', 'refs');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('code=IMAGE_NAME_INVALID');
    const asked = await files('--missing', 'cosign', '--json');
    expect([asked.status, JSON.parse(asked.stdout)]).toMatchObject([1, { rows: [] }]);
    expect(JSON.parse((await files('--registry', '--json')).stdout)).toMatchObject({
      rows: [{ image: 'unknown' }],
    });
  });

  it('CSV has a line for each row, quotes what it must, and gives no name to a spreadsheet as a formula', async () => {
    for (const tag of ['=cmd|x', '-1', 'a,"b"', '\u202egnp']) await sign(tag, one, 'targets');
    const { status, stdout, stderr } = await run(['inventory', gun, '--format', 'csv']);
    expect([status, stderr]).toEqual([0, expect.stringContaining('code=IMAGE_NAME_INVALID') as string]);
    const [header, ...records] = stdout.split('\r\n');
    expect(header).toBe(
      'gun,target,digest,size,role,signers,signerKeys,docker,image,registryDigest,cosign,notation',
    );
    expect(records.map((record) => record.slice(gun.length).split(`,${one}`)[0])).toEqual([
      `,'-1`,
      `,'=cmd|x`,
      ',"a,""b"""',
      String.raw`,\u202egnp`,
      '',
    ]);
  });

  it('CSV has the columns of the registry empty where it was not asked', async () => {
    await sign('v1', one, releases);
    const { stdout } = await run(['inventory', gun, '--format', 'csv']);
    expect(stdout.split('\r\n')[1]).toMatch(
      new RegExp(`^${gun},v1,${one},500,${releases},bob,[0-9a-f]{64},true,,,,$`),
    );
    registry.put('acme/app', 'v1', imageText('one'));
    registry.put('acme/app', tagOf(one, '.sig'), cosignTagged());
    const looked = await run(['inventory', gun, '--format', 'csv', '--check', 'cosign']);
    expect(looked.stdout).toContain(`,true,there,${one},true,\r\n`);
  });

  it('on a narrow terminal the table fits, and sentences are wrapped', async () => {
    await sign('v1', one, releases);
    registry.put('acme/app', 'v1', imageText('other'));
    const stdout = { ...memoryOutput({ isTerminal: true }), columns: 80 };
    const words = ['inventory', gun, '--check', 'cosign,notation'];
    await served.home.run(words, { env: passphrases, stdout });
    const lines = stdout.text().split('\n');
    expect(lines.filter((line) => line.length > 80 && !line.includes('sha256:'))).toEqual([]);
    expect(stdout.text()).toMatch(new RegExp(`^\\* +v1 +${one.slice(7, 19)} .* moved +no +no$`, 'm'));
  });

  it('digests that are cut on a terminal are said to be, once, and --wide has them whole', async () => {
    const tools = `${registry.domain}/acme/tools`;
    await served.must(['init', tools, '-p']);
    for (const name of [gun, tools]) await sign('v1', one, 'targets', name);
    const shown = async (...words: readonly string[]) => {
      const stdout = { ...memoryOutput({ isTerminal: true }), columns: 80 };
      await served.home.run(['inventory', gun, tools, ...words], { env: passphrases, stdout });
      return stdout.text();
    };
    const note = '(DIGEST is cut to 12 digits; --wide shows all of them)\n';
    const cut = await shown();
    expect([cut.split(note).length, cut.includes(one.slice(7))]).toEqual([2, false]);
    for (const whole of [await shown('--wide'), (await run(['inventory', gun, tools])).stdout]) {
      expect(whole).not.toContain('is cut to');
      expect(whole.split(one.slice(7))).toHaveLength(3);
    }
  });

  it('a repository without a row has no digest that could be cut', async () => {
    const stdout = { ...memoryOutput({ isTerminal: true }), columns: 80 };
    await served.home.run(['inventory', gun], { env: passphrases, stdout });
    expect(stdout.text()).not.toContain('is cut to');
  });

  it('a name that only the certificate of a key says is shown as such, with the ID', async () => {
    await sign('v1', one, releases);
    const keyId = (await taken()).rows[0]?.signers[0]?.keyId ?? '';
    expect((await run(['inventory', gun])).stdout).toMatch(/ bob$/m);
    await served.must(['collaborator', 'remove', 'bob']);
    const { signers } = (await taken()).rows[0] ?? {};
    expect(signers).toMatchObject([{ keyId, collaborator: 'bob', nameSource: 'certificate' }]);
    expect((await run(['inventory', gun])).stdout).toContain(`CN "bob" (key ${keyId})\n`);
    const stdout = { ...memoryOutput({ isTerminal: true }), columns: 80 };
    await served.home.run(['inventory', gun], { env: passphrases, stdout });
    expect(stdout.text()).toContain(`CN "bob" (key ${keyId.slice(0, 12)})`);
  });

  it('names of targets cannot turn what a terminal shows', async () => {
    await sign('\u202egnp', one, 'targets');
    const { stdout } = await run(['inventory', gun]);
    expect(stdout).toContain(String.raw`\u202egnp`);
    expect(stdout).not.toContain('\u202e');
  });

  it('--format json is --json', async () => {
    await sign('v1', one, 'targets');
    expectDocument((await run(['inventory', gun, '--format', 'json'])).stdout, 'inventory');
  });

  it.each([
    [['--archive', ''], 'invalid argument "" for "--archive" flag: it must not be empty'],
    [['--missing', ''], 'invalid argument "" for "--missing" flag: it must not be empty'],
    [['--format', ''], 'invalid argument "" for "--format" flag: it must not be empty'],
    [['--check', ''], 'invalid argument "" for "--check" flag: it must not be empty'],
    [['--plain-http', ''], 'invalid argument "" for "--plain-http" flag: it must not be empty'],
    [['--format', 'xml'], 'it must be table, json, csv, refs'],
    [['--check', 'gpg'], 'it must be cosign, notation'],
    [['--missing', 'gpg'], 'it must be cosign, notation'],
    [['--plain-http', 'http://registry.example.com'], 'HOST or HOST:PORT'],
    [['--json', '--format', 'refs'], 'contradict'],
  ])('%j is refused before anything is asked', async (words, reason) => {
    const before = served.requests.length;
    const { status, stderr } = await run(['inventory', gun, ...words]);
    expect([status, stderr]).toEqual([1, expect.stringContaining(reason) as string]);
    expect(served.requests).toHaveLength(before);
  });

  it('without a GUN the usage is shown', async () => {
    const { status, stderr } = await run(['inventory']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('Must specify a GUN') as string]);
  });
});
