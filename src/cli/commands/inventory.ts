/** `inventory`: lists what is signed, where it is in the registry, and what is left to sign elsewhere. */

import { UsageError } from '../args/usage-error.ts';
import { defineCommand } from '../spec/command-spec.ts';
import { archiveFlag } from './with/reading.ts';

export const inventory = defineCommand({
  path: ['inventory'],
  extension: true,
  operands: '[ GUN ] ...',
  surplus: 'checked',
  acceptsRepoList: true,
  short: 'Lists what is signed, and what is left to sign elsewhere',
  long:
    'Lists every target that readers believe: the digest that was signed, its size, the role, who has signed it, and ' +
    'whether docker takes it. With --registry it says whether the image is there and what its tag stands for now; with ' +
    '--check whether a signature of cosign or notation is there, which says nothing of whether it verifies. --missing ' +
    'lists what docker takes and has no such signature; --format refs prints it as references by digest, one a line, ' +
    'for xargs: the digest that was signed, whatever the tag stands for now. Status 3 when something is left to sign, or ' +
    'a tag or an image is not what was signed (0 with --format refs, but 3 when something has no digest), 4 when a role cannot be believed, and 1 when the ' +
    'server or the registry could not be asked, which is never taken for a missing signature. With --archive and no GUN it lists all that is in the archive.',
  examples: async () => (await import('../help/examples/inventory.ts')).inventory,
  flags: {
    archive: archiveFlag,
    check: {
      type: 'strings',
      extension: true,
      usage: 'Look for signatures of these in the registry: cosign, notation, or both with a comma',
    },
    format: {
      type: 'string',
      extension: true,
      filled: true,
      usage: 'Format of the output: table (default), json, csv or refs',
    },
    missing: {
      type: 'string',
      extension: true,
      filled: true,
      usage: 'Only what has no signature of cosign, or of notation, in the registry',
    },
    'plain-http': {
      type: 'strings',
      extension: true,
      usage:
        'Speak plain http to this registry, HOST or HOST:PORT; one of this machine is asked which it speaks',
    },
    registry: {
      type: 'bool',
      extension: true,
      usage: 'Look at the images in their registry, with the login of docker',
    },
  },
  refusesRepoList({ args }) {
    const [first] = args;
    return first === undefined
      ? undefined
      : `the GUNs are those that --repos names: ${first} cannot be given as well`;
  },
  gathers({ flags }) {
    if (flags.format === 'json') return undefined;
    return import('./with/inventory-report.ts').then(({ gatherInventory }) => gatherInventory(flags));
  },
  stdoutIsPayload: true,
  async run(context, { args, flags }) {
    if (args.length === 0 && flags.archive === '') throw new UsageError('Must specify a GUN');
    const { runInventory } = await import('./with/inventory-report.ts');
    return runInventory(context, [...new Set(args)], flags);
  },
});
