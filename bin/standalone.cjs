// What the standalone executable starts with; bin/tsnotary.js does the same where there is a Node.
'use strict';
const { getRawAsset } = require('node:sea');
const { answered } = require('./docker-plugin.js');
const { load } = require('./load.js');

// The signal is not the debugger's, and must not end the program while it loads.
process.on('SIGUSR1', () => undefined);
if (!answered(process.argv.slice(2), [process.argv0])) load('tsnotary.cjs', { read: inExecutable });

/** The content of a built file, text or bytes; undefined for one that is not in the executable. */
function inExecutable(path, encoding) {
  try {
    const bytes = Buffer.from(getRawAsset(path));
    return encoding === undefined ? bytes : bytes.toString(encoding);
  } catch {
    return undefined;
  }
}
