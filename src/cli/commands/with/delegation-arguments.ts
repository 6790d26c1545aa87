/** Checks the arguments of `delegation` commands, and says what was meant by one that stands where another belongs. */

import { shellWord } from '../../../encoding/shell-quote.ts';
import { isNotaryError } from '../../../errors.ts';
import { dockersRole, isDelegation, meantDelegation } from '../../../metadata/role-name.ts';
import { namedKeys } from '../../run/named-keys.ts';
import type { CommandContext } from '../../spec/command-context.ts';

/**
 * For `delegation add GUN alice.crt`: the argument that should be a role is a file.
 *
 * @returns a hint with the command as it may have been meant; undefined for a role, and for what is no file
 */
export async function forgottenRole(
  { files }: Pick<CommandContext, 'files'>,
  gun: string,
  words: readonly string[],
): Promise<string | undefined> {
  const [first] = words;
  if (first === undefined || isDelegation(first)) return undefined;
  const isFile = await exists(files, first);
  if (!isFile && meantDelegation(first) !== undefined) return undefined;
  if (!isFile && !/\.(?:crt|cer|pem|der|pub)$/i.test(first)) return undefined;
  const command = ['tsnotary delegation add', ...[gun, dockersRole, ...words].map(shellWord)].join(' ');
  return `${JSON.stringify(first)} ${isFile ? 'is' : 'looks like'} a file, and stands where the role belongs: ${command}`;
}

async function exists(files: CommandContext['files'], path: string): Promise<boolean> {
  try {
    await files.readRegular(path);
    return true;
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}

/**
 * For `delegation add GUN ROLE alice`: there is no file of that name, but a collaborator or a key.
 *
 * @returns a hint; undefined where the word stands for no key that is known here
 */
export async function nameInPlaceOfFile(
  context: CommandContext,
  gun: string,
  word: string,
): Promise<string | undefined> {
  const ids = await known(context, gun, word);
  if (ids.length === 0) return undefined;
  const keys = ids.slice(0, 3).join(', ');
  return `${JSON.stringify(word)} stands for ${ids.length === 1 ? 'the key' : 'keys'} ${keys} here. delegation add takes files: the certificate with that key.`;
}

async function known(context: CommandContext, gun: string, word: string): Promise<readonly string[]> {
  try {
    return (await namedKeys(context, [word], { gun })).filter((id) => id !== word);
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}

/** For `delegation purge GUN eve`: keys are the values of a flag there. */
export function keysWithoutFlag(gun: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const keys = words.map((word) => `--key ${shellWord(word)}`).join(' ');
  return `Keys are given with --key: tsnotary delegation purge ${shellWord(gun)} ${keys}`;
}
