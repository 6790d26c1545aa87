// Runs rolldown for one configuration.
import { rolldown } from 'rolldown';

/**
 * Writes a bundle without a word; what goes wrong is thrown.
 *
 * @returns the files of code that were written, with the modules that each is made of
 */
export async function bundle({ output, ...input }) {
  const build = await rolldown({ ...input, logLevel: 'silent' });
  try {
    const written = await build.write(output);
    return written.output.filter(({ type }) => type === 'chunk');
  } finally {
    await build.close();
  }
}
