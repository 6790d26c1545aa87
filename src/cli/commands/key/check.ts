/** `key check`: opens private keys with the passphrases that are at hand, and says which published roles expect them. */

import type { ExpectedKeys } from '../../../client/read/expected-keys.ts';
import { refusingCache } from '../../../client/update/refusing-cache.ts';
import type { CanonicalKeyId } from '../../../crypto/keys/key-id.ts';
import type { NotaryError } from '../../../errors.ts';
import { UsageError } from '../../args/usage-error.ts';
import { namedKeys } from '../../run/named-keys.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, rendered, type Shown } from '../../spec/command-spec.ts';
import { listedGuns } from '../with/listed-guns.ts';

export const keyCheck = defineCommand({
  path: ['key', 'check'],
  extension: true,
  operands: '[ keyID ] ...',
  surplus: 'checked',
  short: 'Opens private keys, and says which published roles expect them',
  long:
    'Opens each private key, or those that are named, with the passphrase that a publish would use, and looks for ' +
    'the roles that list it: in the metadata that this machine has verified, or with --gun in what the trust server ' +
    'serves of that repository. At a terminal it asks for passphrases that are not at hand, unless --no-input is ' +
    'given. It changes nothing. The exit status is 0 when every key opens and is expected, 3 when one opens that no ' +
    'published role expects, or with --gun when no key is here, 4 when one does not open, and 1 when it could not look.',
  examples: async () => (await import('../../help/examples/keys.ts')).check,
  flags: {
    gun: { type: 'strings', extension: true, usage: 'Ask the trust server what these GUNs expect' },
    repos: {
      type: 'strings',
      extension: true,
      usage: 'File of GUNs, one a line, to ask the trust server about; - for standard input',
    },
  },
  async run(context, { args, flags }): Promise<Shown> {
    // An empty variable of a script must not stand for the cache.
    if (flags.gun?.length === 0) throw new UsageError('--gun must name a GUN');
    if (flags.repos?.length === 0) throw new UsageError('--repos must name a file');
    if (args.includes('')) throw new UsageError('a key ID must not be empty');
    await context.configure();
    const guns = [...(flags.gun ?? []), ...(await listedGuns(flags.repos ?? [], context.files))];
    const keyIds = await idsOf(context, args);
    const expected = guns.length === 0 ? await expectedHere(context) : await expectedThere(context, guns);
    const { storage, retrieve } = await context.openKeys('read-only');
    const { openKeys } = await import('../../../keys/check-keys.ts');
    const opened = await openKeys({ storage, retrieve, log: context.log }, keyIds);
    // A key of another repository is none that these could expect, unless it is asked for by its ID.
    const isAbout = (gun: string) => guns.length === 0 || gun === '' || guns.includes(gun) || args.length > 0;
    const { checkedKeys, keyCheckView, statusOf } = await import('../../render/key-check.ts');
    const rows = checkedKeys(
      opened.filter(({ gun }) => isAbout(gun)),
      expected,
    );
    if (!context.forProgram)
      for (const { failure } of rows)
        if (failure !== undefined) context.log.error(wordsOf(failure), failure.code);
    const names = await namesOf(context);
    const result = rendered(keyCheckView, { rows, names, from: guns.length === 0 ? 'cache' : 'server' });
    // Keys that were to be here for these, and are not.
    const none = rows.length === 0 && guns.length > 0;
    return { ...result, status: none ? 3 : statusOf(rows) };
  },
});

/** A hint that names the key says it all. */
function wordsOf({ message, hint, details }: NotaryError): string {
  if (hint === undefined) return message;
  const { key } = details;
  return typeof key === 'string' && hint.includes(key) ? hint : `${message}. ${hint}`;
}

/** @throws NotaryError as `namedKeys`; USAGE */
async function idsOf(context: CommandContext, words: readonly string[]): Promise<readonly CanonicalKeyId[]> {
  if (words.length === 0) return [];
  const { parseKeyId } = await import('../../../keys/remove-key.ts');
  return (await namedKeys(context, words, { here: true })).map(parseKeyId);
}

async function expectedHere(context: CommandContext): Promise<ExpectedKeys> {
  const { ExpectedKeys, expectByCache } = await import('../../../client/read/expected-keys.ts');
  const { parseGun } = await import('../../../metadata/gun.ts');
  const held = await context.openHeldNames();
  const expected = new ExpectedKeys();
  const guns = new Set((await held.metadata.files()).map(({ gun }) => gun));
  for (const gun of [...guns].sort())
    await expectByCache(expected, gun, held.cacheOf(parseGun(gun)), context.log);
  return expected;
}

/** What an earlier update has left here does not do in place of the server. */
async function expectedThere(context: CommandContext, guns: readonly string[]): Promise<ExpectedKeys> {
  const { ExpectedKeys, expectByServer } = await import('../../../client/read/expected-keys.ts');
  const expected = new ExpectedKeys();
  for (const gun of new Set(guns)) {
    const collection = await context.openRepository(gun, 'pull', 'read-only');
    await expectByServer(expected, { ...collection, caution: refusingCache(collection.caution) });
  }
  return expected;
}

async function namesOf(context: CommandContext) {
  const { knownKeys } = await import('../../../composition/known-keys.ts');
  const held = await context.openHeldNames();
  const quiet = { ...context.log, warn: () => undefined, error: () => undefined };
  const { names } = await knownKeys({
    ...{ held, log: quiet },
    collaborators: await context.openCollaborators(),
  });
  return names;
}
