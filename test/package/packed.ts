/** The package as `npm pack` makes it of the build in `dist/`, and projects that it is installed into. */

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnvironment, repository } from '../support/genuine/programs.ts';

const run = promisify(execFile);

export interface Packed {
  readonly tarball: string;
  /** Paths within the package, sorted. */
  readonly files: readonly string[];
}

/**
 * npm with an empty cache and without a way to any registry.
 *
 * @returns its standard output; rejects with all its output when it fails
 */
export async function npm(folder: string, ...args: readonly string[]): Promise<string> {
  const home = join(folder, '.npm-home');
  mkdirSync(home, { recursive: true });
  const env = {
    ...{ HOME: home, npm_config_cache: join(home, 'cache'), npm_config_offline: 'true' },
    ...{ npm_config_update_notifier: 'false', npm_config_registry: 'http://127.0.0.1:9/' },
  };
  const { stdout } = await run('npm', args, { cwd: folder, env: cleanEnvironment(env) });
  return stdout;
}

/** Packs what has been built; the scripts that build are not run, since other tests are using the build. */
export async function pack(folder: string): Promise<Packed> {
  const told = await npm(
    folder,
    'pack',
    repository,
    '--ignore-scripts',
    '--json',
    '--pack-destination',
    folder,
  );
  const [{ filename, files }] = JSON.parse(told) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  return { tarball: join(folder, filename), files: files.map(({ path }) => path).sort() };
}

/** A new project that nothing but the package is installed into. */
export async function projectWith(folder: string, { tarball }: Packed): Promise<string> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "project", "private": true }');
  await npm(folder, 'install', '--ignore-scripts', tarball);
  return folder;
}

/** The file of a project, as text. */
export function textOf(folder: string, ...names: readonly string[]): string {
  return readFileSync(join(folder, ...names), 'utf8');
}
