/** Work that is done again says only what it has not said before. */

import type { RepositoryPorts } from '../repository-ports.ts';

export interface Retold {
  readonly ports: RepositoryPorts;
  /** From now on warnings, error records and cautions are passed on only if they are new. */
  readonly again: () => void;
}

/** The same ports for work that may be done several times. What one time says twice is said twice. */
export function retold(ports: RepositoryPorts): Retold {
  const before = new Set<string>();
  const now = new Set<string>();
  const isNew = (...words: readonly string[]) => {
    const key = words.join('\0');
    now.add(key);
    return !before.has(key);
  };
  const { log, caution } = ports;
  return {
    again: () => {
      for (const key of now) before.add(key);
      now.clear();
    },
    ports: {
      ...ports,
      log: {
        debug: (message) => log.debug(message),
        info: (message, code) => log.info(message, code),
        warn: (message, code) => {
          if (isNew('warn', message)) log.warn(message, code);
        },
        error: (message, code) => {
          if (isNew('error', message)) log.error(message, code);
        },
      },
      caution: (code, message, details) => {
        if (isNew(code, message)) caution(code, message, details);
      },
    },
  };
}
