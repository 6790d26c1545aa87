/**
 * Replays every transcript of the genuine client with tsnotary, each on a genuine server of its own,
 * and compares to the byte. `TRANSCRIPT_PROGRAM=notary` replays with genuine notary instead, which
 * tests the runner.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { available } from '../support/genuine/programs.ts';
import { transcriptFiles, transcriptPath } from './files.ts';
import { replay } from './replay.ts';
import { parseTranscript, printTranscript } from './transcript.ts';

const actor = process.env['TRANSCRIPT_PROGRAM'] === 'notary' ? 'notary' : 'tsnotary';

describe.skipIf(!available('notary', 'notary-server', 'openssl', 'script'))(
  `${actor} shows what notary showed`,
  () => {
    it.concurrent.each(transcriptFiles())('%s', async (name) => {
      const recorded = readFileSync(transcriptPath(name), 'utf8');
      const { transcript } = await replay(parseTranscript(recorded), actor);
      expect(printTranscript(transcript)).toBe(recorded);
    });
  },
);
