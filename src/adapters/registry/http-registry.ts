/**
 * Implements the Registry port over HTTP: for each registry one client, with the certificates that docker has for it,
 * and for each repository what it has learned about logging in.
 */

import { isNotaryError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HttpClient } from '../../ports/http.ts';
import type { Log } from '../../ports/log.ts';
import type { ImageRepository, Manifest, Referrers, Registry, RegistryLogins } from '../../ports/registry.ts';
import { type TokenService, tokenService } from '../http/auth/token-service.ts';
import {
  type CertificateFolder,
  readCertificateFolders,
  registryFolders,
} from '../http/docker/certificate-folders.ts';
import { defaultLimits, type NetworkLimits } from '../http/transport/limits.ts';
import { loadTls } from '../http/transport/tls.ts';
import { undiciClient } from '../http/transport/undici-client.ts';
import { checkKnown } from './check-repository.ts';
import { checkImage } from './image-name.ts';
import { listReferrers } from './list-referrers.ts';
import { PullAuthorization } from './pull-authorization.ts';
import { addressOf, hostOfRegistry } from './registry-address.ts';
import { invalidAnswer, requestError, type Wanted } from './registry-errors.ts';
import { acceptedTypes, indexType, maxManifest, verifiedManifest } from './verify-manifest.ts';
import { referrersOfIndex } from './verify-referrers.ts';

export interface RegistryOptions {
  /** For proxies, `SSL_CERT_FILE` and `SSL_CERT_DIR`, `DOCKER_CONFIG`, `HOME`, `TSNOTARY_INSECURE_CREDENTIALS`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Resolves a path against the working directory. */
  readonly absolute: (path: string) => string;
  readonly clock: Clock;
  readonly log: Log;
  readonly logins: RegistryLogins;
  /** Domains of registries that are spoken to in plain http, because the user wants it. */
  readonly plainHttp?: readonly string[];
  readonly limits?: NetworkLimits;
  /** Milliseconds for one whole manifest. */
  readonly manifestTimeout?: number;
  /** The directory of the engine's certificates. */
  readonly engineCertificates?: string;
  /** Embedded in another program: do not change process-wide settings. */
  readonly embedded?: boolean;
}

/** A manifest has some kilobytes, and is sent within a second; at the slowest speed allowed 4 MiB would take an hour. */
const defaultManifestTimeout = 60_000;

/** Stands for none in the check of a name that has no reference. */
const anyTag = 'latest';

/** Opens registries when they are first asked. */
export function httpRegistry(options: RegistryOptions): Registry {
  const opened = new Map<string, OneRegistry>();
  const registryOf = (repository: ImageRepository, reference: string): OneRegistry => {
    checkImage(repository, reference);
    const registry = opened.get(repository.domain) ?? new OneRegistry(repository.domain, options);
    opened.set(repository.domain, registry);
    return registry;
  };
  return {
    manifest: async (repository, reference) =>
      registryOf(repository, reference).manifest(repository, reference),
    referrers: async (repository, digest) => registryOf(repository, digest).referrers(repository, digest),
    checkRepository: async (repository) => registryOf(repository, anyTag).checkRepository(repository),
    close: async () => {
      await Promise.all([...opened.values()].map((registry) => registry.close()));
    },
  };
}

interface Line {
  readonly http: HttpClient;
  readonly tokens: TokenService;
}

class OneRegistry {
  readonly #domain: string;
  readonly #options: RegistryOptions;
  readonly #limits: NetworkLimits;
  readonly #repositories = new Map<string, PullAuthorization>();
  /** Paths of repositories for which the registry has no list of referrers. */
  readonly #withoutReferrers = new Set<string>();
  #line: Promise<Line> | undefined;
  #base: Promise<string> | undefined;

  constructor(domain: string, options: RegistryOptions) {
    this.#domain = domain;
    this.#options = options;
    this.#limits = options.limits ?? defaultLimits;
  }

  async manifest(repository: ImageRepository, reference: string): Promise<Manifest> {
    const wanted: Wanted = { repository, reference };
    const { http, tokens } = await this.#opened();
    const base = await this.#address(http, wanted);
    const response = await this.#authorization(repository.path, base, { http, tokens }).send(
      {
        method: 'GET',
        url: `${base}/v2/${repository.path}/manifests/${reference}`,
        headers: { accept: acceptedTypes },
        limit: maxManifest,
        timeout: this.#timeout,
      },
      wanted,
    );
    return verifiedManifest(response, wanted);
  }

  async referrers(repository: ImageRepository, digest: string): Promise<Referrers> {
    const { path } = repository;
    const { http, tokens } = await this.#opened();
    const base = await this.#address(http, { repository, reference: digest });
    if (!this.#withoutReferrers.has(path)) {
      const authorization = this.#authorization(path, base, { http, tokens });
      const entries = await listReferrers({
        ...{ repository, digest, base, authorization, http, timeout: this.#timeout },
      });
      if (entries !== undefined) return { source: 'api', entries };
      this.#withoutReferrers.add(path);
    }
    return this.#referrersOfTag(repository, digest);
  }

  /** The list that clients keep where a registry has none (OCI Distribution Specification 1.1, "Referrers Tag Schema"). */
  async #referrersOfTag(repository: ImageRepository, digest: string): Promise<Referrers> {
    const tag = digest.replace(':', '-');
    try {
      const { mediaType, bytes } = await this.manifest(repository, tag);
      const wanted: Wanted = { repository, reference: tag };
      if (mediaType !== indexType)
        throw invalidAnswer('has something else than a list of referrers under its tag', wanted);
      return { source: 'tag', entries: referrersOfIndex(bytes, wanted) };
    } catch (error) {
      if (isNotaryError(error, 'IMAGE_NOT_THERE')) return { source: 'tag', entries: [] };
      throw error;
    }
  }

  async checkRepository(repository: ImageRepository): Promise<void> {
    const { http, tokens } = await this.#opened();
    const base = await this.#address(http, { repository });
    const authorization = this.#authorization(repository.path, base, { http, tokens });
    await checkKnown({ repository, base, authorization, timeout: this.#timeout });
  }

  get #timeout(): number {
    return this.#options.manifestTimeout ?? defaultManifestTimeout;
  }

  async close(): Promise<void> {
    // A client that could not be made was reported by the request that wanted it.
    const line = await this.#line?.catch(() => undefined);
    await line?.http.close();
  }

  #opened(): Promise<Line> {
    this.#line ??= this.#open();
    return this.#line;
  }

  async #open(): Promise<Line> {
    const { env, clock, log, embedded: guest = false } = this.#options;
    const more = await readCertificateFolders(this.#folders(), log);
    const tls = await loadTls({ skipVerify: false, more }, env);
    const http = undiciClient({ tls, env, clock, limits: this.#limits, guest });
    return { http, tokens: tokenService(http, clock, this.#limits.token) };
  }

  #folders(): readonly CertificateFolder[] {
    const { env, absolute, engineCertificates } = this.#options;
    const folders = registryFolders(env, hostOfRegistry(this.#domain), engineCertificates);
    return folders.map((folder) => ({ ...folder, path: absolute(folder.path) }));
  }

  async #address(http: HttpClient, wanted: Wanted): Promise<string> {
    const plainHttp = this.#options.plainHttp?.includes(this.#domain) === true;
    this.#base ??= addressOf(http, this.#domain, { plainHttp, timeout: this.#limits.ping });
    try {
      return await this.#base;
    } catch (error) {
      throw requestError(error, wanted);
    }
  }

  #authorization(path: string, base: string, { http, tokens }: Line): PullAuthorization {
    const { env, logins } = this.#options;
    const insecureAllowed = env['TSNOTARY_INSECURE_CREDENTIALS'] === '1';
    const known =
      this.#repositories.get(path) ?? new PullAuthorization({ http, tokens, logins, base, insecureAllowed });
    this.#repositories.set(path, known);
    return known;
  }
}
