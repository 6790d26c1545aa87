/** A registry on loopback that a test scripts, and a client of it. */

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { registryLogins } from '../../src/adapters/http/docker/registry-logins.ts';
import { defaultLimits, type NetworkLimits } from '../../src/adapters/http/transport/limits.ts';
import { httpRegistry, type RegistryOptions } from '../../src/adapters/registry/http-registry.ts';
import type { ImageRepository, Manifest, Registry } from '../../src/ports/registry.ts';
import { certificates } from './genuine/certificates.ts';
import { startServer, type TestServer } from './http-rig.ts';
import { type MemoryClock, type MemoryLog, memoryClock, memoryLog } from './memory-ports.ts';

export const ociImage = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const dockerImage = 'application/vnd.docker.distribution.manifest.v2+json';
export const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';

export const sha256 = (bytes: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** The text of a manifest; `more` replaces members, and undefined removes them. */
export function manifestText(mediaType: string = ociImage, more: object = {}): string {
  const described = { mediaType: 'application/x', digest: sha256(''), size: 0 };
  const isList = mediaType === ociIndex || mediaType === dockerList;
  const content = isList ? { manifests: [described] } : { config: described, layers: [described] };
  return JSON.stringify({ schemaVersion: 2, mediaType, ...content, ...more });
}

/** Answers with a manifest as a registry does. */
export function serveManifest(
  response: ServerResponse,
  text: string = manifestText(),
  headers: Record<string, string> = {},
): void {
  response.writeHead(200, {
    'Content-Type': ociImage,
    'Docker-Content-Digest': sha256(text),
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Answers with an error as a registry does. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string | readonly string[]> = {},
): void {
  const body = JSON.stringify({ errors: [{ code, message: `${code.toLowerCase()} it is`, detail: null }] });
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers } as Record<string, string>);
  response.end(body);
}

const running: { stop(): Promise<void> }[] = [];
const open: Registry[] = [];

/** Closes everything that was opened here. */
export async function endRegistries(): Promise<void> {
  await Promise.all(open.splice(0).map((registry) => registry.close()));
  await Promise.all(running.splice(0).map((server) => server.stop()));
}

/** Has a server stopped by `endRegistries`. */
export function keep<T extends { stop(): Promise<void> }>(server: T): T {
  running.push(server);
  return server;
}

/** A request as the registry saw it. */
export interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly accept: string | undefined;
}

export interface ScriptedRegistry {
  readonly server: TestServer;
  readonly domain: string;
  /** Requests for manifests. */
  readonly asked: readonly Asked[];
}

/** A registry, whose answers to requests for manifests are the test's. */
export async function startRegistry(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
  { plain = false }: { plain?: boolean } = {},
): Promise<ScriptedRegistry> {
  const asked: Asked[] = [];
  const server = keep(
    await startServer(
      (request, response) => {
        const { url = '', headers } = request;
        if (url === '/v2/') {
          response.end('{}');
          return;
        }
        asked.push({ url, authorization: headers.authorization, accept: headers.accept });
        answer(response, request);
      },
      { plain },
    ),
  );
  return { server, domain: `localhost:${server.port}`, asked };
}

export interface RegistryClient {
  readonly registry: Registry;
  readonly log: MemoryLog;
  readonly clock: MemoryClock;
  /** Asks for `a/b:1` unless told otherwise. */
  readonly read: (domain: string, reference?: string, path?: string) => Promise<Manifest>;
}

interface ClientOptions extends Partial<Omit<RegistryOptions, 'limits'>> {
  readonly limits?: Partial<NetworkLimits>;
  /** The home, whose logins are used; none when absent. */
  readonly home?: string;
}

/** A client that trusts the test authority and has no other certificates. */
export async function openClient({
  home = '/nowhere',
  env,
  limits,
  ...more
}: ClientOptions = {}): Promise<RegistryClient> {
  const log = memoryLog();
  const clock = memoryClock();
  const variables = { SSL_CERT_FILE: (await certificates()).caCertificate, HOME: home, ...env };
  const registry = httpRegistry({
    logins: registryLogins({ env: variables, absolute: (path) => path, log }),
    absolute: (path) => path,
    engineCertificates: join(home, 'engine'),
    ...{ log, clock, env: variables, limits: { ...defaultLimits, ...limits } },
    ...more,
  });
  open.push(registry);
  const repository = (domain: string, path: string): ImageRepository => ({ domain, path });
  return {
    ...{ registry, log, clock },
    read: (domain, reference = '1', path = 'a/b') => registry.manifest(repository(domain, path), reference),
  };
}
