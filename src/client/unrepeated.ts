/** Records that are written once, however often the work that causes them is done again. */

import type { RepositoryPorts } from './repository-ports.ts';

/** The same ports; a warning, an error record or a caution is passed on only the first time. */
export function sayEachOnce(ports: RepositoryPorts): RepositoryPorts {
  const said = new Set<string>();
  const first = (...words: readonly string[]) => {
    const key = JSON.stringify(words);
    const isNew = !said.has(key);
    said.add(key);
    return isNew;
  };
  const { log, caution } = ports;
  return {
    ...ports,
    log: {
      debug: (message) => log.debug(message),
      info: (message, code) => log.info(message, code),
      warn: (message, code) => {
        if (first('warn', message)) log.warn(message, code);
      },
      error: (message, code) => {
        if (first('error', message)) log.error(message, code);
      },
    },
    caution: (code, message, details) => {
      if (first(code, message)) caution(code, message, details);
    },
  };
}
