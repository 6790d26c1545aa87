/** A Notary server as the rules see it. */

import type { Clock, RandomBytes } from '../ports.ts';
import type { ServerStore } from './store.ts';

export interface NotaryServer {
  readonly store: ServerStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Only GUNs that start with one of these are served; all when there are none. */
  readonly gunPrefixes?: readonly string[];
}
