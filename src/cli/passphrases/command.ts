/** Gets a passphrase from the passphrase command: one line of its standard output. */

import { textOfBytes } from '../../encoding/byte-text.ts';
import { NotaryError } from '../../errors.ts';
import type { PassphraseWanted } from './wanted.ts';

/** How the command ended, as `runPassphraseCommand` of the adapters tells it. */
type Outcome =
  | { readonly kind: 'printed'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: string };

/** Runs a program with more variables in its environment. */
export type CommandRunner = (
  program: string,
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
) => Promise<Outcome>;

/** The command as it is configured. Its words are in no message: they may hold a secret. */
export interface ConfiguredCommand {
  /** Where it is set: a variable, or a setting and its file. */
  readonly name: string;
  /** Words between blanks; no shell looks at them. */
  readonly line: string;
}

/**
 * The passphrase that the command prints for a key. A failure is a failure: no other source is asked.
 *
 * @throws NotaryError PASSPHRASE_COMMAND_FAILED
 */
export async function passphraseOfCommand(
  { name, line }: ConfiguredCommand,
  wanted: PassphraseWanted,
  run: CommandRunner,
): Promise<string> {
  const [program = '', ...words] = line.split(/[ \t\r\n]+/).filter((word) => word !== '');
  const { keyId, alias, gun } = wanted;
  const outcome = await run(program, words, {
    TSNOTARY_KEY_ID: keyId,
    TSNOTARY_ROLE: alias,
    TSNOTARY_GUN: gun,
  });
  if (outcome.kind === 'failed') throw failed(name, wanted, outcome.reason);
  const reason = defectOf(outcome.bytes);
  if (reason !== undefined) throw failed(name, wanted, reason);
  return lineOf(outcome.bytes);
}

/** Without the end of the line: a line feed, or a carriage return and a line feed. */
function lineOf(bytes: Uint8Array): string {
  return textOfBytes(bytes).replace(/\r?\n$/, '');
}

function defectOf(bytes: Uint8Array): string | undefined {
  const line = lineOf(bytes);
  if (line === '') return bytes.length === 0 ? 'printed nothing' : 'printed an empty line';
  if (line.includes('\n')) return 'printed several lines';
  return line.includes('\0') ? 'printed a zero byte' : undefined;
}

function failed(
  name: string,
  { keyId, alias, gun, described }: PassphraseWanted,
  reason: string,
): NotaryError {
  return new NotaryError(
    'PASSPHRASE_COMMAND_FAILED',
    `the passphrase command (${name}) gave none for ${described}: it ${reason}`,
    {
      details: {
        ...(keyId !== '' && { key: keyId }),
        ...{ role: alias, sources: [name] },
        ...(gun !== '' && { gun }),
      },
      hint: 'It has to print the passphrase as one line, with TSNOTARY_KEY_ID, TSNOTARY_ROLE and TSNOTARY_GUN in its environment, and to end with status 0. No other source is asked.',
    },
  );
}
