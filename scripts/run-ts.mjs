// Runs a TypeScript file of this repository: node scripts/run-ts.mjs FILE [ARGUMENT …]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const [file, ...rest] = process.argv.slice(2);
const cache = `${import.meta.dirname}/../node_modules/.cache`;
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'run-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const bundle = await rolldown({ input: resolve(file), platform: 'node', external: [/^vitest/, /^rolldown/], logLevel: 'silent' });
const { output } = await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'main.mjs', codeSplitting: false });
process.argv.splice(1, process.argv.length - 1, resolve(file), ...rest);
await import(pathToFileURL(join(folder, output[0].fileName)).href);
