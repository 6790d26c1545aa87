// What is made of the sources: the program, split into chunks at dynamic imports, so that a light command never
// loads the code of a heavy one; and the library in one file, apart from it, so that neither decides how the
// other is cut.
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
 * What packages load for cases that tsnotary does not have. Every start would pay for it: programs as subcommands in
 * commander; HTTP/2 (6 ms), and messages of Node's own HTTP client as bodies, in undici. Every package would be larger
 * for it: menus, editors and tables of encodings in inquirer, where one prompt of our own is registered; colours in
 * cli-table3. Signals are the terminal's own affair: on them inquirer would leave its echo off.
 */
const unused = [
  [/[/\\]commander[/\\]/, 'node:child_process', '{}'],
  [/[/\\]undici[/\\]/, 'node:http2', '{ constants: {} }'],
  [/[/\\]undici[/\\]/, 'node:http', '{ maxHeaderSize: 16384, IncomingMessage: class {} }'],
  [/[/\\]inquirer[/\\]/, '@inquirer/prompts', '{}'],
  [/[/\\]@inquirer[/\\]core[/\\]/, 'signal-exit', '{ onExit: () => () => {} }'],
  [/[/\\]cli-table3[/\\]/, '@colors/colors/safe', '{}'],
];
const withoutUnused = {
  name: 'without-unused',
  resolveId(source, importer) {
    const index = unused.findIndex(([folder, id]) => id === source && folder.test(importer ?? ''));
    return index < 0 ? null : `\0unused-${index}`;
  },
  load(id) {
    const index = /^\0unused-(\d+)$/.exec(id)?.[1];
    return index === undefined ? null : `module.exports = ${unused[index][2]};`;
  },
};

/** What every command online runs once it has reached a server. */
const reading = {
  name: 'reading',
  test: /[/\\]src[/\\](?:trust-pinning[/\\].*|tuf[/\\](?:repo-builder|checksums|target-walk|verify-signatures|delegation-signers|strong-keys|verification-allowance)|crypto[/\\](?:keys[/\\](?:verification-key|public-key)|certificates[/\\](?:x509|path-validation)|signatures[/\\](?:verify|digest))|client[/\\](?:history[/\\].*|rotation-record[/\\]end-rotations|fetch[/\\].*|update[/\\].*|read[/\\](?:list-targets|find-target|incomplete-roles)))\.ts$/,
  includeDependenciesRecursively: false,
};

const common = { platform: 'node', plugins: [withoutUnused] };
const entry = { format: 'cjs', minify: true, entryFileNames: '[name].cjs' };

/** @param folder where the files go; what it held is removed */
export const program = (folder) =>
  defineConfig({
    ...common,
    input: { tsnotary: 'src/cli/main.ts' },
    transform: { define: { BUILD_COMMIT: JSON.stringify(commit()) } },
    output: {
      ...entry,
      ...{ dir: folder, chunkFileNames: 'chunks/[name]-[hash].cjs', cleanDir: true },
      // Each file that is read costs 0.1 ms and more: what every start loads anyway, and what it takes to read metadata.
      codeSplitting: { groups: [{ name: 'program', tags: ['$initial'], priority: 1 }, reading] },
    },
  });

export const library = (folder) =>
  defineConfig({
    ...common,
    input: { index: 'src/index.ts' },
    output: { ...entry, dir: folder, codeSplitting: false },
  });

/** The loader in the standalone executable. */
export const standalone = (folder) =>
  defineConfig({
    platform: 'node',
    input: { standalone: './bin/standalone.cjs' },
    output: { ...entry, dir: folder, codeSplitting: false },
  });
