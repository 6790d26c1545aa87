/** What a script sees of an error of the built library. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../support/genuine/programs.ts';

const shown = (script: string, type: string) =>
  spawnSync(process.execPath, [`--input-type=${type}`, '-e', script], { encoding: 'utf8', cwd: repository })
    .stdout;

const failing = `
library.openRepository({ trustDir: '/nowhere', gun: 'a', server: 'no URL' }).catch((error) => {
  console.log(error.constructor.name, error.name, Object.keys(error).includes('name'), library.NotaryError.name);
  console.log(error.stack.split('\\n')[0]);
  console.log(require('node:util').inspect(error).split('\\n')[0]);
});`;

describe('the built library', () => {
  it('the built library throws errors under the name of their class', () => {
    const message = 'NotaryError: the option server must look like https://HOST:PORT';
    const script = `const library = require(${JSON.stringify(join(repository, 'dist/index.cjs'))});${failing}`;
    expect(shown(script, 'commonjs')).toBe(
      `NotaryError NotaryError false NotaryError\n${message}\n${message}\n`,
    );
  });
});
