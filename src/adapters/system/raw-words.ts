/**
 * Reads the raw words of the process, arguments and variables, as the bytes that they are. Node puts U+FFFD in the place of what is not
 * UTF-8, so that different passphrases, or files, become one.
 */

import { readFileSync } from 'node:fs';
import { textOfBytes } from '../../encoding/byte-text.ts';
import { NotaryError } from '../../errors.ts';

const replaced = '\ufffd';
/** Any byte that is not UTF-8. */
const unknownByte = '\udcff';

/**
 * The value of an environment variable, with bytes kept that are not UTF-8.
 *
 * @param value as Node has it
 * @throws NotaryError PASSPHRASE_INVALID where the system does not tell the bytes
 */
export function rawVariable(name: string, value: string | undefined): string | undefined {
  if (value?.includes(replaced) !== true) return value;
  const start = Buffer.from(`${name}=`);
  const found = wordsOf('/proc/self/environ')?.find((word) => word.subarray(0, start.length).equals(start));
  if (found !== undefined) return textOfBytes(found.subarray(start.length));
  throw new NotaryError(
    'PASSPHRASE_INVALID',
    `the value of ${name} is not UTF-8, and cannot be read here as it is`,
    {
      details: { variable: name },
    },
  );
}

/**
 * The arguments of the process, with bytes kept that are not UTF-8.
 *
 * @param args the last ones, as Node has them
 */
export function rawArguments(args: readonly string[]): readonly string[] {
  if (!args.some((word) => word.includes(replaced))) return args;
  const words = wordsOf('/proc/self/cmdline')?.slice(0, -1).slice(-args.length);
  // Where the bytes are not known, none may be taken for others.
  return words?.map(textOfBytes) ?? args.map((word) => word.replaceAll(replaced, unknownByte));
}

/** Words that end in a zero byte each; undefined where there is no such file. */
function wordsOf(file: string): readonly Buffer[] | undefined {
  try {
    const bytes = readFileSync(file);
    const words: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(0); end !== -1; start = end + 1, end = bytes.indexOf(0, start))
      words.push(bytes.subarray(start, end));
    words.push(bytes.subarray(start));
    return words;
  } catch {
    return undefined;
  }
}
