// Runs a command of the built program, and leaves the compiled code of what it ran beside the source: node record-compiled.cjs FILE WORD …
'use strict';
const { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');

const home = mkdtempSync(join(tmpdir(), 'tsnotary-build-'));
const scripts = [];
const [file] = process.argv.splice(2, 1);
/** What Node has by default, by its major version; adapters/http/transport/undici-client.ts sets another. */
const budget = process.version.startsWith('v20.') ? 1800000 : 13000000;
// Within a sandbox there is a home directory that leads to its server.
if (process.env.TSNOTARY_SANDBOX_URL === undefined) process.env.HOME = home;
process.on('exit', () => {
  rmSync(home, { recursive: true, force: true });
  // What the program sets for its own use is not part of what compiled code is bound to.
  setFlagsFromString(`--wasm-tiering-budget=${budget}`);
  for (const [index, [script, path]] of scripts.entries()) {
    const code = script.createCachedData();
    // The first is loaded at every start, and short commands shall not read what others run; of the rest, the most is the best.
    const known = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (index > 0 && known >= code.length) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
  }
  process.exitCode = 0;
});
require('../bin/load.js').load(file, {
  onScript(script, path) {
    if (path !== undefined) scripts.push([script, path]);
  },
});
