/**
 * The transcript format: a text file of commands with what they are expected to show, readable as
 * the session that it is. `test/README.md` describes it; this module reads and prints it, and
 * printing what was read gives the same bytes.
 */
import { readLine, showLine } from './visible.ts';

/** How a command is run: on pipes and compared, on a terminal and compared, or to set the scene. */
export type Mode = '$' | '%' | '!';

/** What a step shows and is told, in order. On pipes all input comes first. */
export type Part =
  | { readonly kind: 'shown'; readonly text: string }
  | {
      readonly kind: 'typed';
      readonly text: string;
      /** Terminal only: not echoed. */
      readonly hidden: boolean;
      /** No newline follows: the end of piped input, or a single key such as Ctrl-C. */
      readonly bare: boolean;
    };

export interface Step {
  readonly kind: 'step';
  readonly person: string;
  readonly mode: Mode;
  /** A line for the shell. */
  readonly command: string;
  readonly parts: readonly Part[];
  readonly stderr: string;
  readonly status: number;
}

/** Text between steps, kept as it is. */
export interface Note {
  readonly kind: 'note';
  readonly text: string;
}

/** Something done to the stage, `@ server down` for one. */
export interface Event {
  readonly kind: 'event';
  readonly text: string;
}

export type Item = Step | Note | Event;

export interface Transcript {
  /** `key: value` lines at the top. */
  readonly settings: ReadonlyMap<string, string>;
  readonly items: readonly Item[];
}

const noNewline = '⊣';
const stepLine = /^([a-z]+)([$%!]) (.+)$/;

class Reader {
  readonly settings = new Map<string, string>();
  readonly items: Item[] = [];
  readonly #lines: string[];

  constructor(text: string) {
    this.#lines = text.replace(/\n$/, '').split('\n');
  }

  read(): Transcript {
    for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
      const step = stepLine.exec(line);
      const setting = this.items.some(({ kind }) => kind !== 'note') ? null : /^([a-z]+): (.+)$/.exec(line);
      if (step !== null) this.items.push(this.#step(step));
      else if (setting !== null) this.#setting(line, setting);
      else if (line.startsWith('@ ')) this.items.push({ kind: 'event', text: line.slice(2) });
      else if (line === '' || line.startsWith('#')) this.items.push({ kind: 'note', text: line });
      else throw new Error(`not a transcript line: ${line}`);
    }
    return { settings: this.settings, items: this.items };
  }

  #setting(line: string, [, key = '', value = '']: RegExpExecArray): void {
    this.settings.set(key, value);
    this.items.push({ kind: 'note', text: line });
  }

  #step([, person = '', mode = '', command = '']: RegExpExecArray): Step {
    const parts: Part[] = [];
    while (this.#next(/^[<>]/)) parts.push(this.#next(/^</) ? this.#typed() : this.#shown(mode as Mode, '>'));
    const stderr = this.#next(/^2>/) ? this.#shown('$', '2>').text : '';
    const [, status = '0'] = this.#next(/^\[\d+\]$/) ? (/(\d+)/.exec(this.#lines.shift() ?? '') ?? []) : [];
    return { kind: 'step', person, mode: mode as Mode, command, parts, stderr, status: Number(status) };
  }

  #next(pattern: RegExp): boolean {
    return pattern.test(this.#lines[0] ?? '');
  }

  #shown(mode: Mode, mark: string): { readonly kind: 'shown'; readonly text: string } {
    const lines: string[] = [];
    while (this.#lines[0]?.startsWith(mark) === true) {
      lines.push(readLine((this.#lines.shift() ?? '').slice(mark.length).replace(/^ /, '')));
    }
    // A prompt's line goes on where the answer was typed; anything else ends in a newline.
    const text = mode === '%' && this.#next(/^</) ? lines.join('\n') : `${lines.join('\n')}\n`;
    return { kind: 'shown', text: text.endsWith(`${noNewline}\n`) ? text.slice(0, -2) : text };
  }

  #typed(): Part {
    const line = this.#lines.shift() ?? '';
    const hidden = line.startsWith('<*');
    const text = readLine(line.slice(hidden ? 2 : 1).replace(/^ /, ''));
    const bare = text.endsWith(noNewline);
    return { kind: 'typed', text: bare ? text.slice(0, -1) : text, hidden, bare };
  }
}

/** Reads a transcript file. Throws an Error that shows the line it cannot read. */
export function parseTranscript(text: string): Transcript {
  return new Reader(text).read();
}

function printShown(text: string, mark: string, beforeAnswer: boolean): string[] {
  if (text === '') return [];
  const ends = text.endsWith('\n');
  const lines = (ends && !beforeAnswer ? text.slice(0, -1) : text).split('\n').map(showLine);
  if (!ends && !beforeAnswer) lines.push(`${lines.pop() ?? ''}${noNewline}`);
  return lines.map((line) => (line === '' ? mark : `${mark} ${line}`));
}

/** The lines of one step as they stand in the file. */
export function printStep(step: Step): string {
  const lines = [`${step.person}${step.mode} ${step.command}`];
  step.parts.forEach((part, index) => {
    const beforeAnswer = step.mode === '%' && step.parts[index + 1]?.kind === 'typed';
    if (part.kind === 'shown') lines.push(...printShown(part.text, '>', beforeAnswer));
    else
      lines.push(`<${part.hidden ? '*' : ''} ${showLine(part.text)}${part.bare ? noNewline : ''}`.trimEnd());
  });
  lines.push(...printShown(step.stderr, '2>', false));
  if (step.status !== 0) lines.push(`[${step.status}]`);
  return lines.join('\n');
}

/** The whole file. */
export function printTranscript({ items }: Transcript): string {
  const text = items.map((item) => {
    if (item.kind === 'note') return item.text;
    return item.kind === 'event' ? `@ ${item.text}` : printStep(item);
  });
  return `${text.join('\n')}\n`;
}
