/**
 * Looks through the sources of passphrases in their order: the variable of the key, Notary's variable of the role, the
 * file, the command, docker's variable. The first one that has an answer is the answer.
 */

import { type CommandRunner, type ConfiguredCommand, passphraseOfCommand } from './command.ts';
import { type PassphraseFile, passphraseInFile } from './file.ts';
import { type PassphraseVariables, variableOfDocker, variableOfKey, variableOfRole } from './variables.ts';
import type { PassphraseWanted } from './wanted.ts';

/** A source: its name, for messages and for programs. */
export interface SourceName {
  readonly name: string;
  readonly kind: 'key' | 'role' | 'file' | 'command' | 'docker';
}

export interface Search {
  readonly found: { readonly passphrase: string; readonly source: SourceName } | undefined;
  /** The sources that have none, in order: the name of each, and why. */
  readonly passedOver: readonly { readonly name: string; readonly why: string }[];
}

export interface PassphraseSources {
  /**
   * @throws NotaryError PASSPHRASE_FILE_INVALID, FILE_UNREADABLE, KEY_AMBIGUOUS, PASSPHRASE_COMMAND_FAILED
   */
  find(wanted: PassphraseWanted): Promise<Search>;
}

export interface SourcePorts {
  readonly variables: PassphraseVariables;
  /** What `--passphrase-file` names, read on the first call; undefined without the flag. */
  readonly file?: () => Promise<PassphraseFile | undefined>;
  /** The IDs of the keys that are here. */
  readonly knownKeys?: () => Promise<readonly string[]>;
  readonly command?: () => Promise<ConfiguredCommand | undefined>;
  readonly run?: CommandRunner;
}

const fileFlag = '--passphrase-file';
export const commandVariable = 'TSNOTARY_PASSPHRASE_COMMAND';

type Looked =
  | { readonly passphrase: string; readonly source: SourceName }
  | { readonly name: string; readonly why: string };

/** The sources of one run. A command runs once for each key, and its failure stands. */
export function passphraseSources(ports: SourcePorts): PassphraseSources {
  const printed = new Map<string, Promise<string>>();
  const inVariable = (kind: SourceName['kind'], name: string | undefined): Looked | undefined => {
    if (name === undefined) return undefined;
    const value = ports.variables.get(name);
    if (value === undefined || value === '') return { name, why: value === undefined ? 'not set' : 'empty' };
    return { passphrase: value, source: { name, kind } };
  };
  const inFile = async (wanted: PassphraseWanted): Promise<Looked> => {
    const file = await ports.file?.();
    if (file === undefined) return { name: fileFlag, why: 'not given' };
    const known = ports.knownKeys ?? (() => Promise.resolve([]));
    const answer = await passphraseInFile(file, wanted, known);
    if (answer === undefined) return { name: `${fileFlag} ${file.path}`, why: 'no line for it' };
    const name = `${fileFlag} ${file.path}, line ${answer.line}`;
    return { passphrase: answer.passphrase, source: { name, kind: 'file' } };
  };
  const byCommand = async (wanted: PassphraseWanted): Promise<Looked> => {
    const command = await ports.command?.();
    if (command === undefined || ports.run === undefined) return { name: commandVariable, why: 'not set' };
    const key = JSON.stringify([wanted.keyId, wanted.alias, wanted.gun]);
    const before = printed.get(key);
    if (before === undefined && !wanted.runsCommand) return { name: command.name, why: 'not run' };
    const answer = before ?? passphraseOfCommand(command, wanted, ports.run);
    printed.set(key, answer);
    return { passphrase: await answer, source: { name: command.name, kind: 'command' } };
  };
  /** Where a pipeline has lost Notary's variable and left it empty, another passphrase is not what it meant. */
  const ofDocker = ({ alias }: PassphraseWanted): Looked | undefined => {
    const [name, notarys] = [variableOfDocker(alias), variableOfRole(alias)];
    const isLost = notarys !== undefined && ports.variables.has(notarys) && ports.variables.has(name);
    return isLost ? { name, why: `not read beside an empty ${notarys}` } : inVariable('docker', name);
  };
  return {
    async find(wanted) {
      const passedOver: { name: string; why: string }[] = [];
      const inOrder: readonly (() => Looked | undefined | Promise<Looked>)[] = [
        () => inVariable('key', variableOfKey(wanted.keyId)),
        () => inVariable('role', variableOfRole(wanted.alias)),
        () => inFile(wanted),
        () => byCommand(wanted),
        () => ofDocker(wanted),
      ];
      for (const look of inOrder) {
        const looked = await look();
        if (looked === undefined) continue;
        if ('passphrase' in looked) return { found: looked, passedOver };
        passedOver.push(looked);
        // What the command would say is not known: docker's variable must not stand in for it.
        if (looked.why === 'not run') break;
      }
      return { found: undefined, passedOver };
    },
  };
}
