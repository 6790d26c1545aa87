/**
 * Reads the file of passphrases: a line for each key ID, role or `*`. The passphrase is what follows the colon and one
 * blank, to the byte.
 */

import { isKeyIdPrefix, keyIdDigits, minPrefixDigits } from '../../crypto/keys/key-id.ts';
import { textOfBytes } from '../../encoding/byte-text.ts';
import { NotaryError } from '../../errors.ts';
import { servingRole } from './variables.ts';

/** Larger ones are refused. */
export const maxFileBytes = 1024 * 1024;

interface Line {
  readonly number: number;
  /** A key ID or a prefix of one, in small letters; a role; or `*`. */
  readonly selector: string;
  readonly passphrase: string;
}

/** What the file says; where it comes from is for messages. */
export interface PassphraseFile {
  readonly path: string;
  readonly lines: readonly Line[];
}

export interface FileAnswer {
  readonly passphrase: string;
  readonly line: number;
}

const byteOrderMark = '\ufeff';

/**
 * Parses the file. A message names a line by its number and repeats nothing of it.
 *
 * @throws NotaryError PASSPHRASE_FILE_INVALID
 */
export function parsePassphraseFile(bytes: Uint8Array, path: string): PassphraseFile {
  const lines: Line[] = [];
  const seen = new Map<string, number>();
  for (const [index, ended] of linesOf(bytes).entries()) {
    const number = index + 1;
    const text = textOfBytes(ended).replace(/\r$/, '');
    const content = number === 1 && text.startsWith(byteOrderMark) ? text.slice(1) : text;
    if (/^[ \t]*(?:#|$)/.test(content)) continue;
    const line = parseLine(content, number, path);
    const before = seen.get(line.selector);
    if (before !== undefined) throw invalid(path, number, `line ${before} is for the same`);
    seen.set(line.selector, number);
    lines.push(line);
  }
  return { path, lines };
}

function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end !== -1; start = end + 1, end = bytes.indexOf(0x0a, start))
    lines.push(bytes.subarray(start, end));
  lines.push(bytes.subarray(start));
  return lines;
}

function parseLine(text: string, number: number, path: string): Line {
  if (text.includes('\0')) throw invalid(path, number, 'it holds a zero byte; the file must not be UTF-16');
  const colon = text.indexOf(':');
  if (colon === -1) throw invalid(path, number, 'it has no colon');
  const word = text.slice(0, colon).trim();
  const passphrase = text.slice(colon + 1).replace(/^[ \t]/, '');
  const defect = defectOf(word);
  if (defect !== undefined) throw invalid(path, number, defect);
  if (passphrase === '') throw invalid(path, number, 'no passphrase follows the colon');
  return { number, selector: isKeyIdPrefix(word) ? word.toLowerCase() : word, passphrase };
}

/** Why a word before the colon stands for nothing. The word itself may be a part of a passphrase. */
function defectOf(word: string): string | undefined {
  if (word === '*' || isKeyIdPrefix(word)) return undefined;
  if (word === '') return 'nothing stands before the colon';
  if (!/^[\w./-]+$/.test(word)) return 'what stands before the colon is no key ID, no role and no *';
  if (!/^[0-9a-fA-F]*$/.test(word) || !/\d/.test(word)) return undefined;
  return word.length > keyIdDigits
    ? `what stands before the colon is longer than a key ID, which has ${keyIdDigits} digits`
    : `what stands before the colon is too short for a prefix of a key ID, which takes ${minPrefixDigits} digits`;
}

function invalid(path: string, line: number, reason: string): NotaryError {
  return new NotaryError(
    'PASSPHRASE_FILE_INVALID',
    `line ${line} of the file of passphrases ${path} is wrong: ${reason}`,
    {
      details: { file: path, line },
      hint: 'A line is KEYID: PASSPHRASE, ROLE: PASSPHRASE or *: PASSPHRASE; # begins a comment.',
    },
  );
}

/**
 * The passphrase for a key: that of its ID, else of its role, else of `delegation` for a role that is none of root,
 * targets, snapshot and timestamp, else of `*`.
 *
 * @param keyId empty when it is not known
 * @param alias role word
 * @param known the IDs of the keys that are here: a prefix must be that of one key
 * @throws NotaryError KEY_AMBIGUOUS
 */
export async function passphraseInFile(
  { path, lines }: PassphraseFile,
  { keyId, alias }: { readonly keyId: string; readonly alias: string },
  known: () => Promise<readonly string[]>,
): Promise<FileAnswer | undefined> {
  const answerOf = (line: Line | undefined) => line && { passphrase: line.passphrase, line: line.number };
  const ofKey = lines.filter(({ selector }) => isKeyIdPrefix(selector) && keyId.startsWith(selector));
  const whole = ofKey.find(({ selector }) => selector === keyId);
  const [first, second] = ofKey;
  if (whole === undefined && first !== undefined) {
    if (second !== undefined) {
      const which = `lines ${first.number} and ${second.number}`;
      throw ambiguous(path, `${which} of the file of passphrases ${path} are both for the key ${keyId}`, [
        keyId,
      ]);
    }
    const others = (await known()).filter((id) => id !== keyId && id.startsWith(first.selector));
    if (others.length > 0) {
      const ids = [keyId, ...others];
      const several = `several keys begin with the digits in line ${first.number} of the file of passphrases ${path}`;
      throw ambiguous(path, `${several}: ${ids.join(', ')}`, ids);
    }
  }
  const ofRole = (role: string) => lines.find(({ selector }) => selector === role);
  return answerOf(whole ?? first ?? ofRole(alias) ?? ofRole(servingRole(alias)) ?? ofRole('*'));
}

function ambiguous(file: string, message: string, ids: readonly string[]): NotaryError {
  return new NotaryError('KEY_AMBIGUOUS', message, {
    details: { file, candidates: ids.map((keyId) => ({ keyId })) },
    hint: 'Give the whole key ID in the file.',
  });
}
