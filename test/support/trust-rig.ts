/** People with docker's settings, a trust server and a registry of this process, and the stub of an engine. */

import { join } from 'node:path';
import type { Clock } from '../../src/ports/clock.ts';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import { certificates } from './genuine/certificates.ts';
import { type DockerEngine, startDockerEngine } from './genuine/docker-engine.ts';
import { makeScratch, removeScratch } from './genuine/scratch.ts';
import { memoryClock, seededRandom } from './memory-ports.ts';
import { type HttpsServer, serveHttps } from './memory-server-https.ts';
import { type Run, type Setting, scratchHome } from './memory-system.ts';
import { endRegistries, manifestText, refuse, serveManifest, startRegistry } from './registry-rig.ts';

export interface TrustPerson {
  /** Home and working directory. */
  readonly folder: string;
  /** Runs `trust` with the words. */
  trust(words: readonly string[], setting?: Setting): Promise<Run>;
  /** Runs one that must succeed; returns its standard output. */
  must(...words: readonly string[]): Promise<string>;
  /** Runs any command. */
  run(words: readonly string[], setting?: Setting): Promise<Run>;
}

export interface TrustRig {
  /** The domain of the registry, `localhost:PORT`. */
  readonly domain: string;
  readonly server: HttpsServer;
  readonly engine: DockerEngine;
  /** The variables of people: certificates, engine, server and passphrases. */
  readonly env: Readonly<Record<string, string>>;
  /** A person with an empty home. */
  person(): TrustPerson;
  /** Puts an image into the engine and, unless only the engine is to have it, into the registry. @param path without the domain */
  image(path: string, tag: string, options?: { seed?: string; in?: 'both' | 'engine' | 'registry' }): string;
  stop(): Promise<void>;
}

const passphrase = 'some-passphrase';

/** @param clock of the server; programs of other processes need that of the system */
export async function trustRig(clock: Clock = memoryClock()): Promise<TrustRig> {
  const scratch = makeScratch();
  const { caCertificate } = await certificates();
  const state = { store: memoryServerStore(), clock, random: seededRandom('server') };
  const server = await serveHttps({ ...state, gunPrefixes: [] }, await certificates());
  const engine = await startDockerEngine(join(scratch, 'docker.sock'));
  const manifests = new Map<string, string>();
  const registry = await startRegistry(
    (response, { url = '' }) => {
      const [, path = '', reference = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(url) ?? [];
      const text = manifests.get(`${path}:${reference}`);
      if (text === undefined) refuse(response, 404, 'MANIFEST_UNKNOWN');
      else serveManifest(response, text);
    },
    { plain: true },
  );
  const homes: ReturnType<typeof scratchHome>[] = [];
  const env = {
    SSL_CERT_FILE: caCertificate,
    DOCKER_HOST: engine.host,
    DOCKER_CONTENT_TRUST_SERVER: server.url,
    DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: passphrase,
    DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: passphrase,
  };
  const person = (): TrustPerson => {
    const home = scratchHome();
    homes.push(home);
    const run = (words: readonly string[], setting: Setting = {}) =>
      home.run(words, { ...setting, env: { ...env, ...setting.env } });
    const trust = (words: readonly string[], setting?: Setting) => run(['trust', ...words], setting);
    const must = async (...words: readonly string[]): Promise<string> => {
      const { status, stdout, stderr } = await trust(words);
      if (status !== 0) throw new Error(`trust ${words.join(' ')}: status ${status}\n${stdout}${stderr}`);
      return stdout;
    };
    return { folder: home.folder, trust, must, run };
  };
  return {
    ...{ domain: registry.domain, server, engine, env, person },
    image(path, tag, { seed = tag, in: where = 'both' } = {}) {
      const text = manifestText(undefined, { annotations: { seed } });
      if (where !== 'engine') manifests.set(`${path}:${tag}`, text);
      if (where !== 'registry') engine.addImage(`${registry.domain}/${path}`, tag, text);
      return `${registry.domain}/${path}:${tag}`;
    },
    async stop() {
      await endRegistries();
      await engine.stop();
      await server.stop();
      for (const home of homes) home.remove();
      removeScratch(scratch);
    },
  };
}
