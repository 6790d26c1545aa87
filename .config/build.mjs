// Builds dist/ without a word; what goes wrong is thrown.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rolldown } from 'rolldown';
import configurations from './rolldown.config.mjs';

for (const { output, ...input } of configurations) {
  const bundle = await rolldown({ ...input, logLevel: 'silent' });
  await bundle.write(output);
  await bundle.close();
  mark(output.dir);
}

// What short commands run, and what every command online does before it has reached a server.
for (const words of [['version'], ['key', 'list'], ['list', 'gun', '-s', 'https://127.0.0.1:9']]) {
  execFileSync(process.execPath, [`${import.meta.dirname}/record-compiled.cjs`, ...words], { stdio: 'ignore' });
}

/** Puts a digest of its content into the first line of each file: bin/load.js knows compiled code by it. */
function mark(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith('.cjs')) continue;
    const source = readFileSync(`${folder}/${name}`, 'utf8');
    const digest = createHash('sha256').update(source).digest('hex').slice(0, 32);
    writeFileSync(`${folder}/${name}`, `// ${digest}\n${source}`);
  }
}
