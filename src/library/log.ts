/** Hands log messages to the script that uses the library. */

import type { Log } from '../ports/log.ts';
import type { OpenOptions } from './repository.ts';

/** A log that calls the option `onLog`, or drops what it is told. */
export function logOf({ onLog }: Pick<OpenOptions, 'onLog'>): Log {
  const teller = (level: Exclude<keyof Log, 'notice'>) => (message: string, code?: string) =>
    onLog?.({ level, message, ...(code !== undefined && { code }) });
  return {
    ...{ debug: teller('debug'), info: teller('info'), notice: teller('info') },
    ...{ warn: teller('warn'), error: teller('error') },
  };
}
