/** Random bytes of the operating system. */

import { randomBytes } from 'node:crypto';
import type { RandomBytes } from '../../ports.ts';

export const systemRandom: RandomBytes = (length) => randomBytes(length);
