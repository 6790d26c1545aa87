/** Parses the texts of flag values, with the grammar and the error texts of Go's strconv and encoding/csv. */

import { NotaryError } from '../../errors.ts';
import { readCsvRecord } from '../../go/csv.ts';
import { parseBool } from '../../go/parse-bool.ts';
import { parseDecimal, parseInteger } from '../../go/parse-int.ts';
import { goQuote } from '../../go/quote.ts';
import type { FlagType, FlagValue } from '../spec/command-spec.ts';

/**
 * The value of a flag after one more occurrence: single values are replaced, lists grow.
 *
 * @throws NotaryError INVALID_FLAG or MALFORMED_NUMBER when the text is no value of that type.
 */
export function nextFlagValue(type: FlagType, text: string, earlier: FlagValue): FlagValue {
  const list = Array.isArray(earlier) ? earlier : [];
  switch (type) {
    case 'bool':
      return boolFlag(text);
    case 'string':
      return text;
    case 'int':
      return Number(parseInteger(text));
    case 'strings':
      return [...(list as readonly string[]), ...(text === '' ? [] : readCsvRecord(text))];
    case 'list':
      return [...(list as readonly string[]), text];
    case 'ints':
      return [...(list as readonly number[]), ...text.split(',').map((item) => parseDecimal(item))];
  }
}

/** The value of a flag that is not given. */
export function absentFlagValue(type: FlagType, fallback: string | undefined): FlagValue {
  switch (type) {
    case 'bool':
      return false;
    case 'string':
      return fallback ?? '';
    case 'int':
      return 0;
    case 'strings':
    case 'list':
      return undefined;
    case 'ints':
      return [];
  }
}

function boolFlag(text: string): boolean {
  const value = parseBool(text);
  if (value === undefined) {
    throw new NotaryError('INVALID_FLAG', `strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`);
  }
  return value;
}
