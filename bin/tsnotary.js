#!/usr/bin/env node
'use strict';
const { argv, argv0 } = process;
// Node would open a debugger port on this signal, and the program takes its time to load.
process.on('SIGUSR1', () => undefined);
const asked = argv[2] === 'docker-cli-plugin-metadata' || argv[3] === 'docker-cli-plugin-metadata';
if (!asked || !require('./docker-plugin.js').answered(argv.slice(2), [argv[1], argv0])) {
  require('./load.js').load(require('node:path').join(__dirname, '../dist/tsnotary.cjs'));
}
