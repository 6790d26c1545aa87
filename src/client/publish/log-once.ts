/** Deduplicates log messages: suppresses those that an earlier attempt of the same work has already emitted. */

import type { RepositoryPorts } from '../repository-ports.ts';

export interface LogOnce {
  readonly ports: RepositoryPorts;
  /** Call before the next attempt: from then on warnings, errors and cautions are passed on only if they are new. */
  readonly nextAttempt: () => void;
}

/** The same ports for work that may need several attempts. What one attempt says twice is said twice. */
export function logOnce(ports: RepositoryPorts): LogOnce {
  const before = new Set<string>();
  const now = new Set<string>();
  const isNew = (...words: readonly string[]) => {
    const key = words.join('\0');
    now.add(key);
    return !before.has(key);
  };
  const { log, caution } = ports;
  return {
    nextAttempt: () => {
      for (const key of now) before.add(key);
      now.clear();
    },
    ports: {
      ...ports,
      log: {
        debug: (message) => log.debug(message),
        info: (message, code) => log.info(message, code),
        notice: (message, code) => log.notice(message, code),
        warn: (message, code) => {
          if (isNew('warn', message)) log.warn(message, code);
        },
        error: (message, code, thrown) => {
          if (isNew('error', message)) log.error(message, code, thrown);
        },
      },
      caution: (code, message, details, refusal) => {
        if (isNew(code, message)) caution(code, message, details, refusal);
      },
    },
  };
}
