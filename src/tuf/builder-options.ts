/** What a `RepoBuilder` is told: for whom it judges, and what is known already. */

import type { FileMeta } from '../metadata/file-meta.ts';
import type { Root } from '../metadata/root.ts';
import type { Signed } from '../metadata/signed.ts';
import type { TrustPinning } from '../trust-pinning/trust-pinning.ts';
import type { VerificationAllowance } from './verification-allowance.ts';

export interface BuilderOptions {
  readonly gun: string;
  readonly pinning: TrustPinning;
  readonly now: Date;
  /** The root trusted so far: the next one must be signed by its keys. */
  readonly previousRoot?: Signed<Root> | undefined;
  /** What a snapshot has said of the root, when one has been seen. */
  readonly rootMeta?: FileMeta | undefined;
  /** What verifying may cost, shared with other builders of the run. */
  readonly allowance?: VerificationAllowance;
}

export interface LoadOptions {
  /** The version must not be lower; equal is allowed. */
  readonly minVersion: number;
  /** Accept metadata past its expiry: a cached trust anchor, a step in a chain of roots. */
  readonly allowExpired?: boolean;
}
