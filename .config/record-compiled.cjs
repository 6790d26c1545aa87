// Runs a command of the built program, and leaves the compiled code of what it ran beside the source: node record-compiled.cjs FILE WORD …
'use strict';
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');

const home = mkdtempSync(join(tmpdir(), 'tsnotary-build-'));
const scripts = [];
const [file] = process.argv.splice(2, 1);
/** What Node has by default, by its major version; adapters/http/undici-client.ts sets another. */
const budget = process.version.startsWith('v20.') ? 1800000 : 13000000;
process.env.HOME = home;
process.on('exit', () => {
  rmSync(home, { recursive: true, force: true });
  // What the program sets for its own use is not part of what compiled code is bound to.
  setFlagsFromString(`--wasm-tiering-budget=${budget}`);
  for (const [script, path] of scripts) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, script.createCachedData());
  }
  process.exitCode = 0;
});
require('../bin/load.js').load(file, {
  onScript(script, path) {
    if (path !== undefined) scripts.push([script, path]);
  },
});
