// Runs commands one after another where a server is at hand, each as record-compiled.cjs does: node record-online.cjs '[["WORD", …], …]'
'use strict';
const { execFileSync } = require('node:child_process');

for (const words of JSON.parse(process.argv[2])) {
  execFileSync(process.execPath, [`${__dirname}/record-compiled.cjs`, 'tsnotary.cjs', ...words], { stdio: 'ignore' });
}
