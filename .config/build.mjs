// Builds dist/ without a word; what goes wrong is thrown.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { bundle } from './bundle.mjs';
import { declarations } from './declarations.mjs';
import { notices } from './notices.mjs';
import { library, program } from './rolldown.config.mjs';

const folder = program.output.dir;
const chunks = await bundle(program);
mark(folder);
const [entry] = await bundle(library);
writeFileSync(`${folder}/index.mjs`, forImport(entry));
const types = declarations('src/index.ts');
for (const ending of ['mts', 'cts']) writeFileSync(`${folder}/index.d.${ending}`, types);
writeFileSync(`${folder}/THIRD-PARTY-NOTICES.txt`, notices([...chunks, entry]));

// What short commands run, and what every command online does before it has reached a server.
for (const words of [['version'], ['key', 'list'], ['list', 'gun', '-s', 'https://127.0.0.1:9']]) {
  execFileSync(process.execPath, [`${import.meta.dirname}/record-compiled.cjs`, ...words], { stdio: 'ignore' });
}

/**
 * Makes each file a function, as bin/load.js calls it, under a first line with a digest of the content, by which the
 * compiled code is known. ASCII only: Node reads and V8 keeps that in half the room.
 */
function mark(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith('.cjs')) continue;
    const text = readFileSync(`${folder}/${name}`, 'utf8').replace(/[^\0-\x7f]/g, escape);
    const source = `(function (exports, require, module) {${text}\n})`;
    const digest = createHash('sha256').update(source).digest('hex').slice(0, 32);
    writeFileSync(`${folder}/${name}`, `// ${digest}\n${source}`);
  }
}

function escape(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The library for `import`: the very file that `require` gets, so that there is one NotaryError in a process. */
function forImport({ fileName, exports }) {
  return `import library from './${fileName}';\n\nexport const { ${exports.join(', ')} } = library;\n`;
}
