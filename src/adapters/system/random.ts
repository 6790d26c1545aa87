/** Gets random bytes from the operating system. */

import type { RandomBytes } from '../../ports/clock.ts';

/** Web Crypto gives no more at a time. */
const maxBytes = 65_536;

/** The global object, unlike `node:crypto`, costs nothing before it is used. */
export const systemRandom: RandomBytes = (length) => {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += maxBytes) crypto.getRandomValues(bytes.subarray(at, at + maxBytes));
  return bytes;
};
