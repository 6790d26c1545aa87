/** Opens what the commands of docker's conventions ask for: repositories, keys and logins, as docker has them. */

import { trustServerFolders } from '../../adapters/http/docker/certificate-folders.ts';
import { credentialsOfRegistry } from '../../adapters/http/docker/registry-logins.ts';
import type { Connection } from '../../adapters/http/notary/connect.ts';
import { offlineStore } from '../../adapters/http/notary/offline-store.ts';
import type { RepositoryPorts } from '../../client/repository-ports.ts';
import { openConnection } from '../../composition/connections.ts';
import { openEngine } from '../../composition/engine.ts';
import { openRegistry, openRegistryLogins, registryVariables } from '../../composition/registry.ts';
import { openRepositoryReadOnly, openStoredRepository } from '../../composition/repository.ts';
import { cautionFor } from '../../composition/strictness.ts';
import { type ImageReference, loginCommand } from '../../images/reference.ts';
import type { Engine } from '../../ports/engine.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';
import type { PassphraseRetriever } from '../../ports/prompts.ts';
import type { Registry, RegistryLogins } from '../../ports/registry.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { loadConfig } from '../config/config.ts';
import { openKeysOf, uuid } from '../run/keys.ts';
import { machinePassphrases } from '../run/machine-passphrases.ts';
import type { OutputChannels, Secrets } from '../run/output-channels.ts';
import { privateAnswers, type SharedAnswers } from '../run/passphrases.ts';
import type { DockerTrust, ImageAccess, Keys, OpenMode } from '../spec/command-context.ts';
import { type GlobalValues, strictnessOf } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';
import { dockerRetriever, dockerSources, variablesOfKeys } from './docker-passphrases.ts';
import { type DockerSettings, dockerSettings } from './docker-settings.ts';
import { unreachableHint, withoutPingErrors, withReasons } from './unreachable-server.ts';

/** One run of such a command. */
export class DockerSession implements DockerTrust {
  readonly #system: System;
  readonly #globals: GlobalValues;
  readonly #outlet: OutputChannels;
  readonly #settings: DockerSettings;
  readonly #sources: ReturnType<typeof dockerSources>;
  /** By trust server, registry and access: each registry has a login of its own. */
  readonly #connections = new Map<string, Promise<Connection>>();
  readonly #logins: RegistryLogins;
  #registry: Registry | undefined;
  #engine: Promise<Engine> | undefined;

  constructor(system: System, globals: GlobalValues, { passphrases }: Secrets, outlet: OutputChannels) {
    this.#system = system;
    this.#globals = globals;
    this.#outlet = outlet;
    this.#settings = dockerSettings(system, globals);
    const { files, environment } = system;
    const others = machinePassphrases(
      {
        ...{ files, environment, variables: variablesOfKeys(passphrases) },
        config: () => loadConfig(system, globals, outlet.log),
        knownKeys: () => this.#keys(neverAsked, 'read-only').storage.list(),
        run: async (program, words, variables) =>
          (await import('../run/passphrase-command.ts')).runCommand(program, words, variables),
      },
      globals,
    );
    this.#sources = dockerSources(passphrases, others);
    this.#logins = openRegistryLogins(files, { env: this.#registryEnv(), log: outlet.log });
  }

  get trustDir(): string {
    return this.#settings.trustDir;
  }

  serverUrl(domain: string): string {
    return this.#settings.serverUrl(domain);
  }

  async openRepository(
    { domain, gun }: Pick<ImageReference, 'domain' | 'gun'>,
    access: ImageAccess,
    mode: OpenMode = 'read-write',
  ): Promise<RepositoryPorts> {
    const { clock, random, environment } = this.#system;
    const { log } = this.#outlet;
    const open = mode === 'read-only' ? openRepositoryReadOnly : openStoredRepository;
    const stored = open(this.trustDir, gun, { clock, log, uuid });
    // What was typed for one repository is not tried on another.
    const retrieve = this.#retriever(privateAnswers(), gun);
    const { cryptoService } = this.#keys(retrieve, mode);
    const caution = cautionFor(strictnessOf(this.#globals, environment), log);
    const remote = access === 'offline' ? offlineStore : await this.#remote({ domain, gun }, access);
    return { ...stored, gun, pinning: noPinning, remote, cryptoService, clock, random, log, caution };
  }

  async #remote(
    { domain, gun }: Pick<ImageReference, 'domain' | 'gun'>,
    access: Exclude<ImageAccess, 'offline'>,
  ): Promise<RemoteStore> {
    const connection = await this.#connection(domain, access);
    const hint = unreachableHint(this.serverUrl(domain), this.#settings.serverNamedBy);
    return withReasons(connection.remoteStore(gun), hint);
  }

  async openKeys(mode: OpenMode = 'read-write'): Promise<Keys> {
    return this.#keys(this.#retriever(this.#outlet.importPassphrases()), mode);
  }

  async loginName(domain: string): Promise<string | undefined> {
    const name = (await this.#logins.find(domain))?.username ?? '';
    return name === '' ? undefined : name;
  }

  openRegistry(): Registry {
    const { files, clock } = this.#system;
    this.#registry ??= openRegistry(files, {
      ...{ env: this.#registryEnv(), clock, log: this.#outlet.log, logins: this.#logins },
    });
    return this.#registry;
  }

  openEngine(): Promise<Engine> {
    const { files, clock, environment } = this.#system;
    const absolute = (path: string) => files.absolute(path);
    this.#engine ??= openEngine({ environment, absolute, clock, log: this.#outlet.log });
    return this.#engine;
  }

  async close(): Promise<void> {
    for (const one of await Promise.allSettled(this.#connections.values()))
      if (one.status === 'fulfilled') await one.value.close();
    await this.#registry?.close();
    await (await this.#engine)?.close();
  }

  #keys(retrieve: PassphraseRetriever, mode: OpenMode): Keys {
    return openKeysOf(this.trustDir, { log: this.#outlet.log, retrieve, mode });
  }

  #retriever(answers: SharedAnswers, gun?: string): PassphraseRetriever {
    const { prompter, output } = this.#outlet.dialogue;
    return dockerRetriever(this.#sources, {
      ...{ prompter, stdout: output, answers, noInput: this.#globals['no-input'] },
      ...(gun !== undefined && { gun }),
    });
  }

  #connection(domain: string, access: Exclude<ImageAccess, 'offline'>): Promise<Connection> {
    const serverUrl = this.serverUrl(domain);
    const key = JSON.stringify([serverUrl, domain, access]);
    const opened = this.#connections.get(key) ?? this.#connect(serverUrl, domain, access);
    this.#connections.set(key, opened);
    return opened;
  }

  /** The login is that of the image's registry, and the server's certificate is always checked. */
  #connect(serverUrl: string, domain: string, access: Exclude<ImageAccess, 'offline'>): Promise<Connection> {
    const { files, clock } = this.#system;
    const { tlscacert, tlscert, tlskey } = this.#globals;
    const env = this.#registryEnv();
    const caFile = `${this.#settings.folder}/tls/${new URL(serverUrl).host}/ca.crt`;
    const named = (path: string) => (path === '' ? undefined : path);
    return openConnection(files, {
      ...{ serverUrl, access, clock, log: withoutPingErrors(this.#outlet.log, caFile) },
      // Docker never asks the user for a login, and takes the registry's alone.
      loginHint: `Log in with "${loginCommand(domain)}" as someone who may do this: the trust server gets the login of the registry.`,
      tls: {
        ca: named(tlscacert),
        clientCert: named(tlscert),
        clientKey: named(tlskey),
        skipVerify: false,
        certificateFolders: trustServerFolders(env, new URL(serverUrl).host),
      },
      env,
      // Docker hands the login of the image's registry to the trust server that is named for it, whatever its host.
      logins: credentialsOfRegistry(this.#logins, domain),
    });
  }

  #registryEnv(): Readonly<Record<string, string | undefined>> {
    const { environment } = this.#system;
    return Object.fromEntries(registryVariables.map((name) => [name, environment.get(name)]));
  }
}

function neverAsked(): Promise<never> {
  return Promise.reject(new Error('a passphrase was asked for'));
}
