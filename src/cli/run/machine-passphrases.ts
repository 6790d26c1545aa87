/** Puts the sources of passphrases of one run together: flags, configuration, environment, key store. */

import { isNotaryError, NotaryError, rephrased, sameWords } from '../../errors.ts';
import { type Config } from '../config/config.ts';
import { findSetting } from '../config/settings.ts';
import type { CommandRunner, ConfiguredCommand } from '../passphrases/command.ts';
import type { PassphraseFile } from '../passphrases/file.ts';
import { commandVariable, type PassphraseSources, passphraseSources } from '../passphrases/sources.ts';
import type { PassphraseVariables } from '../passphrases/variables.ts';
import type { GlobalValues } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';

const setting = 'passphrase_command';

export interface MachinePorts extends Pick<System, 'files' | 'environment'> {
  readonly variables: PassphraseVariables;
  readonly config: () => Promise<Config>;
  /** The IDs of the private keys in a trust directory. */
  readonly knownKeys: (trustDir: string) => Promise<readonly string[]>;
  readonly run: CommandRunner;
}

/** Nothing is read before a passphrase is wanted that no variable before it has. */
export function machinePassphrases(
  { files, environment, variables, config, knownKeys, run }: MachinePorts,
  globals: Pick<GlobalValues, 'passphrase-file'>,
): PassphraseSources {
  const path = globals['passphrase-file'];
  let file: Promise<PassphraseFile> | undefined;
  return passphraseSources({
    ...{ variables, run },
    file: async () => (path === '' ? undefined : await (file ??= readFile(files, path))),
    knownKeys: async () => knownKeys((await config()).trustDir),
    command: async () => configuredCommand(environment, await config()),
  });
}

async function readFile(files: System['files'], path: string): Promise<PassphraseFile> {
  if (path === '-') {
    throw new NotaryError(
      'PASSPHRASE_FILE_INVALID',
      '--passphrase-file - is refused: standard input is no file of passphrases',
      {
        details: { file: path },
        hint: 'Give the path of a file of mode 0600.',
      },
    );
  }
  const { maxFileBytes, parsePassphraseFile } = await import('../passphrases/file.ts');
  const content = files.readSecrets(path, maxFileBytes).catch((cause: unknown) => {
    if (!isNotaryError(cause, 'FILE_UNREADABLE')) throw cause;
    throw rephrased(cause, sameWords, { hint: 'The file is named by --passphrase-file.' });
  });
  return parsePassphraseFile(await content, path);
}

/** The variable comes before the setting; an empty one counts as none. @throws NotaryError CONFIG_INVALID */
function configuredCommand(
  environment: System['environment'],
  { settings, configFile }: Config,
): ConfiguredCommand | undefined {
  const line = environment.get(commandVariable) ?? '';
  if (line.trim() !== '') return { name: commandVariable, line };
  const value = findSetting(settings, setting);
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.trim() !== '')
    return { name: `${setting} in ${configFile}`, line: value };
  throw new NotaryError(
    'CONFIG_INVALID',
    `${configFile}: the setting ${setting} must be the words of a command, as text`,
    {
      details: { file: configFile },
      hint: `Such as "${setting}": "pass show notary"; no shell is between.`,
    },
  );
}
