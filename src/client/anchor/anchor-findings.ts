/**
 * Finds what needs attention about the anchor of a GUN: in the root itself, in the pins, and in what the server
 * serves.
 */

import { isNotaryError, type NotaryError } from '../../errors.ts';
import type { Finding, Severity } from '../../review/finding.ts';
import type { AnchorPin } from './anchor-pins.ts';
import type { DescribedRoot } from './described-root.ts';

const refresh = (gun: string) => ({ command: ['tsnotary', 'anchor', 'refresh', gun] });
/** The holder of the key has to sign it again. */
const renew = (gun: string) => ({ command: ['tsnotary', 'renew', gun] });
const show = (gun: string) => ({ command: ['tsnotary', 'anchor', 'show', gun] });

/** Codes of a root that was looked at and cannot be believed: an answer, not a failure to look. */
const refused = ['EXPIRED', 'ROOT_VALIDATION', 'ROOT_ROTATION', 'ROOT_NOT_PINNED', 'LOW_VERSION'] as const;

/** What is wrong with a root as a finding; undefined for errors that say nothing of it. */
export function refusalFinding(error: unknown): Finding | undefined {
  if (!isNotaryError(error, ...refused)) return undefined;
  return { code: error.code, severity: 'error', role: 'root', message: error.message };
}

/** The finding of a cached root that cannot be the anchor of trust. */
export function damageFinding(gun: string, file: string, reason: NotaryError): Finding {
  return {
    code: 'CACHE_DAMAGED',
    severity: 'error',
    role: 'root',
    message: `the cached root ${file} cannot be the anchor of trust: ${reason.message}`,
    hint: refresh(gun),
  };
}

/** The finding of a served root to which no signatures lead, or which is older. */
export function proofFinding(gun: string, problem: NotaryError): Finding {
  if (isNotaryError(problem, 'LOW_VERSION'))
    return {
      ...{ code: problem.code, severity: 'error', role: 'root' },
      message: `${problem.message}: a rollback, which is not taken`,
    };
  return {
    ...{ code: 'ROOT_ROTATION', severity: 'error', role: 'root', hint: refresh(gun) },
    message: `no signatures lead from the trusted root to the one that the server serves: ${problem.message}`,
  };
}

/** @param expiry how bad it is that the root or one of its certificates has expired */
export function rootFindings(gun: string, root: DescribedRoot, expiry: Severity): readonly Finding[] {
  const { version, expires, expired, keys } = root;
  const old = keys.flatMap(({ keyId, certificates: [leaf] }) =>
    leaf?.expired === true
      ? [
          expiredFinding(
            gun,
            expiry,
            `the certificate ${leaf.fingerprint} of the root of ${gun} expired at ${leaf.notAfter}`,
            keyId,
          ),
        ]
      : [],
  );
  return expired
    ? [expiredFinding(gun, expiry, `version ${version} of the root of ${gun} expired at ${expires}`), ...old]
    : old;
}

function expiredFinding(gun: string, severity: Severity, message: string, keyId?: Finding['keyId']): Finding {
  return {
    code: 'EXPIRED',
    severity,
    role: 'root',
    message,
    ...(keyId !== undefined && { keyId }),
    hint: severity === 'error' ? renew(gun) : refresh(gun),
  };
}

/**
 * What the pin in force says against the root.
 *
 * @param trusted false for a root that this machine does not trust yet: first use is refused then
 */
export function pinFindings(
  gun: string,
  [inForce]: readonly AnchorPin[],
  { trusted, disableTofu }: { readonly trusted: boolean; readonly disableTofu: boolean },
): readonly Finding[] {
  if (inForce === undefined) {
    if (trusted || !disableTofu) return [];
    const message = `nothing is pinned for ${gun} and trust_pinning.disable_tofu is set: its root is not taken`;
    return [{ code: 'ROOT_VALIDATION', severity: 'error', role: 'root', message }];
  }
  const setting = `trust_pinning.${inForce.setting} for ${inForce.pinnedFor}`;
  if (inForce.verdict === 'matches' || inForce.verdict === 'none') return [];
  if (inForce.provedFrom !== undefined) {
    const message = `${setting} names the certificate of version ${inForce.provedFrom} of the root; signatures lead from it to the present one, and a client with an empty cache refuses that until the pin is renewed`;
    return [
      {
        code: 'PIN_OF_FORMER_ROOT',
        severity: 'warning',
        role: 'root',
        message,
        hint: { command: ['tsnotary', 'anchor', 'pin', gun] },
      },
    ];
  }
  const whose = trusted ? 'that this machine trusts' : 'that the server serves';
  const effect = trusted
    ? 'every read says so and nothing is signed; Notary 0.7.0 does not look at pins once a root is cached'
    : 'no client takes it';
  const message = `the root of ${gun} ${whose} is not the pinned one: ${setting}: ${inForce.reason ?? ''}; ${effect}`;
  return [{ code: 'ROOT_NOT_PINNED', severity: 'error', role: 'root', message, hint: show(gun) }];
}
