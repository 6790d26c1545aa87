/** What the two servers answer differently, and why that stays so. */

import type { Exchange } from '../../support/server-session.ts';
import type { Difference } from '../pair.ts';

/** Reasons by name; a difference that has none of them fails the test. */
const reasons = {
  // A panic there; here the reply that other damaged bodies get.
  'over a damaged form the genuine server closes the connection without a reply': ({ ours, genuine }) =>
    genuine.status === 0 && /^MALFORMED_(UPLOAD|JSON)$/.test(code(ours)),
  // A panic again; SQL backends answer as ours does.
  'the memory backend of the genuine server cannot count changes from the last one': ({
    asked,
    ours,
    genuine,
  }) => genuine.status === 0 && ours.status === 200 && asked.includes('changefeed?records=-'),
  // Repeated or lone-surrogate names, text after the file, nesting beyond reason, odd times, integers beyond 2^53.
  'ours refuses JSON that two readers may read differently': ({ ours, genuine }) =>
    code(ours) === 'MALFORMED_JSON' && (genuine.status === 200 || code(genuine) === 'INVALID_UPDATE'),
  // Go fills them in, whether anybody can read the file afterwards or not; ours says which it is.
  'ours refuses members that are absent, null or of another type': ({ ours, genuine }) =>
    / (is not (an? \w+|base64)|of a signature is not a string)$/.test(message(ours)) &&
    (genuine.status === 0 || genuine.status === 200 || code(genuine) === 'INVALID_UPDATE'),
  'ours takes 1.0 and 1e0 for integers': ({ asked, genuine }) =>
    code(genuine) === 'MALFORMED_JSON' && /"version":\d+(\.0|[eE]\d)/.test(asked),
  'Go takes names of members in any case': ({ asked }) => /"(Signed|SIGNED|Version)":/.test(asked),
  // A path is matched against several patterns, in time that grows with its length.
  'ours finds nothing under a path of more than 16 KiB': ({ asked, ours }) =>
    asked.startsWith('100000: ') && ours.status === 404 && code(ours) === 'METADATA_NOT_FOUND',
  // Its SQL backends, which production uses, go by the role as ours does.
  'the memory backend of the genuine server finds a checksum under any role': ({ asked, ours, genuine }) =>
    /\/targets(\/releases)?\.<id>\.json$/.test(asked) && ours.status === 404 && genuine.status === 200,
} satisfies Readonly<Record<string, (difference: Difference) => boolean>>;

export type Reason = keyof typeof reasons;

export const reasonNames: readonly string[] = Object.keys(reasons);

/** The name of the reason, or undefined. */
export function reasonFor(difference: Difference): Reason | undefined {
  return (Object.keys(reasons) as Reason[]).find((name) => reasons[name](difference));
}

function code({ body }: Exchange): string {
  return /^\{"errors":\[\{"code":"(\w+)"/.exec(body)?.[1] ?? '';
}

function message({ body }: Exchange): string {
  return /"detail":\{"Name":"\w+","Error":\{"Msg":"(.*?)"\}/.exec(body)?.[1] ?? '';
}
