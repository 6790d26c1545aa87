/** The genuine registry (Debian's `docker-registry`, 2.8.2) on a free loopback port, storing in memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Certificates } from './certificates.ts';
import type { TokenAuth } from './notary-server.ts';
import { cleanEnvironment } from './programs.ts';
import { adopt, makeScratch, removeScratch, stopChild } from './scratch.ts';

export interface DockerRegistryOptions {
  /** Speak https with these; without them the registry speaks http. */
  readonly certificates?: Certificates;
  /** `basic`: alice with the password `wonderland`; or the token service that is trusted. Everybody may do everything without. */
  readonly auth?: 'basic' | TokenAuth;
}

/** The four kinds of manifests, by the last part of their media types. */
export type ManifestKind = 'oci image' | 'oci index' | 'docker image' | 'docker list';

export const mediaTypes: Readonly<Record<ManifestKind, string>> = {
  'oci image': 'application/vnd.oci.image.manifest.v1+json',
  'oci index': 'application/vnd.oci.image.index.v1+json',
  'docker image': 'application/vnd.docker.distribution.manifest.v2+json',
  'docker list': 'application/vnd.docker.distribution.manifest.list.v2+json',
};

export interface PushedManifest {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly text: string;
}

export interface DockerRegistry {
  readonly port: number;
  /** `localhost:PORT`, the domain in names of images. */
  readonly domain: string;
  readonly url: string;
  /**
   * Pushes a manifest and the blobs or images that it names.
   *
   * @param tag the tag of the manifest; `seed` makes another image of the same kind
   * @param authorization the header, where the registry wants one
   */
  push(
    path: string,
    tag: string,
    kind: ManifestKind,
    options?: { seed?: string; authorization?: string },
  ): Promise<PushedManifest>;
  /**
   * Pushes a manifest as it stands, after the blobs that it names.
   *
   * @param reference a tag; empty for none
   */
  pushAsIs(
    path: string,
    reference: string,
    manifest: object,
    blobs?: readonly string[],
  ): Promise<PushedManifest>;
  /** Removes a manifest by its digest. */
  remove(path: string, digest: string): Promise<void>;
  /** Everything that the registry has logged. */
  log(): string;
  stop(): Promise<void>;
}

/** bcrypt of `wonderland`, the only kind of hash that the registry takes. */
const users = 'alice:$2a$04$abcdefghijklmnopqrstuujZkTwHUiJ9XdZPwKfcfDo7dMp5DjlTu\n';

/** JSON is YAML. */
function configuration(folder: string, { certificates, auth }: DockerRegistryOptions): string {
  const htpasswd = join(folder, 'users');
  writeFileSync(htpasswd, users);
  return JSON.stringify({
    version: '0.1',
    log: { level: 'info' },
    storage: { inmemory: {}, delete: { enabled: true } },
    http: {
      addr: '127.0.0.1:0',
      ...(certificates && {
        tls: { certificate: certificates.serverCertificate, key: certificates.serverKey },
      }),
    },
    ...(auth === 'basic' && { auth: { htpasswd: { realm: 'tsnotary test', path: htpasswd } } }),
    ...(typeof auth === 'object' && { auth: { token: auth } }),
  });
}

async function launch(folder: string, options: DockerRegistryOptions) {
  const file = join(folder, 'registry.yml');
  writeFileSync(file, configuration(folder, options));
  const child: ChildProcess = spawn('docker-registry', ['serve', file], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  adopt(child);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  while (child.exitCode === null) {
    const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(text) ?? [];
    if (port !== undefined) return { child, port: Number(port), log: () => text };
    await pause(10);
  }
  throw new Error(`docker-registry does not start:\n${text}`);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Sending {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly ca: Buffer | undefined;
}

function send(method: string, url: string, { headers, body, ca }: Sending): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request =
      ca === undefined ? requestPlain(url, { method, headers }) : requestSecure(url, { method, headers, ca });
    request.once('error', reject).once('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    request.end(body);
  });
}

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Pushes over the API of registries (OCI Distribution Specification 1.1, "Push"). */
class Pusher {
  readonly #base: string;
  readonly #ca: Buffer | undefined;
  readonly #headers: Record<string, string>;

  constructor(base: string, ca: Buffer | undefined, authorization: string | undefined) {
    this.#base = base;
    this.#ca = ca;
    this.#headers = authorization === undefined ? {} : { authorization };
  }

  async manifest(reference: string, kind: ManifestKind, seed: string): Promise<PushedManifest> {
    const isList = kind === 'oci index' || kind === 'docker list';
    const text = isList ? await this.#list(kind, seed) : await this.#image(kind, seed);
    const digest = digestOf(text);
    const headers = { 'content-type': mediaTypes[kind] };
    await this.#must(
      'PUT',
      `${this.#base}/manifests/${reference === '' ? digest : reference}`,
      201,
      text,
      headers,
    );
    return { digest, size: Buffer.byteLength(text), text };
  }

  async asIs(reference: string, manifest: object, blobs: readonly string[]): Promise<PushedManifest> {
    for (const blob of blobs) await this.#blob(blob);
    const text = JSON.stringify(manifest);
    const digest = digestOf(text);
    const { mediaType = '' } = manifest as { mediaType?: string };
    const url = `${this.#base}/manifests/${reference === '' ? digest : reference}`;
    await this.#must('PUT', url, 201, text, { 'content-type': mediaType });
    return { digest, size: Buffer.byteLength(text), text };
  }

  async remove(digest: string): Promise<void> {
    await this.#must('DELETE', `${this.#base}/manifests/${digest}`, 202);
  }

  /** Two images, for two platforms. */
  async #list(kind: 'oci index' | 'docker list', seed: string): Promise<string> {
    const inner = kind === 'oci index' ? 'oci image' : 'docker image';
    const manifests = [];
    for (const architecture of ['amd64', 'arm64']) {
      const { digest, size } = await this.manifest('', inner, `${seed} ${architecture}`);
      manifests.push({ mediaType: mediaTypes[inner], digest, size, platform: { os: 'linux', architecture } });
    }
    return JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes[kind], manifests }, undefined, 3);
  }

  async #image(kind: 'oci image' | 'docker image', seed: string): Promise<string> {
    const config = await this.#blob(JSON.stringify({ os: 'linux', architecture: 'amd64', seed }));
    const layer = await this.#blob(`layer ${seed}`);
    const [configType, layerType] =
      kind === 'oci image'
        ? ['application/vnd.oci.image.config.v1+json', 'application/vnd.oci.image.layer.v1.tar']
        : [
            'application/vnd.docker.container.image.v1+json',
            'application/vnd.docker.image.rootfs.diff.tar.gzip',
          ];
    const content = {
      config: { mediaType: configType, ...config },
      layers: [{ mediaType: layerType, ...layer }],
    };
    return JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes[kind], ...content }, undefined, 3);
  }

  async #blob(text: string): Promise<{ digest: string; size: number }> {
    const digest = digestOf(text);
    const begun = await this.#must('POST', `${this.#base}/blobs/uploads/`, 202);
    const place = new URL(begun.headers.location ?? '', this.#base);
    place.searchParams.set('digest', digest);
    await this.#must('PUT', place.href, 201, text, { 'content-type': 'application/octet-stream' });
    return { digest, size: Buffer.byteLength(text) };
  }

  async #must(
    method: string,
    url: string,
    status: number,
    body = '',
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const length = String(Buffer.byteLength(body));
    const all = { ...this.#headers, ...headers, 'content-length': length };
    const answer = await send(method, url, { headers: all, body, ca: this.#ca });
    if (answer.status === status) return answer;
    throw new Error(`${method} ${url}: status ${answer.status}\n${answer.body}`);
  }
}

/** Starts a registry and waits until it listens. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = makeScratch();
  const { child, port, log } = await launch(folder, options);
  const domain = `localhost:${port}`;
  const url = `${options.certificates === undefined ? 'http' : 'https'}://${domain}`;
  const ca = options.certificates && readFileSync(options.certificates.caCertificate);
  const pusher = (path: string, authorization?: string) => new Pusher(`${url}/v2/${path}`, ca, authorization);
  return {
    ...{ port, domain, url, log },
    push: (path, tag, kind, { seed = tag, authorization } = {}) =>
      pusher(path, authorization).manifest(tag, kind, seed),
    pushAsIs: (path, reference, manifest, blobs = []) => pusher(path).asIs(reference, manifest, blobs),
    remove: (path, digest) => pusher(path).remove(digest),
    stop: async () => {
      await stopChild(child);
      removeScratch(folder);
    },
  };
}
