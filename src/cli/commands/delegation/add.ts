/** `delegation add`: stages keys and paths for a delegation. */

import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import type { addDelegation } from '../../../client/stage/delegations.ts';
import type { PublicKey } from '../../../crypto/keys/public-key.ts';
import { isNotaryError, rephrased, sameWords } from '../../../errors.ts';
import type { Caution } from '../../../ports/log.ts';
import { UsageError } from '../../args/usage-error.ts';
import { pathNames } from '../../render/roles.ts';
import { escapeForTerminal, terminalSafe } from '../../render/terminal-escape.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';
import { autoPublish, publishFlag } from '../with/publish-flag.ts';

export const delegationAdd = defineCommand({
  path: ['delegation', 'add'],
  operands: '[ GUN ] [ Role ] <X509 file path 1> ...',
  acceptsRepoList: true,
  short: 'Stages keys and paths for a delegation',
  long:
    'Stages a delegation for the next publish, or more keys and paths for an existing one. Keys are PEM ' +
    'files with a certificate or a public key. A delegation without paths can sign nothing. Works offline ' +
    'unless -p is given.',
  examples: async () => (await import('../../help/examples/delegations.ts')).add,
  flags: {
    'all-paths': { type: 'bool', usage: 'Let the delegation sign targets of any name' },
    paths: { type: 'strings', usage: 'Prefixes of target names that the role may sign' },
    publish: publishFlag,
  },
  async run(context, { args, flags }) {
    const [gun, role, ...keyFiles] = args;
    const allPaths = flags['all-paths'] || flags.paths?.includes('') === true;
    const pathsGiven = allPaths || flags.paths !== undefined;
    if (gun === undefined || role === undefined || (keyFiles.length === 0 && !pathsGiven)) {
      throw new UsageError(
        'must specify the Global Unique Name and the role of the delegation along with the public key certificate paths and/or a list of paths to add',
        await roleHint(context, args),
      );
    }
    await context.configure();
    const keys: PublicKey[] = [];
    for (const path of keyFiles) keys.push(await readKey(context, gun, path));
    const paths = allPaths ? [''] : (flags.paths ?? []);
    const collection = await context.openRepository(gun, 'offline');
    if (flags.paths?.length === 0 && keys.length > 0 && !allPaths) cautionOfNoPath(collection.caution);
    if (!flags.publish) await cautionOfNoParent(collection, role);
    await stageAddition(context, collection, { args, role, keys, paths });
    const { canonicalKeyId } = await import('../../../crypto/keys/verification-key.ts');
    const items = [
      ...(keys.length > 0 ? [`with keys [${keys.map(canonicalKeyId).join(' ')}], `] : []),
      ...(pathsGiven ? [`with paths [${pathNames(paths).map(escapeForTerminal).join('\n')}], `] : []),
    ];
    context.print('');
    context.print(
      terminalSafe`Addition of delegation role ${role} ` +
        items.join('') +
        terminalSafe`to repository "${gun}" staged for next publish.`,
    );
    context.print('');
    // With -p the publish says it.
    if (!flags.publish) await warnAtStaging(collection, role, { keys, paths });
    return jsonOnly({
      gun,
      role,
      keyIds: keys.map(canonicalKeyId),
      paths,
      ...(await autoPublish(context, gun, flags.publish)),
    });
  },
});

/** An unset variable in `--paths "$PATHS"` names no path. @throws NotaryError NOTHING_STAGED, when strict */
function cautionOfNoPath(caution: Caution): void {
  caution(
    'NOTHING_STAGED',
    '--paths names no path, so none is staged; --all-paths stands for all',
    {},
    '--paths names no path; nothing is staged. --all-paths stands for all',
  );
}

async function cautionOfNoParent(collection: RepositoryPorts, role: string): Promise<void> {
  const { cautionOfUnknownParent } = await import('../../../client/stage/known-roles.ts');
  await cautionOfUnknownParent(collection, role);
}

async function stageAddition(
  context: CommandContext,
  collection: RepositoryPorts,
  { args, ...addition }: Parameters<typeof addDelegation>[1] & { readonly args: readonly string[] },
): Promise<void> {
  const { addDelegation: add } = await import('../../../client/stage/delegations.ts');
  try {
    await add(collection, addition);
  } catch (error) {
    if (!isNotaryError(error, 'INVALID_ROLE')) throw error;
    throw rephrased(error, sameWords, { hint: (await roleHint(context, args)) ?? error.hint });
  }
}

async function warnAtStaging(
  collection: RepositoryPorts,
  role: string,
  { keys, paths }: { readonly keys: readonly PublicKey[]; readonly paths: readonly string[] },
): Promise<void> {
  if (keys.length > 0) {
    const { warnAtDelegation } = await import('../../../client/stage/snapshot-key-warning.ts');
    await warnAtDelegation(collection);
  } else {
    const { sayCoveredPaths } = await import('../../../client/stage/covered-paths.ts');
    await sayCoveredPaths(collection, role, paths);
  }
}

async function roleHint(
  context: CommandContext,
  [gun, ...words]: readonly string[],
): Promise<string | undefined> {
  if (gun === undefined) return undefined;
  return (await import('../with/delegation-arguments.ts')).forgottenRole(context, gun, words);
}

async function readKey(context: CommandContext, gun: string, path: string): Promise<PublicKey> {
  const { parseDelegationKey } = await import('../../../client/stage/delegation-key-file.ts');
  let pem: Uint8Array;
  try {
    pem = await context.files.read(path);
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    const missing = isNotaryError(cause, 'FILE_UNREADABLE') && cause.details.missing === true;
    if (!missing) throw rephrased(cause, () => `unable to read public key from file: ${path}`);
    const { nameInPlaceOfFile } = await import('../with/delegation-arguments.ts');
    const hint = (await nameInPlaceOfFile(context, gun, path)) ?? cause.hint;
    throw rephrased(cause, () => `file for public key does not exist: ${path}`, { hint });
  }
  return parseDelegationKey(path, pem, context);
}
