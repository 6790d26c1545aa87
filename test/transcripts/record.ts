/**
 * Records transcripts: plays each file in `fixtures/transcripts` with genuine `notary` and writes
 * down what it shows. `npm run record` does all, `npm run record -- delegation/add` those whose
 * path contains the words.
 *
 * Each is played twice. What differs between the two must have a placeholder or stand between
 * `‹either›` and `‹or›`; IDs that do not differ are kept as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { transcriptFiles, transcriptPath } from './files.ts';
import { idsIn } from './placeholders.ts';
import { replay } from './replay.ts';
import { parseTranscript, printTranscript, type Transcript } from './transcript.ts';

const common = (one: ReadonlySet<string>, other: ReadonlySet<string>): string[] =>
  [...one].filter((id) => other.has(id));

async function playTwice(transcript: Transcript, constants: ReadonlySet<string>): Promise<string> {
  const first = await replay(transcript, 'notary', { constants });
  const second = await replay(transcript, 'notary', { constants });
  const known = new Set([...constants, ...common(first.ids, second.ids)]);
  if (known.size > constants.size) return playTwice(transcript, known);
  const texts = [first, second].map((play) => printTranscript(play.transcript)) as [string, string];
  if (texts[0] !== texts[1]) throw new Error(`two recordings differ:\n${difference(...texts)}`);
  return texts[0];
}

function difference(one: string, other: string): string {
  const others = other.split('\n');
  const rows = one.split('\n').map((line, index) => [line, others[index] ?? ''] as const);
  return rows
    .filter(([line, twin]) => line !== twin)
    .map(([line, twin]) => `- ${line}\n+ ${twin}`)
    .join('\n');
}

async function record(name: string): Promise<void> {
  const before = readFileSync(transcriptPath(name), 'utf8');
  const after = await playTwice(parseTranscript(before), idsIn(before));
  if (after !== before) writeFileSync(transcriptPath(name), after);
  console.log(`${after === before ? 'same   ' : 'written'} ${name}`);
}

const words = process.argv.slice(2);
const names = transcriptFiles().filter(
  (name) => words.length === 0 || words.some((word) => name.includes(word)),
);

async function recordAll(): Promise<void> {
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    try {
      await record(name);
    } catch (error) {
      process.exitCode = 1;
      console.error(`FAILED  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

// Several at a time, each with a server of its own.
await Promise.all(Array.from({ length: availableParallelism() }, recordAll));
