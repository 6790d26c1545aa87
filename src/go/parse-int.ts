/** Parses whole numbers as Go's strconv does, with its error texts. */

import { NotaryError } from '../errors.ts';
import { goQuote } from './quote.ts';

const minInt64 = -(2n ** 63n);
const maxInt64 = 2n ** 63n - 1n;

/**
 * `strconv.ParseInt(text, 0, 64)`: decimal, `0x`, `0b`, `0o` or a leading `0` for octal, with `_`
 * between digits.
 *
 * @throws NotaryError MALFORMED_NUMBER
 */
export function parseInteger(text: string): bigint {
  const value = readInteger(text);
  if (value === undefined) {
    throw malformed(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`);
  }
  if (value < minInt64 || value > maxInt64) {
    throw malformed(`strconv.ParseInt: parsing ${goQuote(text)}: value out of range`);
  }
  return value;
}

/** `strconv.Atoi(text)`: an optional sign and decimal digits. @throws NotaryError MALFORMED_NUMBER */
export function parseDecimal(text: string): number {
  if (!/^[-+]?[0-9]+$/.test(text)) {
    throw malformed(`strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`);
  }
  const value = BigInt(text.replace('+', ''));
  if (value < minInt64 || value > maxInt64) {
    throw malformed(`strconv.Atoi: parsing ${goQuote(text)}: value out of range`);
  }
  return Number(value);
}

function readInteger(text: string): bigint | undefined {
  const match = /^([-+]?)(0x|0b|0o|0(?=[0-9_]))?(_?[0-9a-f]+(?:_[0-9a-f]+)*)$/i.exec(text);
  if (match === null) return undefined;
  const prefix = (match[2] ?? '').toLowerCase();
  const digits = match[3] ?? '';
  if (prefix === '' && digits.startsWith('_')) return undefined;
  const bare = digits.replaceAll('_', '');
  const grammar = {
    '': /^[0-9]+$/,
    '0x': /^[0-9a-f]+$/i,
    '0b': /^[01]+$/,
    '0o': /^[0-7]+$/,
    '0': /^[0-7]+$/,
  }[prefix];
  if (grammar?.test(bare) !== true) return undefined;
  const value = BigInt(`${prefix === '0' ? '0o' : prefix}${bare}`);
  return match[1] === '-' ? -value : value;
}

function malformed(message: string): NotaryError {
  return new NotaryError('MALFORMED_NUMBER', message);
}
