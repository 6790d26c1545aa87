/**
 * Replays every transcript of the genuine client with tsnotary, each on a genuine server of its own,
 * and compares to the byte; some of them on a sandbox, too, and all with `TRANSCRIPT_SERVER=sandbox`.
 * `TRANSCRIPT_PROGRAM=notary` replays with genuine notary instead, which tests the runner.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { available } from '../support/genuine/programs.ts';
import type { ServerKind } from '../support/genuine/stage.ts';
import { transcriptFiles, transcriptPath } from './files.ts';
import { replay } from './replay.ts';
import { parseTranscript, printTranscript } from './transcript.ts';

const actor = process.env['TRANSCRIPT_PROGRAM'] === 'notary' ? 'notary' : 'tsnotary';

/** Transcripts in which the server has a say; these are played on a sandbox as well. */
const ofServers = new Set([
  ...['auth/basic.txt', 'auth/token.txt', 'auth/token-on-terminal.txt', 'delegation/publish.txt'],
  ...['delete/delete.txt', 'init/collections.txt', 'key/rotate.txt', 'program/server.txt'],
  ...['publish/errors.txt', 'publish/publish.txt', 'read/list-lookup.txt'],
  ...['walkthrough/snapshot-key-with-owner.txt'],
]);
const everywhere = process.env['TRANSCRIPT_SERVER'] === 'sandbox';

const played = (name: string, kind: ServerKind): boolean =>
  kind === 'genuine' || everywhere || ofServers.has(name);

for (const kind of ['genuine', 'sandbox'] as const) {
  const server = kind === 'genuine' ? ['notary-server'] : [];
  describe.skipIf(!available('notary', ...server, 'openssl', 'script'))(
    `${actor} shows what notary showed, server: ${kind}`,
    () => {
      it.concurrent.each(transcriptFiles().filter((name) => played(name, kind)))(
        'the transcript %s comes out as it was recorded',
        async (name) => {
          const recorded = readFileSync(transcriptPath(name), 'utf8');
          const { transcript } = await replay(parseTranscript(recorded), actor, { kind });
          expect(printTranscript(transcript)).toBe(recorded);
        },
      );
    },
  );
}
