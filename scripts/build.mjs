// Builds dist/ without a word; what goes wrong is thrown.
import { writeFileSync } from 'node:fs';
import { bundle } from './bundle.mjs';
import { declarations } from './declarations.mjs';
import { writeManPage } from './man-page.mjs';
import { notices } from './notices.mjs';
import { buildProgram, recordCompiled } from './program.mjs';
import { library } from '../.config/rolldown.config.mjs';

const folder = 'dist';
const chunks = await buildProgram(folder);
const [entry] = await bundle(library(folder));
writeFileSync(`${folder}/index.mjs`, forImport(entry));
const types = declarations('src/index.ts');
for (const ending of ['mts', 'cts']) writeFileSync(`${folder}/index.d.${ending}`, types);
writeFileSync(`${folder}/THIRD-PARTY-NOTICES.txt`, notices([...chunks, entry]));
await writeManPage(folder);
recordCompiled(process.execPath, folder);

/** The library for `import`: the very file that `require` gets, so that there is one NotaryError in a process. */
function forImport({ fileName, exports }) {
  return `import library from './${fileName}';\n\nexport const { ${exports.join(', ')} } = library;\n`;
}
