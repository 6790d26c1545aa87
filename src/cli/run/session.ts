/** Holds the session of one run: builds what commands ask for out of the adapters, on the first request. */

import { openKeyStorage } from '../../adapters/fs/file-key-storage.ts';
import { makeKeyFolder } from '../../adapters/fs/trust-dir.ts';
import type { OpenArchive } from '../../client/archive/open-archive.ts';
import type { RepositoryPorts } from '../../client/repository-ports.ts';
import type { OpenArchives } from '../../composition/archive.ts';
import type { HeldNames } from '../../composition/held-names.ts';
import { openRepositoryReadOnly, openStoredRepository } from '../../composition/repository.ts';
import { cautionFor } from '../../composition/strictness.ts';
import { withoutCredentials } from '../../encoding/url-text.ts';
import { type Gun, parseGun } from '../../metadata/gun.ts';
import type { ArchiveDraft } from '../../ports/archive.ts';
import type { CollaboratorsStore } from '../../ports/collaborators.ts';
import type { DockerPlugins } from '../../ports/docker-plugins.ts';
import type { Log } from '../../ports/log.ts';
import type { PassphraseRetriever, Prompter } from '../../ports/prompts.ts';
import type { Registry } from '../../ports/registry.ts';
import type { Sandbox } from '../../ports/sandbox.ts';
import type { SharedFile } from '../../ports/shared-file.ts';
import type { MetadataStore } from '../../ports/trust-dir.ts';
import type { TrustPinning } from '../../trust-pinning/trust-pinning.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { dockerTrustDir } from '../config/docker-paths.ts';
import { findSetting } from '../config/settings.ts';
import { readTrustPins } from '../config/trust-pins.ts';
import type { PassphraseSources } from '../passphrases/sources.ts';
import { passphraseVariables } from '../passphrases/variables.ts';
import type { Keys, OpenMode, RepositoryAccess } from '../spec/command-context.ts';
import { type GlobalValues, strictnessOf } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';
import { checkGun } from './check-gun.ts';
import { delayedPrompter } from './delayed-prompter.ts';
import { openKeysOf, uuid } from './keys.ts';
import { machinePassphrases } from './machine-passphrases.ts';
import type { OutputChannels, Secrets } from './output-channels.ts';
import { runCommand } from './passphrase-command.ts';
import { passphraseRetriever, type SharedAnswers } from './passphrases.ts';
import { postponableLogin } from './postponed-login.ts';
import { ServerConnections } from './server-connections.ts';

/** How long files are good for, where the configuration says it. @throws NotaryError CONFIG_INVALID */
async function chosenLifetimes({ settings, configFile }: Config): Promise<RepositoryPorts['expiryOf']> {
  if (findSetting(settings, 'expiry') === undefined) return undefined;
  const { configuredExpiry } = await import('../config/lifetimes.ts');
  return configuredExpiry(settings, configFile);
}

/** The configuration with the URL of another server; its other settings of servers are for this one, too. */
function sentTo(config: Config, url: string | undefined): Config {
  if (url === undefined) return config;
  return { ...config, server: { ...config.server, url }, isDefaultServer: false };
}

/** For a second look at key files, which the first one has reported. */
const silent = () => undefined;
const silentLog: Log = { debug: silent, info: silent, notice: silent, warn: silent, error: silent };

/**
 * What one run of the program has opened so far, and the means to open more. All commands of the run share it, each
 * with output channels of its own.
 */
export class Session {
  readonly #system: System;
  readonly #globals: GlobalValues;
  readonly #log: Log;
  readonly #secrets: Secrets;
  readonly #passphrases: PassphraseSources;
  /** Asks what concerns the whole run: the login. */
  readonly #login: ReturnType<typeof postponableLogin>;
  readonly #connections: ServerConnections;
  /** Of which the user has been told that others may read their files. */
  readonly #openKeyFolders = new Set<string>();
  #config: Promise<Config> | undefined;
  #registry: Promise<Registry> | undefined;
  #pins: Promise<TrustPinning> | undefined;
  #archives: Promise<OpenArchives> | undefined;
  readonly #checkedGuns = new Set<Gun>();
  /** What the trust directory held at first: a GUN is no misspelling of one that this very run has made known. */
  #heldAtFirst: ReturnType<RepositoryPorts['heldMetadata']['files']> | undefined;
  /** Why a pinned CA file could not be read, by the prefix of the GUNs that it is for. */
  readonly #unreadPins = new Map<string, string>();
  readonly #toldPins = new Set<string>();

  constructor(
    system: System,
    globals: GlobalValues,
    log: Log,
    { secrets, person }: { readonly secrets: Secrets; readonly person: Prompter },
  ) {
    this.#system = system;
    this.#globals = globals;
    this.#log = log;
    this.#secrets = secrets;
    this.#passphrases = machinePassphrases(
      {
        ...{ files: system.files, environment: system.environment, variables: secrets.passphrases },
        config: () => this.config(),
        knownKeys: (trustDir) => openKeyStorage(trustDir, silentLog, new Set(), true).list(),
        run: runCommand,
      },
      globals,
    );
    this.#login = postponableLogin(person);
    this.#connections = new ServerConnections({ system, globals, log, secrets, login: this.#login.prompter });
  }

  /**
   * Waits until every server has answered the ping or has been given up, and the messages about that are logged.
   */
  serverReady(): Promise<void> {
    return this.#connections.ready();
  }

  config(): Promise<Config> {
    this.#config ??= loadConfig(this.#system, this.#globals, this.#log);
    return this.#config;
  }

  /** The key store, with a passphrase retriever that has not been asked for anything in this command. */
  async openKeys(outlet: OutputChannels, mode: OpenMode = 'read-write'): Promise<Keys> {
    const { trustDir } = await this.config();
    if (mode === 'read-write') makeKeyFolder(trustDir);
    return this.#keys(trustDir, outlet, this.#retriever(outlet, outlet.importPassphrases()), mode);
  }

  /** Asks the user at the terminal, but not in the middle of a log message about the server. */
  #retriever({ dialogue }: OutputChannels, answers: SharedAnswers, gun?: Gun): PassphraseRetriever {
    const prompter = delayedPrompter(dialogue.prompter, () => this.serverReady());
    return passphraseRetriever(this.#passphrases, {
      ...{ prompter, stdout: dialogue.output, answers, noInput: this.#globals['no-input'] },
      ...(gun !== undefined && { gun }),
    });
  }

  #keys(
    trustDir: string,
    { log }: OutputChannels,
    retrieve: PassphraseRetriever,
    mode: OpenMode = 'read-write',
  ): Keys {
    return openKeysOf(trustDir, { log, retrieve, mode, openFolders: this.#openKeyFolders });
  }

  async openRepository(
    name: string,
    access: RepositoryAccess,
    outlet: OutputChannels,
    {
      mode = 'read-write',
      server,
    }: { readonly mode?: OpenMode | undefined; readonly server?: string | undefined } = {},
  ): Promise<RepositoryPorts> {
    const { files, clock, random } = this.#system;
    const { log } = outlet;
    const config = await this.config();
    const gun = parseGun(name);
    this.#pins ??= readTrustPins(config, files, (prefix, words) => this.#unreadPins.set(prefix, words));
    const pinning = await this.#pins;
    this.#sayUnreadPins(gun, log);
    const remote = await this.#connections.remote(sentTo(config, server), gun, access);
    const { trustDir } = config;
    const open = mode === 'read-only' ? openRepositoryReadOnly : openStoredRepository;
    const stored = open(trustDir, gun, { clock, log, uuid });
    // All repositories of a run share the passphrases typed so far: the user types each once for `add -p`.
    const retrieve = this.#retriever(outlet, outlet.repositoryPassphrases, gun);
    const { cryptoService } = this.#keys(trustDir, outlet, retrieve, mode);
    const caution = cautionFor(strictnessOf(this.#globals, this.#system.environment), log);
    if (!this.#checkedGuns.has(gun)) {
      const heldMetadata = { files: () => (this.#heldAtFirst ??= stored.heldMetadata.files()) };
      await checkGun({ gun, ...stored, heldMetadata, log, caution, pinning });
    }
    this.#checkedGuns.add(gun);
    const login = this.#login.questions;
    const expiryOf = await chosenLifetimes(config);
    return { ...stored, gun, pinning, remote, cryptoService, clock, random, log, caution, login, expiryOf };
  }

  #sayUnreadPins(gun: Gun, log: Log): void {
    for (const [prefix, words] of this.#unreadPins) {
      if (gun.startsWith(prefix) && !this.#toldPins.has(`${gun}\n${prefix}`)) {
        this.#toldPins.add(`${gun}\n${prefix}`);
        log.warn(words, 'TRUST_PINNING_INVALID');
      }
    }
  }

  async serverUrl(): Promise<string> {
    return withoutCredentials((await this.config()).server.url);
  }

  async openArchive(path: string): Promise<OpenArchive> {
    this.#archives ??= import('../../composition/archive.ts').then(
      ({ OpenArchives }) => new OpenArchives(this.#system.files),
    );
    return (await this.#archives).open(path);
  }

  async beginArchive(path: string, options: { readonly resume: boolean }): Promise<ArchiveDraft> {
    const { beginArchive } = await import('../../composition/archive.ts');
    return beginArchive(this.#system.files, path, options);
  }

  /** One client for all repositories of a run. */
  openRegistry(plainHttp: readonly string[]): Promise<Registry> {
    this.#registry ??= this.#openRegistry(plainHttp);
    return this.#registry;
  }

  async #openRegistry(plainHttp: readonly string[]): Promise<Registry> {
    const { files, environment, clock } = this.#system;
    const { openRegistry, openRegistryLogins, registryVariables } = await import(
      '../../composition/registry.ts'
    );
    const env = Object.fromEntries(registryVariables.map((name) => [name, environment.get(name)]));
    const log = this.#log;
    const logins = openRegistryLogins(files, { env, log });
    return openRegistry(files, { env, clock, log, logins, plainHttp });
  }

  async openConfigFile(): Promise<SharedFile> {
    const { configFile } = await this.config();
    const { configFile: open } = await import('../../composition/config-file.ts');
    const { files } = this.#system;
    return open(files, { path: files.absolute(configFile), named: this.#globals.configFile !== '' });
  }

  /** Undefined where docker has no trust directory, and where it is the one in use. */
  async openDockerCache(name: string): Promise<Pick<MetadataStore, 'get' | 'location'> | undefined> {
    const { files, environment, clock } = this.#system;
    const { trustDir } = await this.config();
    const docker = dockerTrustDir(environment);
    if (docker === undefined || files.absolute(docker) === files.absolute(trustDir)) return undefined;
    const { openHeldNames } = await import('../../composition/held-names.ts');
    return openHeldNames(files.absolute(docker), clock, this.#log).cacheOf(parseGun(name));
  }

  async openCollaborators(): Promise<CollaboratorsStore> {
    const config = await this.config();
    const { collaboratorsStore } = await import('../../composition/collaborators.ts');
    const { collaboratorsPath } = await import('../config/collaborators-path.ts');
    const { files } = this.#system;
    return collaboratorsStore(files, collaboratorsPath(files, config, this.#globals));
  }

  async openHeldNames({ log }: OutputChannels): Promise<HeldNames> {
    const { trustDir } = await this.config();
    const { openHeldNames } = await import('../../composition/held-names.ts');
    return openHeldNames(trustDir, this.#system.clock, log);
  }

  async openDockerPlugins({ log }: OutputChannels): Promise<DockerPlugins> {
    const { files, environment } = this.#system;
    const { openDockerPlugins } = await import('../../composition/docker-plugins.ts');
    return openDockerPlugins({ environment, absolute: (path) => files.absolute(path), log });
  }

  async openSandbox({ log }: OutputChannels): Promise<Sandbox> {
    const { environment, clock, random } = this.#system;
    const { passphrases, notaryAuth } = this.#secrets;
    const taken = {
      ...passphraseVariables(passphrases),
      ...(notaryAuth !== undefined && { NOTARY_AUTH: notaryAuth }),
    };
    const { openSandbox } = await import('../../adapters/sandbox/sandbox.ts');
    return openSandbox(
      { home: environment.get('HOME'), stateHome: environment.get('XDG_STATE_HOME'), taken },
      { clock, random, log },
    );
  }

  async close(): Promise<void> {
    await this.#connections.close();
    await (await this.#archives)?.close();
    await (await this.#registry?.catch(() => undefined))?.close();
  }
}
