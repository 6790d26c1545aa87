/** The walkthrough in front of a reader: each command with its output. */

import type { Performed } from './perform.ts';

const bold = (text: string): string => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
const dim = (text: string): string => (process.stdout.isTTY ? `\x1b[2m${text}\x1b[0m` : text);

/** A command line as it would be typed; `&` alone sends it to the background. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => (/^(?:[\w./:=-]+|&)$/.test(word) ? word : `'${word}'`)).join(' ');
}

/** A remark and the command that it is about. */
export function showCommand(remark: string, who: string, words: readonly string[]): void {
  console.log(`\n${dim(`# ${remark}`)}\n${bold(`${who}$ ${commandLine(words)}`)}`);
}

/** A step and what came of it. */
export function showStep({ step, program, args, outcome }: Performed): void {
  showCommand(step.why, step.who, [program, ...args]);
  process.stdout.write(outcome.stdout + outcome.stderr);
  if (outcome.status !== 0) console.log(dim(`(exit status ${outcome.status})`));
}

/** `in 5.1 s`, counted from a time of `performance.now()`. */
export function since(start: number): string {
  return `in ${((performance.now() - start) / 1000).toFixed(1)} s`;
}
