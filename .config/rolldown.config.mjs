// One CJS entry for the program, split into chunks at dynamic imports, so that a light
// command never loads the code of a heavy one.
import { execFileSync } from 'node:child_process';
import { defineConfig } from 'rolldown';

/** The commit that is being built, or nothing outside a git work tree. */
function commit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

/**
 * commander loads node:child_process for commands that are programs of their own. tsnotary has none, and
 * every start would pay for it.
 */
const withoutCommandPrograms = {
  name: 'without-command-programs',
  resolveId(source, importer) {
    const unused = source === 'node:child_process' && /[/\\\\]commander[/\\\\]/.test(importer ?? '');
    return unused ? '\0unused' : null;
  },
  load(id) {
    return id === '\0unused' ? 'export default {};' : null;
  },
};

export default defineConfig([
  {
    input: { tsnotary: 'src/cli/main.ts' },
    platform: 'node',
    plugins: [withoutCommandPrograms],
    transform: { define: { BUILD_COMMIT: JSON.stringify(commit()) } },
    output: {
      dir: 'dist',
      format: 'cjs',
      minify: true,
      entryFileNames: '[name].cjs',
      chunkFileNames: 'chunks/[name]-[hash].cjs',
      cleanDir: true,
    },
  },
]);
