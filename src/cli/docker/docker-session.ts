/** Opens what the commands of docker's conventions ask for: repositories, keys and logins, as docker has them. */

import type { CredentialRequest, CredentialSource } from '../../adapters/http/auth/credentials.ts';
import type { Connection } from '../../adapters/http/notary/connect.ts';
import type { RepositoryPorts } from '../../client/repository-ports.ts';
import { openConnection } from '../../composition/connections.ts';
import { openRepositoryReadOnly, openStoredRepository } from '../../composition/repository.ts';
import { cautionFor } from '../../composition/strictness.ts';
import type { ImageReference } from '../../images/reference.ts';
import type { PassphraseRetriever } from '../../ports/prompts.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { loadConfig } from '../config/config.ts';
import { openKeysOf, uuid } from '../run/keys.ts';
import { machinePassphrases } from '../run/machine-passphrases.ts';
import type { OutputChannels, Secrets } from '../run/output-channels.ts';
import { type SharedAnswers } from '../run/passphrases.ts';
import { networkVariables } from '../run/server-connections.ts';
import type { DockerTrust, ImageAccess, Keys, OpenMode } from '../spec/command-context.ts';
import { type GlobalValues, strictnessOf } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';
import { dockerRetriever, dockerSources, variablesOfKeys } from './docker-passphrases.ts';
import { type DockerSettings, dockerSettings } from './docker-settings.ts';

const loginVariables = ['DOCKER_AUTH_CONFIG', 'DOCKER_CONFIG', 'HOME', 'PATH'];

/** One run of such a command. */
export class DockerSession implements DockerTrust {
  readonly #system: System;
  readonly #globals: GlobalValues;
  readonly #outlet: OutputChannels;
  readonly #settings: DockerSettings;
  readonly #sources: ReturnType<typeof dockerSources>;
  /** By trust server, registry and access: each registry has a login of its own. */
  readonly #connections = new Map<string, Promise<Connection>>();
  #logins: Promise<CredentialSource> | undefined;

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
    const connection = await this.#connection(domain, access);
    const open = mode === 'read-only' ? openRepositoryReadOnly : openStoredRepository;
    const stored = open(this.trustDir, gun, { clock, log, uuid });
    const retrieve = this.#retriever(this.#outlet.repositoryPassphrases, gun);
    const { cryptoService } = this.#keys(retrieve, mode);
    const caution = cautionFor(strictnessOf(this.#globals, environment), log);
    const remote = connection.remoteStore(gun);
    return { ...stored, gun, pinning: noPinning, remote, cryptoService, clock, random, log, caution };
  }

  async openKeys(mode: OpenMode = 'read-write'): Promise<Keys> {
    return this.#keys(this.#retriever(this.#outlet.importPassphrases()), mode);
  }

  async loginName(domain: string): Promise<string | undefined> {
    const request = { serverUrl: `https://${domain}`, gun: '' as CredentialRequest['gun'] };
    const logins = await this.#dockerLogins();
    const found = await logins.find({ ...request, scheme: 'basic', ask: 'always' });
    return found?.username;
  }

  async close(): Promise<void> {
    for (const one of await Promise.allSettled(this.#connections.values()))
      if (one.status === 'fulfilled') await one.value.close();
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

  #connection(domain: string, access: ImageAccess): Promise<Connection> {
    const serverUrl = this.serverUrl(domain);
    const key = JSON.stringify([serverUrl, domain, access]);
    const opened = this.#connections.get(key) ?? this.#connect(serverUrl, domain, access);
    this.#connections.set(key, opened);
    return opened;
  }

  /** The login is that of the image's registry, and the server's certificate is always checked. */
  #connect(serverUrl: string, domain: string, access: ImageAccess): Promise<Connection> {
    const { environment, files, clock } = this.#system;
    const { tlscacert, tlscert, tlskey } = this.#globals;
    const named = (path: string) => (path === '' ? undefined : path);
    return openConnection(files, {
      ...{ serverUrl, access, clock, log: this.#outlet.log, prompter: nobody },
      tls: {
        ca: named(tlscacert),
        clientCert: named(tlscert),
        clientKey: named(tlskey),
        skipVerify: false,
      },
      env: Object.fromEntries(networkVariables.map((name) => [name, environment.get(name)])),
      logins: {
        find: async (request) =>
          (await this.#dockerLogins()).find({ ...request, serverUrl: `https://${domain}` }),
      },
    });
  }

  #dockerLogins(): Promise<CredentialSource> {
    const { environment, files } = this.#system;
    this.#logins ??= import('../../adapters/http/docker/docker-logins.ts').then(({ dockerLogins }) =>
      dockerLogins({
        env: Object.fromEntries(loginVariables.map((name) => [name, environment.get(name)])),
        absolute: (path) => files.absolute(path),
        tlsVerified: true,
        log: this.#outlet.log,
      }),
    );
    return this.#logins;
  }
}

/** Docker asks nobody for a login. */
const nobody = {
  interactive: false,
  line: () => Promise.resolve(undefined),
  secret: () => Promise.resolve(undefined),
  ask: () => Promise.resolve(undefined),
  confirm: () => Promise.resolve(false),
};

function neverAsked(): Promise<never> {
  return Promise.reject(new Error('a passphrase was asked for'));
}
