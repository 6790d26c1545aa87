'use strict';
/**
 * Loads the program as `require` would, and spares Node the compiling where the build has left compiled code
 * for this very Node and this very source beside it: two fifths of what a short command adds to a bare start.
 *
 * Compiled code that does not fit is not used: its name holds the digest that the build has put into the first
 * line of each file, and the version and architecture of Node; V8 refuses what its own flags do not fit.
 */

const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const marked = /^\/\/ ([0-9a-f]{32})\n/;

/** Where the compiled code of a source file lies; undefined for a file that the build has not marked. */
function compiledPath(file, source) {
  const digest = marked.exec(source)?.[1];
  if (digest === undefined) return undefined;
  return join(dirname(file), 'compiled', `${digest}-${process.version}-${process.arch}`);
}

/** The content of a file on disk: text, or bytes without an encoding; undefined for one that cannot be read. */
function onDisk(path, encoding) {
  try {
    return readFileSync(path, encoding);
  } catch {
    return undefined;
  }
}

/**
 * Loads a file and the files that it requires by relative paths.
 *
 * @param read gives the content of a file by its path, as `onDisk` does
 * @param onScript told of each script with the path that its compiled code should have
 */
function load(file, { read = onDisk, onScript } = {}) {
  const modules = new Map();
  const loadFile = (path) => {
    const known = modules.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(path, module);
    const source = read(path, 'utf8');
    if (source === undefined) throw new Error(`${path} is missing: the program has not been built or installed whole`);
    const compiled = compiledPath(path, source);
    const cachedData = onScript === undefined && compiled !== undefined ? read(compiled) : undefined;
    const script = new Script(source, { filename: path, ...(cachedData && { cachedData }) });
    onScript?.(script, compiled);
    const folder = dirname(path);
    const requireFrom = (id) => (id.startsWith('.') ? loadFile(join(folder, id)) : require(id));
    script.runInThisContext().call(module.exports, module.exports, requireFrom, module);
    return module.exports;
  };
  return loadFile(file);
}

module.exports = { load };
