/** Implements the `Log` port over standard error. */

import type { Clock } from '../../ports/clock.ts';
import type { Output } from '../../ports/files.ts';
import type { Log } from '../../ports/log.ts';
import { jsonLogLine, type LogLevel, plainLogLine, terminalLogLine } from '../render/log-line.ts';

const order: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

/**
 * A log that shows messages of a level and above; the seconds on a terminal count from its creation, or from a
 * given start.
 */
export function createLog(
  stderr: Output,
  clock: Clock,
  lowest: LogLevel,
  json = false,
  start = clock.now().getTime(),
): Log {
  const shows = (level: LogLevel) => order.indexOf(level) >= order.indexOf(lowest);
  const record = (level: LogLevel, message: string, code?: string, shown = shows(level)) => {
    if (!shown) return;
    const now = clock.now();
    const seconds = Math.floor((now.getTime() - start) / 1000);
    const entry = { level, message, code };
    if (json) stderr.write(jsonLogLine(entry, now));
    else
      stderr.write(
        stderr.isTerminal ? terminalLogLine(entry, seconds, stderr.plain) : plainLogLine(entry, now),
      );
  };
  return {
    debug: (message) => record('debug', message),
    info: (message, code) => record('info', message, code),
    notice: (message, code) => record('info', message, code, shows('info') || (stderr.isTerminal && !json)),
    warn: (message, code) => record('warning', message, code),
    error: (message, code, thrown) => {
      if (!json || thrown === undefined) record('error', message, code);
    },
  };
}
