/**
 * Limits how much verifying a file, and a whole run, may cost. Every signature hashes its whole message, so that a
 * large file with many signatures, each of them well-formed and none of them good, would take hours.
 */

import type { UsableKey } from '../crypto/keys/verification-key.ts';
import { NotaryError } from '../errors.ts';

/** Microseconds, as a slow machine takes them. */
const quickSignature = 150;
/** By a key on another curve than P-256, or an RSA key of more than 4096 bits. */
const slowSignature = 2000;
const bytesPerMicrosecond = 1000;
const perFile = 5_000_000;
const perRun = 15_000_000;

/** What is left for one run. 100,000 roles that are signed once each, by P-256, stay within it. */
export class VerificationAllowance {
  #left = perRun;

  /** What one file may take of it. */
  forFile(role: string): FileAllowance {
    let left = perFile;
    return {
      spend: (key, bytes) => {
        const cost = costOf(key) + bytes / bytesPerMicrosecond;
        left -= cost;
        this.#left -= cost;
        if (left < 0) throw tooManySignatures(role);
        if (this.#left < 0) throw tooMuchTogether(role);
      },
    };
  }
}

export interface FileAllowance {
  /**
   * To be called before a signature by the key over so many bytes is verified.
   *
   * @throws NotaryError ROLE_THRESHOLD when the file, INVALID_METADATA when all files together ask for too much
   */
  spend(key: UsableKey, bytes: number): void;
}

function costOf({ algorithm, signatureLength }: UsableKey): number {
  const isSlow = algorithm === 'ecdsa' ? signatureLength !== 64 : signatureLength > 512;
  return isSlow ? slowSignature : quickSignature;
}

function tooManySignatures(role: string): NotaryError {
  return new NotaryError('ROLE_THRESHOLD', `verifying the signatures of ${role} takes too long`, {
    details: { role },
    hint: `No program signs ${role} so often: the server or a signer tries to keep this machine busy.`,
  });
}

function tooMuchTogether(role: string): NotaryError {
  return new NotaryError('INVALID_METADATA', `verifying all signatures up to ${role} takes too long`, {
    details: { role },
    hint: 'No program makes so many signatures: the server or a signer tries to keep this machine busy.',
  });
}
