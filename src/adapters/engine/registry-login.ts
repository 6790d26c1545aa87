/** Makes the header by which the engine logs in at a registry, out of the login that docker has saved for it. */

import { join } from 'node:path';
import { trimEndOf } from '../../encoding/trim.ts';
import { isNotaryError } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import {
  type DockerConfig,
  dockerConfigOfVariable,
  helperFor,
  loginInFile,
  readDockerConfig,
  type SavedLogin,
} from '../http/docker/docker-config.ts';
import { keyOf } from '../http/docker/docker-hosts.ts';
import { dockerFolder, type Variables } from './find-engine.ts';

/** Milliseconds; the user may have to unlock the key ring meanwhile. */
const helperTimeout = 60_000;
/** What is shorter is not taken out of messages: it would be found in ordinary words. */
const shortestSecret = 4;

export interface RegistryLogin {
  /** For `X-Registry-Auth`: base64url of JSON, `{}` without a login (Docker Engine API, Authentication). */
  readonly header: string;
  /** Takes everything that the header holds out of a text. */
  readonly redact: (text: string) => string;
}

export interface LoginOptions {
  /** `DOCKER_AUTH_CONFIG`, `DOCKER_CONFIG`, `HOME` and `PATH`. */
  readonly env: Variables;
  readonly absolute: (path: string) => string;
  readonly log: Log;
}

/**
 * The login for a registry: of `DOCKER_AUTH_CONFIG`, else of config.json and the credential helpers it names. One that
 * cannot be read is a warning, and counts as none, as in docker.
 *
 * @param domain of the image: `docker.io`, `localhost:5000`
 */
export async function registryLogin(domain: string, options: LoginOptions): Promise<RegistryLogin> {
  for (const config of readConfigs(options)) {
    const login = await loginOf(config, domain, options);
    if (login !== undefined) return headerOf(login, keyOf(domain));
  }
  return { header: encoded({}), redact: (text) => text };
}

function readConfigs({ env, absolute, log }: LoginOptions): readonly DockerConfig[] {
  const { DOCKER_AUTH_CONFIG: variable = '' } = env;
  const folder = dockerFolder(env, absolute);
  const file = folder === undefined ? undefined : join(folder, 'config.json');
  return [
    variable === ''
      ? undefined
      : unlessDamaged('DOCKER_AUTH_CONFIG', log, () => dockerConfigOfVariable(variable)),
    file === undefined ? undefined : unlessDamaged(file, log, () => readDockerConfig(file)),
  ].filter((config) => config !== undefined);
}

async function loginOf(
  config: DockerConfig,
  domain: string,
  { env, log }: LoginOptions,
): Promise<SavedLogin | undefined> {
  const name = helperFor(config, domain);
  if (name === undefined) return unlessDamaged(config.file, log, () => loginInFile(config, domain));
  const { askHelper } = await import('../http/docker/credential-helper.ts');
  const answer = await askHelper({
    name,
    key: keyOf(domain),
    path: env['PATH'] ?? '',
    timeout: helperTimeout,
  });
  if (answer.kind === 'login') return answer.login;
  if (answer.kind === 'failed')
    log.warn(`no Docker login for ${domain}: ${answer.reason}`, 'CREDENTIAL_HELPER_FAILED');
  return undefined;
}

function unlessDamaged<T>(file: string, log: Log, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    // The message about damaged content quotes it.
    const reason = error.code === 'FILE_UNREADABLE' ? error.message : `${file} is damaged`;
    log.warn(`Docker logins are not used: ${reason}`, 'DOCKER_CONFIG_UNUSABLE');
    return undefined;
  }
}

function headerOf({ username, password, identityToken }: SavedLogin, serveraddress: string): RegistryLogin {
  const members = { username, password, serveraddress, identitytoken: identityToken };
  const header = encoded(Object.fromEntries(Object.entries(members).filter(([, value]) => value !== '')));
  const pair = Buffer.from(`${username}:${password}`).toString('base64');
  const secrets = [header, trimEndOf(header, '='), pair, password, identityToken];
  return { header, redact: (text) => withoutSecrets(text, secrets) };
}

function encoded(members: Readonly<Record<string, string>>): string {
  const text = Buffer.from(JSON.stringify(members)).toString('base64url');
  // Go's URLEncoding, which the engine reads, pads.
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= shortestSecret)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
