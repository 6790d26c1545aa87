/** Answers requests for the change feed, page by page (Notary 0.7.0). */

import { utf8 } from '../../encoding/bytes.ts';
import { goJson } from '../../encoding/canonical-json.ts';
import type { JsonValue } from '../../encoding/json-value.ts';
import { formatInstant } from '../../encoding/rfc3339.ts';
import type { PublishedChange } from '../store/store.ts';
import { noFields, refusal } from './errors.ts';
import { type ServerReply, text } from './messages.ts';

const defaultPage = 100;

/**
 * `{"count":n,"records":[…]}`, oldest first.
 *
 * `records` is how many at most (0 means 100), `change_id` the change after which to start. A negative
 * number of records, or a negative start, asks for the changes before it instead, nearest kept.
 *
 * @param gun only changes of this GUN; empty for all
 */
export function changeFeed(
  changes: readonly PublishedChange[],
  gun: string,
  query: ReadonlyMap<string, string>,
): ServerReply {
  const asked = query.get('records') ?? '';
  const records = parseInt32(asked);
  if (typeof records === 'string') {
    const reason = `strconv.ParseInt: parsing ${JSON.stringify(asked)}: ${records}`;
    return refusal('INVALID_PARAMETERS', `invalid records parameter: ${reason}`);
  }
  const since = query.get('change_id') ?? '';
  const start = since === '' ? 0 : parseInt32(since);
  if (typeof start === 'string') return refusal('INVALID_PARAMETERS', noFields);
  const page = select(changes, gun, start, records === 0 ? defaultPage : records);
  return text(utf8(feedJson(page)));
}

/** The number, or the reason why Go would refuse it. */
function parseInt32(text: string): number | 'invalid syntax' | 'value out of range' {
  if (!/^[-+]?[0-9]+$/.test(text)) return 'invalid syntax';
  const value = Number(text);
  return value < -(2 ** 31) || value >= 2 ** 31 ? 'value out of range' : value;
}

/** Undefined, which is written as null, when nothing can follow the start. */
function select(
  changes: readonly PublishedChange[],
  gun: string,
  start: number,
  records: number,
): readonly PublishedChange[] | undefined {
  const count = Math.abs(records);
  const ofGun = (change: PublishedChange) => gun === '' || change.gun === gun;
  if (start >= 0 && records >= 0) {
    if (changes.length <= start) return undefined;
    return changes.filter((change) => change.id > start && ofGun(change)).slice(0, count);
  }
  if (changes.length === 0 && gun === '') return undefined;
  return changes.filter((change) => (start <= 0 || change.id < start) && ofGun(change)).slice(-count);
}

function feedJson(page: readonly PublishedChange[] | undefined): string {
  const records = page?.map(
    ({ id, at, gun, version, sha256, category }) =>
      new Map<string, JsonValue>([
        ['ID', String(id)],
        ['CreatedAt', formatInstant(at)],
        ['GUN', gun],
        ['Version', version],
        ['SHA256', sha256],
        ['Category', category],
      ]),
  );
  return goJson(
    new Map<string, JsonValue>([
      ['count', page?.length ?? 0],
      ['records', records ?? null],
    ]),
  );
}
