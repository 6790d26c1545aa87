/**
 * A person: a fresh home directory with Notary's configuration, and the programs run in it. Nothing of
 * the caller's environment but PATH gets in.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificates } from './certificates.ts';
import { mustRun, type Outcome, type Program, type RunOptions, run } from './programs.ts';
import { openTerminal, type Terminal, type TerminalOptions } from './pseudo-terminal.ts';

/** The words of the four `NOTARY_*_PASSPHRASE` variables, and of Docker's two. */
export interface Passphrases {
  readonly root?: string;
  readonly targets?: string;
  readonly snapshot?: string;
  readonly delegation?: string;
}

/** What a person uses unless told otherwise. */
export const usualPassphrases: Required<Passphrases> = {
  root: 'root-passphrase',
  targets: 'targets-passphrase',
  snapshot: 'snapshot-passphrase',
  delegation: 'delegation-passphrase',
};

export interface HomeOptions {
  /** Directory that becomes `$HOME`; created here. */
  readonly folder: string;
  readonly certificates: Pick<Certificates, 'caCertificate'>;
  /** URL of the notary server that the person uses. */
  readonly serverUrl: string;
  /** Passphrases in the environment; `none` leaves the variables unset (default: the usual ones). */
  readonly passphrases?: Passphrases | 'none';
  /** More environment: `NOTARY_AUTH`, `DOCKER_HOST`, … */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Home {
  readonly folder: string;
  /** `~/.docker/trust`, shared by notary, tsnotary and docker. */
  readonly trustDir: string;
  /** Where the programs run: `~/work`. */
  readonly work: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs a program, whatever its status. */
  run(program: Program, args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs genuine `notary`; throws with all its output when it fails. */
  notary(...args: readonly string[]): Promise<Outcome>;
  /** Runs tsnotary; throws when it fails. */
  tsnotary(...args: readonly string[]): Promise<Outcome>;
  /** Runs the Docker CLI; throws when it fails. */
  docker(...args: readonly string[]): Promise<Outcome>;
  /** Runs openssl; throws when it fails. */
  openssl(...args: readonly string[]): Promise<Outcome>;
  /** Runs a program on a pseudo-terminal. */
  terminal(program: Program, args: readonly string[], options?: TerminalOptions): Terminal;
  /** Writes a file into the work directory; returns its path. */
  write(name: string, content: string | Uint8Array): string;
  /** Writes `~/.notary/config.json` anew: the given settings over the usual ones. */
  configure(settings: object): void;
}

function passphraseVariables(passphrases: Passphrases): Record<string, string> {
  const variables = {
    NOTARY_ROOT_PASSPHRASE: passphrases.root,
    NOTARY_TARGETS_PASSPHRASE: passphrases.targets,
    NOTARY_SNAPSHOT_PASSPHRASE: passphrases.snapshot,
    NOTARY_DELEGATION_PASSPHRASE: passphrases.delegation,
    // Docker knows two: offline root keys, and every key of a repository.
    DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: passphrases.root,
    DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: passphrases.targets,
  };
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function furnish(options: HomeOptions): void {
  const { folder, certificates, serverUrl } = options;
  const host = new URL(serverUrl).host;
  for (const part of ['work', '.notary', `.docker/tls/${host}`]) {
    mkdirSync(join(folder, part), { recursive: true, mode: 0o700 });
  }
  for (const place of ['.notary/root-ca.crt', `.docker/tls/${host}/ca.crt`]) {
    copyFileSync(certificates.caCertificate, join(folder, place));
  }
}

/** Makes a home directory and returns the person who lives there. */
export function makeHome(options: HomeOptions): Home {
  const { folder, serverUrl } = options;
  furnish(options);
  const passphrases = options.passphrases ?? usualPassphrases;
  const work = join(folder, 'work');
  const env = {
    HOME: folder,
    DOCKER_CONTENT_TRUST: '1',
    DOCKER_CONTENT_TRUST_SERVER: serverUrl,
    ...(passphrases === 'none' ? {} : passphraseVariables(passphrases)),
    ...options.env,
  };
  const inHome = <T extends RunOptions | TerminalOptions>(extra: T): T => ({
    ...extra,
    cwd: extra.cwd ?? work,
    env: { ...env, ...extra.env },
  });
  const must =
    (program: Program) =>
    (...args: readonly string[]) =>
      mustRun(program, args, inHome({}));
  const home: Home = {
    folder,
    trustDir: join(folder, '.docker/trust'),
    work,
    env,
    run: (program, args, extra = {}) => run(program, args, inHome(extra)),
    notary: must('notary'),
    tsnotary: must('tsnotary'),
    docker: must('docker'),
    openssl: must('openssl'),
    terminal: (program, args, extra = {}) => openTerminal(program, args, inHome(extra)),
    write: (name, content) => {
      writeFileSync(join(work, name), content);
      return join(work, name);
    },
    configure: (settings) => {
      const usual = {
        trust_dir: '~/.docker/trust',
        remote_server: { url: serverUrl, root_ca: 'root-ca.crt' },
      };
      writeFileSync(join(folder, '.notary/config.json'), JSON.stringify({ ...usual, ...settings }, null, 2));
    },
  };
  home.configure({});
  return home;
}
