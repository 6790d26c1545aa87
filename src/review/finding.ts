/** Models findings: coded consequences of a state of a repository, for text, JSON and the exit status alike. */

import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import type { ErrorCode } from '../error-codes.ts';

/** Codes of findings that are no codes of errors as well. */
export type FindingCode =
  | ErrorCode
  | 'EXPIRES_SOON'
  | 'FIRST_USE'
  | 'ROLE_RENEWED'
  | 'CACHE_DAMAGED'
  | 'PIN_OF_FORMER_ROOT'
  | 'READERS_LEFT_BEHIND'
  | 'FINGERPRINT_DIFFERS'
  | 'DOCKER_ROOT_DIFFERS'
  | 'ENGINE_PIN_DIFFERS'
  | 'ARCHIVE_CARRIED'
  | 'VERSION_UNVERIFIED'
  | 'TAG_MOVED'
  | 'TAG_GONE'
  | 'IMAGE_GONE'
  | 'SIGNATURE_MISSING'
  | 'NOT_TAKEN_BY_DOCKER'
  | 'REGISTRY_NOT_NAMED'
  | 'TAG_NOT_BOUND'
  | 'EXPIRY_NOT_KEPT'
  | 'ROLLBACK_NOT_SEEN'
  | 'THRESHOLD_NOT_KEPT'
  | 'ROLES_NOT_KEPT';

/** `error`: broken already, or a publish would fail; `warning`: would be broken, or not what was meant; `note`: to know. */
export type Severity = 'error' | 'warning' | 'note';

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly message: string;
  readonly role?: string;
  readonly keyId?: CanonicalKeyId;
  /** Names of targets that it is about, all of them. */
  readonly targets?: readonly string[];
  /** The number of the staged change that it is about, as `status` shows it. */
  readonly change?: number;
  /** True when a publish would fail because of it. */
  readonly prevents?: true;
  readonly hint?: { readonly command: readonly string[] };
}

/** The exit status that findings ask for, the worst of them: 4 broken already, 3 needs attention, 0 for notes and nothing. */
export function statusOf(findings: readonly Finding[]): 0 | 3 | 4 {
  if (findings.some(({ severity }) => severity === 'error')) return 4;
  return findings.some(({ severity }) => severity === 'warning') ? 3 : 0;
}

/** The findings of a state that another one does not have: what changed for the worse. */
export function newFindings(findings: readonly Finding[], before: readonly Finding[]): readonly Finding[] {
  const known = new Set(before.map(identity));
  return findings.filter((finding) => !known.has(identity(finding)));
}

function identity({ code, role, keyId, message }: Finding): string {
  return [code, role ?? '', keyId ?? '', message].join('\n');
}
