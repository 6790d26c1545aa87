/** `delegation remove`: stages the removal of a delegation, or of some of its keys and paths. */

import { asCanonicalKeyId } from '../../../crypto/keys/key-id.ts';
import { NotaryError } from '../../../errors.ts';
import { isDelegation } from '../../../metadata/role-name.ts';
import { UsageError } from '../../args/usage-error.ts';
import { pathNames } from '../../render/roles.ts';
import { escapeForTerminal, terminalSafe } from '../../render/terminal-escape.ts';
import { namedKeys } from '../../run/named-keys.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';
import { autoPublish, publishFlag } from '../with/publish-flag.ts';

const question = '\nAre you sure you want to remove all data for this delegation? (yes/no)';

export const delegationRemove = defineCommand({
  path: ['delegation', 'remove'],
  operands: '[ GUN ] [ Role ] <KeyID 1> ...',
  acceptsRepoList: true,
  short: 'Stages removing a delegation, or revokes its keys and paths',
  long:
    'Stages the removal of keys or paths of a delegation for the next publish: it revokes the holders of ' +
    'the keys. Without keys and paths it removes the whole delegation, after a question. Works offline ' +
    'unless -p is given.',
  examples: async () => (await import('../../help/examples/delegations.ts')).remove,
  flags: {
    'all-paths': { type: 'bool', usage: 'Remove all paths from the delegation' },
    paths: { type: 'strings', usage: 'Paths to remove from the delegation' },
    publish: publishFlag,
    yes: { type: 'bool', short: 'y', usage: 'Remove the whole delegation without asking' },
  },
  async run(context, { args, flags }) {
    const [gun, role, ...given] = args;
    if (gun === undefined || role === undefined) {
      throw new UsageError(
        'must specify the Global Unique Name and the role of the delegation along with optional keyIDs and/or a list of paths to remove',
      );
    }
    const allPaths = flags['all-paths'];
    const paths = allPaths ? undefined : flags.paths;
    const whole = given.length === 0 && paths === undefined && !allPaths;
    await context.configure();
    if (!isDelegation(role)) throw new NotaryError('INVALID_ROLE', `invalid delegation name ${role}`);
    const collection = await context.openRepository(gun, 'offline');
    const keyIds = await namedKeys(context, given, { gun });
    if (flags.paths?.length === 0 && keyIds.length > 0 && !allPaths)
      collection.caution(
        'NOTHING_STAGED',
        '--paths names no path, so none is staged; --all-paths stands for all',
        {},
        '--paths names no path; nothing is staged. --all-paths stands for all',
      );
    if (whole) {
      if (flags.yes) context.print(`${question}\nConfirmed \`yes\` from flag`);
      else if (!(await context.prompter.confirm(`${question}\n`)))
        throw new NotaryError('ABORTED', 'Aborting action.');
    }
    const { removeDelegation } = await import('../../../client/stage/delegations.ts');
    await removeDelegation(collection, {
      role,
      keyIds: keyIds.map(asCanonicalKeyId),
      paths: paths ?? [],
      allPaths,
      whole,
    });
    const items = [
      ...(keyIds.length > 0 ? [terminalSafe`with keys [${keyIds.join(' ')}], `] : []),
      ...(allPaths ? ['with all paths, '] : []),
      ...(paths === undefined
        ? []
        : [`with paths [${pathNames(paths).map(escapeForTerminal).join('\n')}], `]),
    ];
    const what = whole
      ? terminalSafe`Forced removal (including all keys and paths) of delegation role ${role} `
      : terminalSafe`Removal of delegation role ${role} ` + items.join('');
    context.print('');
    context.print(what + terminalSafe`to repository "${gun}" staged for next publish.`);
    context.print('');
    return jsonOnly({
      gun,
      role,
      whole,
      keyIds,
      paths: paths ?? [],
      allPaths,
      ...(await autoPublish(context, gun, flags.publish)),
    });
  },
});
