/** Writes log messages in the two text forms of logrus 1.9: for a terminal and for everything else. */

import { goQuote } from '../../go/quote.ts';
import { jsonLine } from './as-json.ts';
import { escapeForTerminal } from './terminal-escape.ts';

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  /** A last field `code=…`; log messages of the original have none. */
  readonly code: string | undefined;
}

const colours: Readonly<Record<LogLevel, number>> = { debug: 37, info: 36, warning: 33, error: 31 };
const messageWidth = 44;

/** `time=… level=… msg=…`, values quoted as Go does where they hold anything unusual. */
export function plainLogLine(line: LogLine, now: Date): string {
  const code = line.code === undefined ? '' : ` code=${line.code}`;
  return `time="${localTime(now)}" level=${line.level} msg=${quoteUnusual(line.message)}${code}\n`;
}

/** `LEVL[seconds since start] message`, the level in colour unless that is to be plain. */
export function terminalLogLine(line: LogLine, secondsSinceStart: number, plain = false): string {
  const colour = (text: string) => (plain ? text : `\x1b[${colours[line.level]}m${text}\x1b[0m`);
  const level = colour(line.level.toUpperCase().slice(0, 4));
  const code = line.code === undefined ? '' : ` ${colour('code')}=${line.code}`;
  const message = escapeForTerminal(line.message.replace(/\n$/, '')).padEnd(messageWidth);
  return `${level}[${String(secondsSinceStart).padStart(4, '0')}] ${message} ${code}\n`;
}

/** A log message for programs: level, message, code where there is one, and the time in UTC. */
export function jsonLogLine({ level, message, code }: LogLine, now: Date): string {
  return jsonLine({ level, message, ...(code === undefined ? {} : { code }), time: now.toISOString() });
}

function quoteUnusual(text: string): string {
  return /^[-a-zA-Z0-9._/@^+]*$/.test(text) ? text : goQuote(text);
}

/** RFC 3339 with whole seconds in the local zone. */
function localTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  const time = [two(date.getHours()), two(date.getMinutes()), two(date.getSeconds())].join(':');
  const offset = -date.getTimezoneOffset();
  if (offset === 0) return `${day}T${time}Z`;
  const size = Math.abs(offset);
  return `${day}T${time}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
