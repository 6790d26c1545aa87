// The licences of the packages whose code is in a bundle.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Names each package once, with its version and the text of its licence.
 *
 * @param chunks what was written, with the modules that each file is made of
 * @throws Error for a package that comes without a licence
 */
export function notices(chunks) {
  const folders = new Set(chunks.flatMap(({ moduleIds }) => moduleIds.map(packageOf)).filter(Boolean));
  const packages = [...folders].map(described).sort((one, other) => (one.title < other.title ? -1 : 1));
  const texts = packages.map(({ title, text }) => `${'-'.repeat(78)}\n${title}\n\n${text}\n`);
  return `tsnotary contains code of these packages.\n\n${texts.join('\n')}`;
}

/** Name, version and licence of the package in a directory, and the text of the licence. */
function described(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} ${version} comes without the text of its licence`);
  return { title: `${name} ${version} (${license})`, text: readFileSync(join(folder, file), 'utf8').trim() };
}

/** The directory of the package that a module belongs to; undefined for a module of our own. */
function packageOf(id) {
  if (!/[/\\]node_modules[/\\]/.test(id)) return undefined;
  let folder = dirname(id.replace(/^\0/, ''));
  // A package may hold directories with a package.json that only says how to read their files.
  while (!isPackage(folder)) folder = dirname(folder);
  return folder;
}

function isPackage(folder) {
  const file = join(folder, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version !== undefined;
}
