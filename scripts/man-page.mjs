// Writes dist/man/tsnotary.1 from the specs of the commands.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';

const root = join(import.meta.dirname, '..');

/** Makes the page by running the source that makes it; the directory is that of the build. */
export async function writeManPage(folder) {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'man-'));
  try {
    await bundle({
      input: join(root, 'src/cli/help/man/man-page.ts'),
      platform: 'node',
      output: { dir: scratch, format: 'esm', entryFileNames: 'man-page.mjs' },
    });
    const { manPage } = await import(pathToFileURL(join(scratch, 'man-page.mjs')).href);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    mkdirSync(join(folder, 'man'), { recursive: true });
    writeFileSync(join(folder, 'man/tsnotary.1'), await manPage(version));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
