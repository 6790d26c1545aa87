/** Implements the port to docker's plugins: the directories in which docker looks (docker/cli, cli-plugins/manager). */

import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { asUtf8 } from '../../encoding/foreign-text.ts';
import { asArray, asObject, readJson } from '../../encoding/json.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { DockerPlugins, PluginFile, PluginPlace } from '../../ports/docker-plugins.ts';
import type { Log } from '../../ports/log.ts';
import { readRegularFile } from '../fs/read-file.ts';
import { findProgram } from '../system/find-program.ts';
import { askDocker, askPlugin } from './ask-program.ts';
import { launcherText, notOurs, ownerOf, ownProgram, removeLauncher, writeLauncher } from './launcher.ts';

export interface PluginOptions {
  /** `DOCKER_CONFIG`, `HOME` and `PATH`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Resolves a path against the working directory. */
  readonly absolute: (path: string) => string;
  readonly log: Log;
  /** In the order of search; docker's own unless given. */
  readonly systemFolders?: readonly [string, ...string[]];
  /** Program and words; those of this process unless given. */
  readonly program?: readonly [string, ...string[]];
}

/** Those of docker on Unix. */
const dockersFolders = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
] as const;

/** The first without `trust`. */
const withoutTrust = 29;

export function dockerPlugins(options: PluginOptions): DockerPlugins {
  const { env, absolute, log, systemFolders = dockersFolders } = options;
  const program = options.program ?? ownProgram();
  const configFolder = configFolderOf(env, absolute);
  const folder = (place: PluginPlace): string => {
    if (place === 'system') return systemFolders[0];
    if (configFolder !== undefined) return join(configFolder, 'cli-plugins');
    throw new NotaryError('FILE_UNWRITABLE', 'docker has no configuration directory: HOME is not set', {
      hint: 'Set DOCKER_CONFIG, or give --system.',
    });
  };
  const folders = [
    ...(configFolder === undefined ? [] : extraFolders(join(configFolder, 'config.json'), log)),
    ...(configFolder === undefined ? [] : [join(configFolder, 'cli-plugins')]),
    ...systemFolders,
  ];
  return {
    folder,
    folders: [...new Set(folders)],
    owner: (name, place) => ownerOf(join(folder(place), name), program),
    async state(name) {
      const found: PluginFile[] = [];
      for (const path of new Set(folders.map((searched) => join(searched, name)))) {
        const owner = ownerOf(path, program);
        if (owner !== undefined) found.push({ path, owner, ...(await factsOf(path)) });
      }
      return { name, found };
    },
    async docker() {
      const path = findProgram('docker', env['PATH'] ?? '');
      const version = path === undefined ? undefined : await askDocker(path);
      if (path === undefined || version === undefined) return undefined;
      return { path, version, ownTrust: Number.parseInt(version, 10) < withoutTrust };
    },
    install(name, place, replace) {
      if (process.platform === 'win32') throw notOnWindows();
      const path = join(folder(place), name);
      const owner = ownerOf(path, program);
      if (owner !== undefined && owner !== 'tsnotary' && !replace) throw notOurs(path, whoseWords(owner));
      writeLauncher(path, launcherText(name, program), { place, replace: owner !== undefined });
      return path;
    },
    remove(name, place) {
      const path = join(folder(place), name);
      const owner = ownerOf(path, program);
      if (owner === undefined) return false;
      if (owner !== 'tsnotary') throw notOurs(path, whoseWords(owner));
      removeLauncher(path);
      return true;
    },
  };
}

/** There docker looks for `docker-NAME.exe`. */
function notOnWindows(): NotaryError {
  return new NotaryError('FILE_UNWRITABLE', 'docker on Windows starts no scripts as plugins', {
    hint: 'Run tsnotary by its own name, or docker and tsnotary in WSL.',
  });
}

function whoseWords(owner: PluginFile['owner']): string {
  return owner === 'unreadable' ? 'it cannot be read' : 'another program has put it there';
}

function configFolderOf(env: PluginOptions['env'], absolute: PluginOptions['absolute']): string | undefined {
  const { DOCKER_CONFIG: folder = '', HOME: home = '' } = env;
  if (folder !== '') return absolute(folder);
  return home === '' ? undefined : absolute(join(home, '.docker'));
}

/** `cliPluginsExtraDirs` of config.json. A file that cannot be read is a warning: docker does nothing at all then. */
function extraFolders(file: string, log: Log): readonly string[] {
  try {
    const found = readRegularFile(file, { followLinks: true });
    if (found === undefined || Buffer.from(found.bytes).toString('latin1').trim() === '') return [];
    const document = asObject(readJson(asUtf8(found.bytes), { fractions: true }), 'the document');
    const extra = asArray(document.get('cliPluginsExtraDirs'), 'cliPluginsExtraDirs');
    return extra.filter((entry) => typeof entry === 'string').filter((entry) => isAbsolute(entry));
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    // The message about damaged content quotes it, and logins stand there.
    const reason = error.code === 'FILE_UNREADABLE' ? error.message : `${file} is damaged`;
    log.warn(
      `the directories of plugins that config.json names are not known: ${reason}`,
      'DOCKER_CONFIG_UNUSABLE',
    );
    return [];
  }
}

/** Started as docker does, whosever it is: at `docker --help`, it starts them all. */
async function factsOf(path: string): Promise<Omit<PluginFile, 'path' | 'owner'>> {
  if (!existsSync(path)) return { problem: 'it is a link to a file that is not there' };
  if (!statSync(path).isFile()) return { problem: 'it is not a file' };
  return askPlugin(path);
}
