#!/usr/bin/env node
'use strict';
// Node would open a debugger port on this signal, and the program takes its time to load.
process.on('SIGUSR1', () => undefined);
require('./load.js').load(require('node:path').join(__dirname, '../dist/tsnotary.cjs'));
