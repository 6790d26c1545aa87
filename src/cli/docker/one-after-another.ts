/** Does one thing to several images or repositories, in order, and goes on after failures (docker CLI 28.2.2). */

import type { JsonData } from '../../encoding/to-plain-json.ts';
import { isNotaryError, type NotaryError } from '../../errors.ts';
import { escapeForTerminal, terminalSafe } from '../render/terminal-escape.ts';
import type { CommandContext } from '../spec/command-context.ts';

export interface Work<Item> {
  /** The name of an item as it was typed. */
  readonly typedOf: (item: Item) => string;
  /** Does it, and says so. @returns what `--json` says of it */
  readonly act: (item: Item) => Promise<Readonly<Record<string, JsonData>>>;
  /** What opens the last line, which names the items that have failed. */
  readonly failed: string;
}

/** What has become of one item. */
export type Outcome<Item> =
  | { readonly item: Item; readonly done: Readonly<Record<string, JsonData>>; readonly error?: undefined }
  | { readonly item: Item; readonly done?: undefined; readonly error: NotaryError };

/** Failures are printed as they come, each with an empty line after it, and named at the end. */
export async function oneAfterAnother<Item>(
  context: Pick<CommandContext, 'printError' | 'forProgram' | 'log'>,
  items: readonly Item[],
  { typedOf, act, failed }: Work<Item>,
): Promise<readonly Outcome<Item>[]> {
  const outcomes: Outcome<Item>[] = [];
  for (const item of items) {
    try {
      outcomes.push({ item, done: await act(item) });
    } catch (error) {
      if (!isNotaryError(error) || error.code === 'INTERRUPTED') throw error;
      outcomes.push({ item, error });
      context.printError(`${escapeForTerminal(error.message)}\n`);
      if (error.hint !== undefined && !context.forProgram) context.log.error(error.hint, error.code);
    }
  }
  const lost = outcomes.filter(({ error }) => error !== undefined).map(({ item }) => typedOf(item));
  if (lost.length > 0) context.printError(terminalSafe`${failed}: ${lost.join(', ')}`);
  return outcomes;
}

/** A failure in the document of a command that goes on after it. */
export function failureJson({ code, message, details, hint }: NotaryError): JsonData {
  return { code, message, details, ...(hint !== undefined && { hint }) };
}
