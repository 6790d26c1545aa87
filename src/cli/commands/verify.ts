/** `verify`: passes a payload on if it is what the published target says. */

import { targetData } from '../../client/read/target-data.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
import { goQuote } from '../../go/quote.ts';
import { UsageError } from '../args/usage-error.ts';
import { rephrasing } from '../run/rephrase-error.ts';
import { defineCommand, jsonOnly } from '../spec/command-spec.ts';
import { atFlag } from './with/as-of.ts';
import { archiveFlag, openForReading } from './with/reading.ts';

const privateFile = 0o600;

/** Notary 0.7.0 ignores it and verifies standard input: what the caller named would never have been looked at. */
function fileAsArgument(gun: string, name: string, file: string): NotaryError {
  const command = ['tsnotary verify', ...[gun, name].map(shellWord), '-i', shellWord(file)].join(' ');
  return new NotaryError(
    'ARGUMENT_IGNORED',
    `verify reads the payload from standard input, or from the file that -i names, and not from the argument ${goQuote(file)}`,
    { details: { arguments: [file] }, hint: `To verify that file: ${command}` },
  );
}

export const verify = defineCommand({
  path: ['verify'],
  operands: '[ GUN ] <target>',
  surplus: 'checked',
  acceptsRepoList: true,
  refusesRepoList({ flags }, list) {
    if (!flags.quiet) return 'with --repos the payload is not passed on; give -q';
    return list === '-' && flags.input === ''
      ? 'the list and the payload cannot both be standard input'
      : undefined;
  },
  short: 'Checks a payload against a published target and passes it on',
  long:
    'Reads a payload, compares it with the published target of that name, and writes it out unchanged if it ' +
    'matches. If it does not match, it writes nothing and the exit status is 1. When standard output is not ' +
    'a terminal, the reason goes to standard error, so that no program takes it for the payload.',
  examples: async () => (await import('../help/examples/targets.ts')).verify,
  stdoutIsPayload: true,
  flags: {
    archive: archiveFlag,
    at: atFlag,
    input: { type: 'string', short: 'i', usage: 'Read the payload from a file and not from standard input' },
    output: { type: 'string', short: 'o', usage: 'Write the payload to a file and not to standard output' },
    quiet: { type: 'bool', short: 'q', usage: 'Write nothing; only the exit status shows the result' },
  },
  async run(context, { args, flags }) {
    const [gun, name] = args;
    if (gun === undefined || name === undefined) throw new UsageError('Must specify a GUN and target');
    const [, , file] = args;
    if (file !== undefined) throw fileAsArgument(gun, name, file);
    await context.configure();
    const { maxPayloadBytes, verifyPayload } = await import('../../client/read/verify-payload.ts');
    const payload =
      flags.input === ''
        ? await rephrasing(
            () => context.files.stdin(maxPayloadBytes),
            (message) => `Error reading content from STDIN: ${message}`,
          )
        : await context.files.read(flags.input, maxPayloadBytes);
    const collection = await openForReading(context, gun, flags);
    const { findTarget } = await import('../../client/read/find-target.ts');
    const target = await rephrasing(
      () => findTarget(collection, name),
      (message) => `error retrieving target by name:${name}, error:${message}`,
    );
    if (!verifyPayload(target, payload)) {
      collection.caution(
        'LENGTH_MISMATCH',
        `the recorded length of ${name} is ${target.meta.length} bytes, that of the payload ${payload.length}`,
        { gun, target: name },
        `the recorded length of ${name} is ${target.meta.length} bytes, that of the payload ${payload.length}; it is not passed on`,
      );
    }
    if (!flags.quiet && (flags.output === '' || flags.output === '-')) context.write(payload);
    else if (!flags.quiet) await context.files.write(flags.output, payload, privateFile);
    return jsonOnly({ gun, target: targetData(target), verified: true });
  },
});
