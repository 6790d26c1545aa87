/** The same command lines for the genuine docker CLI and for tsnotary, each with a home and with images of its own. */

import { normaliser, withoutOwnRecords } from '../normalise-output.ts';
import type { Home, HomeOptions } from './home.ts';
import type { RunOptions } from './programs.ts';
import type { Stage } from './stage.ts';

export interface Sides {
  readonly docker: Home;
  readonly tsnotary: Home;
  /** The address of the images of a side: `HOST/docker`, `HOST/tsnotary`. */
  readonly images: Readonly<Record<'docker' | 'tsnotary', string>>;
  /**
   * Runs `trust` with the words on both sides. `IMAGES` in a word stands for the address of the side's images.
   *
   * @returns what they said, with all that differs by itself taken out: the same of both sides when they agree
   */
  trust(
    words: readonly string[],
    options?: RunOptions,
  ): Promise<Readonly<Record<'docker' | 'tsnotary', Said>>>;
  /** Does something in both homes. */
  both<Result>(act: (home: Home, images: string) => Promise<Result>): Promise<readonly Result[]>;
}

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param name tells the homes and images of one test from those of another */
export function sideBySide(
  stage: Stage,
  name: string,
  options: Pick<HomeOptions, 'passphrases' | 'env'> = {},
): Sides {
  const side = (program: 'docker' | 'tsnotary') => stage.home(`${name}/${program}`, options);
  const [docker, tsnotary] = [side('docker'), side('tsnotary')];
  const images = { docker: `${stage.address}/docker/${name}`, tsnotary: `${stage.address}/tsnotary/${name}` };
  const run = async (program: 'docker' | 'tsnotary', words: readonly string[], extra: RunOptions) => {
    const home = program === 'docker' ? docker : tsnotary;
    const typed = words.map((word) => word.replaceAll('IMAGES', images[program]));
    const { status, stdout, stderr } = await home.run(program, ['trust', ...typed], extra);
    const normal = normaliser();
    const plain = (text: string) =>
      normal(
        text
          .replaceAll(images[program], 'IMAGES')
          .replaceAll(home.folder, '<home>')
          .replace(/\b(?:docker|tsnotary) trust/g, 'PROGRAM trust')
          .replace(new RegExp(`^${program}: `, 'gm'), 'PROGRAM: ')
          .replaceAll(`(${program}/`, '(SIDE/')
          .replace(/\b[0-9a-f]{12}\b/g, '<id>'),
      );
    return { status, stdout: plain(stdout), stderr: plain(withoutOwnRecords(stderr)) };
  };
  return {
    ...{ docker, tsnotary, images },
    trust: async (words, extra = {}) => ({
      docker: await run('docker', words, extra),
      tsnotary: await run('tsnotary', words, extra),
    }),
    both: async (act) => [await act(docker, images.docker), await act(tsnotary, images.tsnotary)],
  };
}
