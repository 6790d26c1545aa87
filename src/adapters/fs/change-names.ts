/**
 * Names change files. Clients apply changes in the order of their names, so that each new name must sort after all
 * existing ones, whatever the clock says: it may have been set back since, or far ahead before.
 */

import { compareUtf8 } from '../../encoding/bytes.ts';

export const changeExtension = '.change';

const digits = 20;

/** A name as Notary 0.7.0 and this client make it, after a prefix that is mostly empty. */
const usual = /^(.*)([0-9]{20})_[0-9a-f-]{36}\.change$/s;

/** The last of these names, by bytes; undefined when there is none. */
export function lastName(names: Iterable<string>): string | undefined {
  let last: string | undefined;
  for (const name of names) {
    if (name.endsWith(changeExtension) && (last === undefined || compareUtf8(name, last) > 0)) last = name;
  }
  return last;
}

/**
 * `<nanoseconds, 20 digits>_<uuid>.change`; later than now only when the last name asks for it.
 *
 * @param step nanoseconds after the last name, where the clock is not beyond it
 */
export function nextName(last: string | undefined, now: bigint, uuid: string, step: bigint): string {
  const name = (prefix: string, number: bigint) =>
    `${prefix}${number.toString().padStart(digits, '0')}_${uuid}${changeExtension}`;
  if (last === undefined) return name('', now);
  const [, prefix = '', number] = usual.exec(last) ?? [];
  if (number !== undefined) {
    const next = now > BigInt(number) ? now : BigInt(number) + step;
    if (next < 10n ** BigInt(digits)) return name(prefix, next);
  }
  // No number is left, or another program chose the name: "~" in place of its first character that comes before
  // "~".
  return name(`${last.slice(0, last.search(/[^~-\u{10ffff}]/u))}~`, now);
}
