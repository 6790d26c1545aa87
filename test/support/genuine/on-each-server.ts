/** Suites that must come out the same on the genuine server and on a sandbox of ours. */

import { describe } from 'vitest';
import { available } from './programs.ts';
import { genuineStage, type ServerKind, type Stage, type StageOptions } from './stage.ts';

/** Opens a stage whose server is of the kind that a suite runs for. */
export type OpenStage = (options?: Omit<StageOptions, 'kind'>) => Promise<Stage>;

/**
 * A suite for the genuine server, and the same for a sandbox; skipped when a program is not installed.
 *
 * @param programs what the tests run besides the server
 */
export function onEachServer(
  title: string,
  programs: readonly string[],
  suite: (open: OpenStage, kind: ServerKind) => void,
): void {
  for (const kind of ['genuine', 'sandbox'] as const) {
    const needed = kind === 'genuine' ? [...programs, 'notary-server'] : programs;
    describe.skipIf(!available(...needed, 'openssl'))(`${title}, server: ${kind}`, () => {
      suite((options) => genuineStage({ ...options, kind }), kind);
    });
  }
}
