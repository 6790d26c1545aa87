/** Puts the configuration of a run together: flags, then the configuration file, then defaults. */

import type { JsonObject } from '../../encoding/json-value.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import type { GlobalValues } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';
import { checkFormat, parseConfigFile } from './config-file.ts';
import { switchSetting, textSetting } from './settings.ts';
import { settingsWithoutEffect } from './unknown-settings.ts';

export interface Config {
  /** As configured: a relative path starts at the working directory. */
  readonly trustDir: string;
  readonly server: ServerConfig;
  /** All settings of the configuration file. */
  readonly settings: JsonObject;
  readonly configFile: string;
  /** False when there is no configuration file. */
  readonly found?: boolean;
  /** True when nothing names a server, so that the URL is Notary's default. */
  readonly isDefaultServer?: boolean;
  /** For `~` in paths; empty when it is not known. */
  readonly home?: string;
}

export interface ServerConfig {
  readonly url: string;
  /** Paths of PEM files, relative ones from the working directory. */
  readonly rootCa: string | undefined;
  readonly clientCert: string | undefined;
  readonly clientKey: string | undefined;
  readonly skipVerify: boolean;
}

const defaultServerUrl = 'https://notary-server:4443';
const configFolder = '.notary';

/**
 * Reads the configuration.
 *
 * @throws NotaryError CONFIG_UNREADABLE, CONFIG_INVALID, worded `error opening config file: …`. A missing
 * file is no error unless it was asked for.
 */
export async function loadConfig(
  system: Pick<System, 'environment' | 'files'>,
  globals: GlobalValues,
  log: Log,
): Promise<Config> {
  const { files } = system;
  const home = system.environment.get('HOME') ?? '';
  if (home === '') {
    log.warn('cannot get current user home directory: environment variable not set');
    log.warn(`notary will use ${files.absolute(configFolder)} to store configuration and keys`);
  }
  const folder = home === '' ? configFolder : files.absolute(`${home}/${configFolder}`);
  const configFile = globals.configFile === '' ? `${folder}/config.json` : globals.configFile;
  const read = await readSettings(system, configFile, globals.configFile !== '', log);
  const settings = read ?? new Map();
  for (const words of settingsWithoutEffect(settings)) log.warn(`${configFile}: ${words}`, 'SETTING_UNKNOWN');

  const pathFlag = (value: string) => (value === '' ? undefined : files.absolute(value));
  const besideConfig = (path: string) => {
    const value = textSetting(settings, path) ?? '';
    return value === '' ? undefined : pathInConfig(files, { configFile, home }, value);
  };
  const trustDir = expandHome(
    files,
    home,
    pathFlag(globals.trustDir) ?? textSetting(settings, 'trust_dir') ?? folder,
  );
  log.debug(`Using the following trust directory: ${trustDir}`);
  const url = globals.server === '' ? textSetting(settings, 'remote_server.url') : globals.server;
  return Object.freeze({
    trustDir,
    settings,
    configFile,
    home,
    found: read !== undefined,
    isDefaultServer: url === undefined || url === '',
    server: Object.freeze({
      url: url === undefined || url === '' ? defaultServerUrl : url,
      rootCa: pathFlag(globals.tlscacert) ?? besideConfig('remote_server.root_ca'),
      clientCert: pathFlag(globals.tlscert) ?? besideConfig('remote_server.tls_client_cert'),
      clientKey: pathFlag(globals.tlskey) ?? besideConfig('remote_server.tls_client_key'),
      skipVerify: switchSetting(settings, 'remote_server.skipTLSVerify'),
    }),
  });
}

async function readSettings(
  { files }: Pick<System, 'files'>,
  path: string,
  required: boolean,
  log: Log,
): Promise<JsonObject | undefined> {
  try {
    checkFormat(path);
    return await parseConfigFile(path, await files.readRegular(path));
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    log.debug('Configuration file not found, using defaults');
    if (!required && isNotaryError(error, 'FILE_UNREADABLE') && error.details.missing === true)
      return undefined;
    const code = error.code === 'FILE_UNREADABLE' ? 'CONFIG_UNREADABLE' : error.code;
    throw new NotaryError(code, `error opening config file: ${error.message}`, {
      details: { file: path },
      hint: error.hint,
      cause: error,
    });
  }
}

/**
 * A path in the configuration file: relative ones start at its directory, `~/…` at the home directory. (Notary 0.7.0
 * takes `~` for a name there.)
 */
export function pathInConfig(
  files: Pick<System['files'], 'absolute' | 'beside'>,
  { configFile, home = '' }: Pick<Config, 'configFile' | 'home'>,
  path: string,
): string {
  return path.startsWith('~/') ? expandHome(files, home, path) : files.beside(configFile, path);
}

/** `~` and `~/…` stand for the home directory; `~user` is a name like any other. */
function expandHome(files: Pick<System['files'], 'absolute'>, home: string, path: string): string {
  if (path !== '~' && !path.startsWith('~/')) return path;
  return home === '' ? path.slice(1) || '/' : files.absolute(`${home}/${path.slice(1)}`);
}
