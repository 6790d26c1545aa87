/** `addhash`: stages a target by size and hashes, without the file. */

import { type HashAlgorithm, hashAlgorithms, hashLengths } from '../../crypto/signatures/hash-lengths.ts';
import { toBase64 } from '../../encoding/bytes.ts';
import { NotaryError } from '../../errors.ts';
import { parseInteger } from '../../go/parse-int.ts';
import { goQuoteCharacter } from '../../go/quote.ts';
import { UsageError } from '../args/usage-error.ts';
import { terminalSafe } from '../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../spec/command-spec.ts';
import { autoPublish } from './with/publish-flag.ts';
import {
  cautionAtStaging,
  cautionOfNoRole,
  readCustom,
  stagedRoles,
  targetFlags,
} from './with/target-flags.ts';

export const addhash = defineCommand({
  path: ['addhash'],
  operands: '[ GUN ] <target> <byte size> <hashes>',
  acceptsRepoList: true,
  short: 'Stages a target by its size and hashes',
  long:
    'Stages a target for the next publish without its file: by its size in bytes and at least one hash, ' +
    'given as --sha256 or --sha512. Works offline unless -p is given.',
  examples: async () => (await import('../help/examples/targets.ts')).addhash,
  flags: {
    ...targetFlags,
    sha256: { type: 'string', usage: 'SHA-256 hash of the target in hexadecimal' },
    sha512: { type: 'string', usage: 'SHA-512 hash of the target in hexadecimal' },
  },
  async run(context, { args, flags }) {
    const [gun, name, size] = args;
    const given = hashAlgorithms.filter((algorithm) => flags[algorithm] !== '');
    if (gun === undefined || name === undefined || size === undefined || given.length === 0) {
      throw new UsageError('Must specify a GUN, target, byte size of target data, and at least one hash');
    }
    await context.configure();
    const custom = await readCustom(context.files, flags.custom);
    const length = exactLength(size);
    const collection = await context.openRepository(gun, 'offline');
    cautionOfNoRole(flags.roles, collection.caution);
    await cautionAtStaging(collection, flags);
    const hashes = new Map(given.map((algorithm) => [algorithm, hashOf(algorithm, flags[algorithm])]));
    const { addTarget } = await import('../../client/stage/add-target.ts');
    await addTarget(collection, { name, meta: { length, hashes, ...custom }, roles: flags.roles ?? [] });
    context.print(
      terminalSafe`Addition of target "${name}" by ${given.join(', ')} hash to repository "${gun}" staged for next publish.`,
    );
    return jsonOnly({
      gun,
      target: name,
      roles: stagedRoles(flags.roles),
      ...(await autoPublish(context, gun, flags.publish)),
    });
  },
});

/** Sizes beyond 2^53 are no sizes of files. */
function exactLength(text: string): number {
  const length = Number(parseInteger(text));
  if (Number.isSafeInteger(length)) return length;
  throw new NotaryError('MALFORMED_NUMBER', `strconv.ParseInt: parsing "${text}": value out of range`);
}

/** A hash in base64, from hexadecimal digits of either case. */
function hashOf(algorithm: HashAlgorithm, hex: string): string {
  if (Buffer.byteLength(hex) !== 2 * hashLengths[algorithm]) {
    throw new NotaryError('MALFORMED_HASH', `invalid ${algorithm} hex contents provided`);
  }
  const wrong = /[^0-9a-fA-F]/.exec(hex);
  if (wrong !== null) {
    const byte = Buffer.from(wrong[0])[0] ?? 0;
    const point = `U+${byte.toString(16).toUpperCase().padStart(4, '0')}`;
    const shown = goQuoteCharacter(String.fromCharCode(byte));
    throw new NotaryError('MALFORMED_HASH', `encoding/hex: invalid byte: ${point} ${shown}`);
  }
  return toBase64(Buffer.from(hex, 'hex'));
}
