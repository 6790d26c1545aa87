/** Declares the parts of a Notary server that its rules need: store, clock, random bytes. */

import type { Clock, RandomBytes } from '../ports/clock.ts';
import type { ServerStore } from './store/store.ts';

export interface NotaryServer {
  readonly store: ServerStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** What the server's new keys are; Ed25519 when absent, as with Notary's local signer. */
  readonly keyAlgorithm?: 'ed25519' | 'ecdsa';
  /** Only GUNs that start with one of these are served; all when there are none. */
  readonly gunPrefixes?: readonly string[];
}
