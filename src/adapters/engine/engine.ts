/** Implements the port to a Docker engine over its HTTP API (Docker Engine API 1.24 to 1.50). */

import { asArray, asObject, asString, readJson } from '../../encoding/json.ts';
import type { JsonObject } from '../../encoding/json-value.ts';
import { oneLine } from '../../encoding/one-line.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Engine, EngineImage, PushedImage } from '../../ports/engine.ts';
import type { Log } from '../../ports/log.ts';
import type { ImageRepository } from '../../ports/registry.ts';
import { type EngineAnswer, EngineConnection, type EngineLimits, engineLimits } from './engine-connection.ts';
import { findEngine, type Variables } from './find-engine.ts';
import { Progress } from './progress.ts';
import { type RegistryLogin, registryLogin } from './registry-login.ts';

export interface EngineOptions {
  /** Variables that docker reads: where the engine is, and which logins there are. */
  readonly env: Variables;
  /** Resolves a path against the working directory. */
  readonly absolute: (path: string) => string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: EngineLimits;
}

type Version = readonly [major: number, minor: number];

/** The newest version of the API that this client knows: that of docker 28.2. */
const newest: Version = [1, 50];
/** Of an engine that does not say it. */
const oldest: Version = [1, 24];
/** The first with `manifests=1`. */
const withManifests: Version = [1, 48];
/** The first that know the platform of a push, and of a pull. */
const platformOfPush: Version = [1, 46];
const platformOfPull: Version = [1, 32];

/** The engine that docker would use. Nothing is read or asked before the first call. */
export function dockerEngine(options: EngineOptions): Engine {
  return new DockerEngine(options);
}

class DockerEngine implements Engine {
  readonly #options: EngineOptions;
  #connection: Promise<EngineConnection> | undefined;
  #version: Promise<Version> | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  async answers(): Promise<boolean> {
    try {
      await this.#negotiated();
      return true;
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      this.#options.log.debug(`no Docker engine: ${error.message}`);
      return false;
    }
  }

  async image(reference: string): Promise<EngineImage | undefined> {
    const version = await this.#negotiated();
    const query = atLeast(version, withManifests) ? '?manifests=1' : '';
    const answer = await this.#send('GET', `/images/${pathOf(reference)}/json${query}`);
    if (answer.status === 404 && saysAbsent(answer)) return undefined;
    requireSuccess(answer);
    return understood(() => imageOf(asObject(readJson(answer.body, { fractions: true }), 'the image')));
  }

  async push(
    repository: ImageRepository,
    tag: string,
    show: (line: string) => void,
    platform?: string,
  ): Promise<readonly PushedImage[]> {
    const name = pathOf(nameOf(repository));
    const query = new URLSearchParams({ ...(await this.#platformToPush(platform)), tag });
    return this.#stream(repository, `/images/${name}/push?${query.toString()}`, show);
  }

  async pull(
    repository: ImageRepository,
    digest: string,
    show: (line: string) => void,
    platform?: string,
  ): Promise<void> {
    await this.#requireApi(platform, platformOfPull);
    const named = platform === undefined ? {} : { platform };
    const query = new URLSearchParams({ fromImage: nameOf(repository), ...named, tag: digest });
    await this.#stream(repository, `/images/create?${query.toString()}`, show);
  }

  async tag(source: string, repository: ImageRepository, tag: string): Promise<void> {
    const query = new URLSearchParams({ repo: nameOf(repository), tag });
    requireSuccess(await this.#send('POST', `/images/${pathOf(source)}/tag?${query.toString()}`));
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close();
  }

  /** A push takes the platform as a document (Docker Engine API 1.46, ImagePush). */
  async #platformToPush(platform: string | undefined): Promise<Record<string, string>> {
    await this.#requireApi(platform, platformOfPush);
    if (platform === undefined) return {};
    const [os, architecture, variant] = platform.split('/');
    return { platform: JSON.stringify({ architecture, os, variant }) };
  }

  /** An older engine would pass over the platform, and take another. @throws NotaryError ENGINE_REFUSED, in docker's words */
  async #requireApi(platform: string | undefined, least: Version): Promise<void> {
    const version = await this.#negotiated();
    if (platform === undefined || atLeast(version, least)) return;
    throw new NotaryError(
      'ENGINE_REFUSED',
      `"--platform" requires API version ${least.join('.')}, but the Docker daemon API version is ${version.join('.')}`,
    );
  }

  async #stream(
    { domain }: ImageRepository,
    path: string,
    show: (line: string) => void,
  ): Promise<readonly PushedImage[]> {
    const login = await registryLogin(domain, this.#options);
    const progress = new Progress({ show, redact: login.redact });
    const answer = await this.#send('POST', path, login, (chunk) => progress.take(chunk));
    requireSuccess(answer, login.redact);
    progress.end();
    return progress.pushed;
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    login?: RegistryLogin,
    take?: (chunk: Uint8Array) => void,
  ): Promise<EngineAnswer> {
    const version = await this.#negotiated();
    const connection = await this.#connected();
    return connection.send({
      method,
      path: `/v${version.join('.')}${path}`,
      ...(login !== undefined && { headers: { 'x-registry-auth': login.header } }),
      ...(take !== undefined && { take }),
    });
  }

  #connected(): Promise<EngineConnection> {
    const { env, clock, limits = engineLimits } = this.#options;
    const open = async () => EngineConnection.open(findEngine(this.#options), { env, clock, limits });
    this.#connection ??= open();
    return this.#connection;
  }

  #negotiated(): Promise<Version> {
    this.#version ??= this.#negotiate();
    return this.#version;
  }

  /** As docker: the older of what both sides know, unless `DOCKER_API_VERSION` says it. */
  async #negotiate(): Promise<Version> {
    const connection = await this.#connected();
    const wanted = parseVersion(this.#options.env['DOCKER_API_VERSION']);
    const head = await connection.send({ method: 'HEAD', path: '/_ping' });
    // Some proxies before the socket know no HEAD.
    const answer = head.status === 200 ? head : await connection.send({ method: 'GET', path: '/_ping' });
    const theirs = parseVersion(answer.headers['api-version']);
    // An engine that cannot serve yet still says which version it speaks.
    if (theirs === undefined) requireSuccess(answer);
    if (wanted !== undefined) return wanted;
    const offered = theirs ?? oldest;
    return atLeast(offered, newest) ? newest : offered;
  }
}

function parseVersion(text: string | undefined): Version | undefined {
  const [, major, minor] = /^v?(\d{1,3})\.(\d{1,4})$/.exec(text ?? '') ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

function atLeast([major, minor]: Version, [wantedMajor, wantedMinor]: Version): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function nameOf({ domain, path }: ImageRepository): string {
  return `${domain}/${path}`;
}

/**
 * A reference as a path of the API, in which the characters of docker's reference grammar stand as they are.
 *
 * @throws NotaryError USAGE for what would be another path
 */
function pathOf(reference: string): string {
  const isPath = /^[A-Za-z0-9._:/@[\]-]+$/.test(reference);
  const astray = reference.split('/').some((part) => part === '' || part === '.' || part === '..');
  if (isPath && !astray) return reference;
  throw new NotaryError('USAGE', 'invalid reference format', { details: { image: reference } });
}

/** An engine that does not know the call says 404, too. */
function saysAbsent({ body }: EngineAnswer): boolean {
  return !['', 'page not found'].includes(messageIn(body)?.trim() ?? '');
}

/** @throws NotaryError ENGINE_REFUSED with the words of the engine */
function requireSuccess({ status, body }: EngineAnswer, redact = (text: string) => text): void {
  if (status >= 200 && status <= 299) return;
  const words = oneLine(redact(failureWords(body)));
  throw new NotaryError(
    'ENGINE_REFUSED',
    `Error response from daemon: ${words === '' ? `it answers with status ${status} and no words` : words}`,
    { details: { status } },
  );
}

/** What stands before an engine may answer with plain text. */
function failureWords(body: Uint8Array): string {
  return messageIn(body) ?? Buffer.from(body.subarray(0, 1024)).toString();
}

/** `{"message":…}` */
function messageIn(body: Uint8Array): string | undefined {
  try {
    return asString(
      asObject(readJson(body, { fractions: true }), 'the answer').get('message'),
      'the message',
    );
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return undefined;
  }
}

/** @throws NotaryError ENGINE_REFUSED */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw new NotaryError(
      'ENGINE_REFUSED',
      'the Docker daemon describes the image in a way that is not understood',
      {
        cause: error,
      },
    );
  }
}

/** The containerd image store lists manifests, those of attestations and those that it does not hold among them. */
function imageOf(image: JsonObject): EngineImage {
  const manifests = asArray(image.get('Manifests'), 'Manifests').map((entry) =>
    asObject(entry, 'a manifest'),
  );
  const held = manifests.filter((entry) => entry.get('Kind') === 'image' && entry.get('Available') === true);
  return { id: asString(image.get('Id'), 'Id'), platforms: Math.max(held.length, 1) };
}
