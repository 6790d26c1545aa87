/** `version`: prints the version of the program. */

import { defineCommand, jsonOnly } from '../spec/command-spec.ts';
import { programName } from '../spec/command-tree.ts';

export const version = defineCommand({
  path: ['version'],
  operands: '',
  short: 'Prints version information',
  long: 'Prints the version of this program, the commit it was built from, and what it runs on.',
  examples: async () => (await import('../help/examples/program.ts')).version,
  flags: {},
  async run(context) {
    const { build } = context;
    context.print(programName);
    context.print(` Version:    ${build.version}`);
    context.print(` Git commit: ${build.commit}`);
    context.print(` Go version: ${build.runtime}`);
    return jsonOnly({ version: build.version, commit: build.commit, runtime: build.runtime });
  },
});
