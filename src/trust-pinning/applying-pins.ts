/** Lists the pins that concern a GUN, the most specific first, and what each says of a root. */

import { type KnownRoot, noneNamed, notSigned, pinContradiction } from './pin-contradiction.ts';
import { noPinning, type TrustPinning } from './trust-pinning.ts';

/** `unusable`: its CA file cannot be used, so that it trusts nothing; `none`: there is no root to hold against it. */
export type PinVerdict = 'matches' | 'contradicts' | 'unusable' | 'none';

export interface ApplyingPin {
  readonly setting: 'certs' | 'ca';
  /** The GUN, or a prefix of GUNs: with a star for `certs`, without for `ca`. */
  readonly pinnedFor: string;
  /** Of `certs`: TUF key IDs of root certificates. */
  readonly ids?: readonly string[];
  /** The one that decides: certificates before a CA, the GUN before prefixes, long prefixes before short ones. */
  readonly inForce: boolean;
  readonly verdict: PinVerdict;
  /** Why it does not match, in Notary's words. */
  readonly reason?: string;
}

/**
 * Every pin for a GUN in the order in which Notary 0.7.0 prefers them: only the first one counts.
 *
 * @param known the root in question; undefined when there is none
 */
export function applyingPins(
  pinning: TrustPinning,
  gun: string,
  known: Omit<KnownRoot, 'gun'> | undefined,
): readonly ApplyingPin[] {
  const certs = [...pinning.certs.keys()]
    .filter((name) => name === gun || (name.endsWith('*') && gun.startsWith(name.slice(0, -1))))
    .sort((one, other) => Number(other === gun) - Number(one === gun) || other.length - one.length);
  const cas = [...pinning.ca.keys()]
    .filter((prefix) => gun.startsWith(prefix))
    .sort((one, other) => other.length - one.length);
  const pins = [
    ...certs.map((pinnedFor) => {
      const ids = pinning.certs.get(pinnedFor) ?? [];
      const alone = { ...noPinning, certs: new Map([[gun, ids]]) };
      return { setting: 'certs' as const, pinnedFor, ids, alone };
    }),
    ...cas.map((pinnedFor) => {
      const alone = { ...noPinning, ca: new Map([[pinnedFor, pinning.ca.get(pinnedFor)]]) };
      return { setting: 'ca' as const, pinnedFor, alone };
    }),
  ];
  return pins.map(({ alone, ...pin }, index) => ({
    ...pin,
    inForce: index === 0,
    ...judged(alone, known && { ...known, gun }),
  }));
}

function judged(alone: TrustPinning, known: KnownRoot | undefined): Pick<ApplyingPin, 'verdict' | 'reason'> {
  if (known === undefined) return { verdict: 'none' };
  const reason = pinContradiction(alone, known);
  if (reason === undefined) return { verdict: 'matches' };
  const isOther = reason === noneNamed || reason === notSigned;
  return { verdict: isOther ? 'contradicts' : 'unusable', reason };
}
