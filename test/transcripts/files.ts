/** Where the transcripts lie. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/genuine/programs.ts';

const folder = join(repository, 'fixtures/transcripts');

/** All transcripts as `area/name.txt`, sorted. */
export function transcriptFiles(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt'))
    .sort();
}

/** The path of a transcript. */
export function transcriptPath(name: string): string {
  return join(folder, name);
}
