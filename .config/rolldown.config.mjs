// One CJS entry for the program, split into chunks at dynamic imports, so that a light
// command never loads the code of a heavy one.
import { defineConfig } from 'rolldown';

export default defineConfig([
  {
    input: { tsnotary: 'src/cli/main.ts' },
    platform: 'node',
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
