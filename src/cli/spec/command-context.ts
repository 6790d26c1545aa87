/**
 * Describes what a command may ask for while it runs. Everything is built on the
 * first request.
 */

import type { OpenArchive } from '../../client/archive/open-archive.ts';
import type { RepositoryPorts } from '../../client/repository-ports.ts';
import type { HeldNames } from '../../composition/held-names.ts';
import type { ImageReference } from '../../images/reference.ts';
import type { CryptoService } from '../../keys/crypto-service.ts';
import type { KeyStore } from '../../keys/key-store.ts';
import type { ArchiveDraft } from '../../ports/archive.ts';
import type { Clock, RandomBytes } from '../../ports/clock.ts';
import type { CollaboratorsStore } from '../../ports/collaborators.ts';
import type { DockerPlugins } from '../../ports/docker-plugins.ts';
import type { Engine } from '../../ports/engine.ts';
import type { Files } from '../../ports/files.ts';
import type { Caution, Log } from '../../ports/log.ts';
import type { PassphraseRetriever, Prompter } from '../../ports/prompts.ts';
import type { Registry } from '../../ports/registry.ts';
import type { Sandbox } from '../../ports/sandbox.ts';
import type { SharedFile } from '../../ports/shared-file.ts';
import type { KeyStorage, MetadataStore, TrustDirMetadata } from '../../ports/trust-dir.ts';
import type { BuildInfo } from './process.ts';

/** What a command wants from the trust server; the words of the token scope, or nothing at all. */
export type RepositoryAccess = 'offline' | 'pull' | 'push,pull' | '*';

/** Whether what is opened may be written. */
export type OpenMode = 'read-write' | 'read-only';

/** The private keys of the trust directory, and the retriever of their passphrases. */
export interface Keys {
  readonly storage: KeyStorage;
  readonly store: KeyStore;
  readonly cryptoService: CryptoService;
  readonly retrieve: PassphraseRetriever;
  /** What the repositories of the trust directory hold; loaded on the first call. */
  readonly heldMetadata: () => Promise<TrustDirMetadata>;
}

/** What docker wants from a trust server, in the words of token scopes. */
export type ImageAccess = 'offline' | 'pull' | 'pull,push';

/** Trust as docker has it, for the commands that follow its conventions. */
export interface DockerTrust {
  /** The directory with keys and trust data. */
  readonly trustDir: string;
  /** The URL of the trust server of a registry. @throws NotaryError SERVER_URL_INVALID */
  serverUrl(domain: string): string;
  /**
   * Opens the repository of an image. @throws NotaryError SERVER_URL_INVALID, TLS_CONFIG_INVALID
   *
   * @param mode `read-only` for a look that writes nothing at all
   */
  openRepository(
    image: Pick<ImageReference, 'domain' | 'gun'>,
    access: ImageAccess,
    mode?: OpenMode,
  ): Promise<RepositoryPorts>;
  /** Opens the key store. */
  openKeys(mode?: OpenMode): Promise<Keys>;
  /** The user name that `docker login` has saved for a registry; undefined without a login. */
  loginName(domain: string): Promise<string | undefined>;
  /** Nothing is asked before the first request. */
  openRegistry(): Registry;
  /** Nothing is asked before the first request. */
  openEngine(): Promise<Engine>;
}

export interface CommandContext {
  readonly files: Files;
  readonly prompter: Prompter;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  readonly caution: Caution;
  readonly build: BuildInfo;
  /** The result and every failure are for a program: `--json`. */
  readonly forProgram: boolean;
  /** Nothing may be asked: `--no-input`. A question that the prompter is given fails with INPUT_NEEDED. */
  readonly noInput: boolean;
  /** Columns of the terminal on which questions are shown; undefined where they are shown on none. */
  questionWidth(): number | undefined;
  /** Prints a line on standard output at once: a later failure must follow it. Nothing with `--json`. */
  print(line: string): void;
  /** Writes to standard output without adding anything. Nothing with `--json`. */
  write(chunk: string | Uint8Array): void;
  /** Reads the configuration now, so that its defects come before those of other files. */
  configure(): Promise<void>;
  /**
   * Opens the collection of a GUN: reads the configuration, makes its directories, and, unless offline, pings the
   * server.
   *
   * @param mode `read-only` for a look that writes nothing at all: no directory, no newer metadata, no change
   * @param server the URL of a server in place of the configured one
   */
  openRepository(
    gun: string,
    access: RepositoryAccess,
    mode?: OpenMode,
    server?: string,
  ): Promise<RepositoryPorts>;
  /**
   * Opens the key store with a passphrase retriever that remembers nothing yet.
   *
   * @param mode `read-only` for a look: no directory is made and no key moved
   */
  openKeys(mode?: OpenMode): Promise<Keys>;
  /** The URL of the trust server, without a login. */
  serverUrl(): Promise<string>;
  /** True when the command line names the trust server with `--server`. */
  readonly serverIsNamed: boolean;
  /** Opens an archive, once in a run. @throws NotaryError FILE_UNREADABLE, ARCHIVE_INVALID */
  openArchive(path: string): Promise<OpenArchive>;
  /** Begins an archive, or goes on with one. @throws NotaryError ARCHIVE_UNFINISHED, FILE_UNWRITABLE */
  beginArchive(path: string, options: { readonly resume: boolean }): Promise<ArchiveDraft>;
  /**
   * Opens image registries with the logins that docker has saved; nothing is asked before the first request.
   *
   * @param plainHttp domains of registries that are spoken to in plain http, because the user wants it
   */
  openRegistry(plainHttp: readonly string[]): Promise<Registry>;
  /** The configuration file in force, to be edited; this call does not read it. */
  openConfigFile(): Promise<SharedFile>;
  /** The directory in which docker keeps what it trusts, where it is another than the one in use; nothing is made there. */
  openDockerCache(gun: string): Promise<Pick<MetadataStore, 'get' | 'location'> | undefined>;
  /** Where the Docker engine has its configuration, for those that may have one: the paths of daemon.json. */
  engineConfigFiles(): readonly string[];
  /** The file with the names of collaborators; this call does not read it. */
  openCollaborators(): Promise<CollaboratorsStore>;
  /** What the trust directory holds, for looking keys up: nothing is made there, and no server is asked. */
  openHeldNames(): Promise<HeldNames>;
  /** Writes a line to standard error, as docker does with the failure of one image of several. Nothing with `--json`. */
  printError(line: string): void;
  /** Trust as docker has it: its directory, servers and logins. */
  openDocker(): Promise<DockerTrust>;
  /** The plugins of the docker CLI. */
  openDockerPlugins(): Promise<DockerPlugins>;
  /** The local server; this call does not start it. */
  openSandbox(): Promise<Sandbox>;
}
