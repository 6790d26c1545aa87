import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificates } from '../support/genuine/certificates.ts';
import { available, cleanEnvironment, repository } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { gun, type Library, library, passphrase } from '../support/library-server.ts';
import { npm, type Packed, pack, projectWith, textOf } from './packed.ts';

const run = promisify(execFile);

let folder: string;
let packed: Packed;
let project: string;
beforeAll(async () => {
  folder = makeScratch();
  packed = await pack(folder);
  project = await projectWith(join(folder, 'project'), packed);
});
afterAll(() => removeScratch(folder));

/** Installed versions; two packages may ask for two of a third. */
function versionsOf(name: string): readonly unknown[] {
  const lock = JSON.parse(textOf(repository, 'package-lock.json')) as {
    readonly packages: Readonly<Record<string, { readonly version?: string }>>;
  };
  const places = Object.entries(lock.packages).filter(([place]) => place.endsWith(`node_modules/${name}`));
  return places.map(([, { version }]) => version);
}

describe('the package', () => {
  it('the package holds the program, the library and what belongs to them, and nothing else', () => {
    const chunk = /^dist\/chunks\/[a-z0-9-]+-[\w-]{8}\.cjs$/;
    expect(packed.files.filter((path) => !chunk.test(path))).toEqual([
      ...['.github/SECURITY.md', 'CHANGELOG.md', 'LICENSE', 'README.md'],
      ...['bin/docker-plugin.js', 'bin/load.js', 'bin/package.json', 'bin/standalone.cjs', 'bin/tsnotary.js'],
      ...['dist/THIRD-PARTY-NOTICES.txt', 'dist/index.cjs', 'dist/index.d.cts', 'dist/index.d.mts'],
      ...['dist/index.mjs', 'dist/man/tsnotary.1', 'dist/tsnotary.cjs'],
      ...[
        'docs/docker-29.md',
        'docs/expiry.md',
        'docs/leaving.md',
        'docs/performance.md',
        'docs/platforms.md',
        'docs/production-server.md',
        'docs/reference.md',
      ],
      ...['docs/schema/output.schema.json', 'package.json'],
    ]);
    const built = readdirSync(join(repository, 'dist/chunks')).filter((name) => name.endsWith('.cjs'));
    expect(packed.files.filter((path) => chunk.test(path))).toHaveLength(built.length);
  });

  it('has pages whose relative links lead to files of the package', () => {
    const pages = packed.files.filter((path) => path.endsWith('.md'));
    expect(pages).toContain('README.md');
    const links = pages.flatMap((page) =>
      Array.from(
        textOf(project, 'node_modules/tsnotary', page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g),
        ([, link = '']) => ({
          page,
          target: /^[a-z]+:/.test(link) ? 'LICENSE' : posix.join(posix.dirname(page), link),
        }),
      ),
    );
    expect(links.length).toBeGreaterThan(8);
    expect(links.filter(({ target }) => !packed.files.includes(target))).toEqual([]);
  });

  it('the package says nothing of the machine that it was built on, and has no source maps', () => {
    for (const path of packed.files) {
      const text = textOf(project, 'node_modules/tsnotary', path);
      expect(text, path).not.toContain(repository);
      expect(text, path).not.toContain('sourceMappingURL');
    }
  });

  it('the package installs alone', () => {
    const installed = readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(installed).toEqual(['tsnotary']);
  });

  it('the package says the licence of each package that it contains code of', () => {
    const notices = textOf(project, 'node_modules/tsnotary/dist/THIRD-PARTY-NOTICES.txt');
    const named = [...notices.matchAll(/^-{78}\n(\S+) (\S+) \(/gm)].map(([, name = '', version = '']) => {
      expect(versionsOf(name)).toContain(version);
      return name;
    });
    expect(named).toEqual([
      ...['@inquirer/ansi', '@inquirer/core', '@inquirer/type', '@noble/curves', '@noble/hashes'],
      ...['ansi-regex', 'canonicalize', 'cli-table3', 'cli-width', 'commander', 'emoji-regex'],
      ...['fast-string-truncated-width', 'fast-string-width', 'fast-wrap-ansi', 'inquirer'],
      ...['is-fullwidth-code-point', 'mute-stream', 'node-forge', 'run-async', 'smol-toml'],
      ...['string-width', 'strip-ansi', 'undici', 'yaml'],
    ]);
    expect(notices).toMatch(/Permission is hereby granted|Redistribution and use/);
  });

  it('the package has nothing that publint objects to', async () => {
    const { messages } = await publint({ pkgDir: join(project, 'node_modules/tsnotary'), pack: false });
    expect(messages).toEqual([]);
  });

  it('the package has types that fit each way of importing it', async () => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(packed.tarball)));
    expect(result.types).toMatchObject({ kind: 'included' });
    expect('problems' in result ? result.problems : undefined).toEqual([]);
    const { entrypoints } = result as Extract<typeof result, { entrypoints: object }>;
    const ways = Object.values(entrypoints['.']?.resolutions ?? {});
    expect(ways.map(({ resolution }) => resolution?.isTypeScript)).toEqual([true, true, true, true]);
  });
});

const tell = ['version', '--version', 'help', 'publish --help'];

describe('the installed program', () => {
  it('the installed program starts from a project, from a global installation and from npx', async () => {
    const prefix = join(folder, 'global');
    await npm(folder, 'install', '--global', '--prefix', prefix, packed.tarball);
    expect(textOf(prefix, 'share/man/man1/tsnotary.1')).toBe(textOf(repository, 'dist/man/tsnotary.1'));
    const version = `Version:    ${(JSON.parse(textOf(repository, 'package.json')) as { version: string }).version}`;
    const env = cleanEnvironment({ HOME: folder });
    for (const program of [join(project, 'node_modules/.bin/tsnotary'), join(prefix, 'bin/tsnotary')]) {
      expect((await run(program, ['version'], { env })).stdout).toContain(version);
    }
    const words = ['exec', '--yes', '--package', packed.tarball, '--', 'tsnotary', 'version'];
    expect(await npm(folder, ...words)).toContain(version);
  });

  it.each(tell)('the installed program says with %s what the one in the work tree says', async (words) => {
    const env = cleanEnvironment({ HOME: folder });
    const said = async (program: string) => (await run(program, words.split(' '), { env })).stdout;
    expect(await said(join(project, 'node_modules/.bin/tsnotary'))).toBe(
      await said(join(repository, 'bin/tsnotary.js')),
    );
  });
});

describe.skipIf(!available('openssl'))('with a server, the installed package', () => {
  let stage: Library;
  beforeAll(async () => {
    stage = await library();
  });
  afterAll(() => stage.stop());

  it('the installed package signs and publishes by command', async () => {
    const authority = await certificates();
    const env = cleanEnvironment({
      ...{ HOME: folder, NOTARY_ROOT_PASSPHRASE: passphrase, NOTARY_TARGETS_PASSPHRASE: passphrase },
      NOTARY_SNAPSHOT_PASSPHRASE: passphrase,
    });
    const where = [
      '-s',
      stage.server.url,
      '--tlscacert',
      authority.caCertificate,
      '-d',
      join(folder, 'trust'),
    ];
    const command = async (...words: readonly string[]) =>
      (await run(join(project, 'node_modules/.bin/tsnotary'), [...words, ...where], { env })).stdout;
    await command('init', 'docker.io/alice/program', '-p');
    await command('add', 'docker.io/alice/program', '1.0', join(project, 'package.json'), '-p');
    expect(await command('list', 'docker.io/alice/program')).toMatch(/1\.0 +[0-9a-f]{64} +\d+ +targets/);
  });

  it.each([
    ['import', 'script.mjs', "import * as tsnotary from 'tsnotary';"],
    ['require', 'script.cjs', "const v8 = require('node:v8'); const tsnotary = require('tsnotary');"],
  ] as const)(
    'the installed package publishes from a script that takes it by %s',
    async (way, name, first) => {
      const { caCertificate } = await certificates();
      const options = { trustDir: join(folder, way), gun: `${gun}-${way}`, server: stage.server.url };
      const all = JSON.stringify({ ...options, ca: caCertificate, passphrase });
      writeFileSync(join(project, name), `${first}\n${scriptOf(all, way)}`);
      const { stdout, stderr } = await run(process.execPath, [name], {
        cwd: project,
        env: cleanEnvironment(),
      });
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({
        ...{ created: true, names: ['1.0'], code: 'NO_SUCH_TARGET', ours: true },
        ...{ listeners: [], flags: 0, both: true },
      });
    },
  );

  it('the installed package compiles in a strict project without types of Node', () => {
    writeFileSync(
      join(project, 'consumer.mts'),
      consumer(
        "import { openRepository, isNotaryError, NotaryError } from 'tsnotary';\nimport type { ErrorCode, Repository, Target } from 'tsnotary';",
      ),
    );
    writeFileSync(
      join(project, 'consumer.cts'),
      consumer(
        "import tsnotary = require('tsnotary');\nconst { openRepository, isNotaryError, NotaryError } = tsnotary;\ntype ErrorCode = tsnotary.ErrorCode; type Repository = tsnotary.Repository; type Target = tsnotary.Target;",
      ),
    );
    const complaints = (options: ts.CompilerOptions) => {
      const program = ts.createProgram(
        ['consumer.mts', 'consumer.cts'].map((name) => join(project, name)),
        {
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          types: [],
          lib: ['lib.es2022.d.ts'],
          ...options,
        },
      );
      return ts
        .getPreEmitDiagnostics(program)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    };
    expect(complaints({ module: ts.ModuleKind.Node20 })).toEqual([]);
    expect(existsSync(join(project, 'consumer.mjs'))).toBe(false);
    // The types say something: a wrong use is a complaint.
    const wrong = textOf(project, 'consumer.mts').replace("gun: 'g'", 'gun: 7');
    writeFileSync(join(project, 'consumer.mts'), wrong);
    expect(complaints({ module: ts.ModuleKind.Node20 })).toEqual([
      "Type 'number' is not assignable to type 'string'.",
    ]);
  });
});

/** Publishes, reads back, and tells what else was seen of the process. */
function scriptOf(options: string, way: 'import' | 'require'): string {
  return `
const work = async () => {
  let flags = 0;
  if (typeof v8 !== 'undefined') v8.setFlagsFromString = () => { flags += 1; };
  const before = process.eventNames();
  const repository = await tsnotary.openRepository(${options});
  await repository.init();
  await repository.add('1.0', Buffer.from('content'));
  const { created } = await repository.publish();
  const names = (await repository.list()).map(({ name }) => name);
  const error = await repository.lookup('2.0').catch((failure) => failure);
  await repository.close();
  const other = ${way === 'require' ? "await import('tsnotary')" : "(await import('node:module')).createRequire(import.meta.url)('tsnotary')"};
  console.log(JSON.stringify({
    created, names, code: error.code, ours: error instanceof tsnotary.NotaryError && tsnotary.isNotaryError(error),
    listeners: process.eventNames().filter((name) => !before.includes(name)), flags, both: other.NotaryError === tsnotary.NotaryError,
  }));
};
work().catch((error) => { console.error(error); process.exit(1); });
`;
}

/** Uses every method with the types that a reader of the declarations expects. */
function consumer(imports: string): string {
  return `${imports}
export async function sign(content: Uint8Array, secret: string | undefined): Promise<readonly Target[]> {
  const repository: Repository = await openRepository({
    trustDir: '/t', gun: 'g', server: 'https://localhost', ca: undefined,
    passphrase: async ({ role, attempts }) => (role === 'root' && attempts === 0 ? secret : undefined),
    credentials: { username: 'u', password: 'p' },
    onLog: ({ level, message }) => void \`\${level}: \${message}\`,
  });
  try {
    const { rootKeyId } = await repository.init();
    await repository.add('a', content, { roles: ['targets/releases'], custom: { rootKeyId } });
    await repository.add('b', { length: 3, sha512: '' });
    await repository.remove('c');
    await repository.reset((await repository.status()).map(({ index }) => index));
    const { created, roles }: { readonly created: boolean; readonly roles: readonly string[] } = await repository.publish();
    const digest: string | undefined = (await repository.verify('a', content)).hashes['sha256'];
    return created && roles.length > 0 && digest !== undefined ? await repository.list() : [await repository.lookup('a')];
  } catch (error) {
    const code: ErrorCode | undefined = isNotaryError(error, 'OFFLINE', 'EXPIRED') ? error.code : undefined;
    if (error instanceof NotaryError && error.details['gun'] === 'g') return [];
    throw new Error(code);
  } finally {
    await repository.close();
  }
}
`;
}
