/** `delegation remove`: stages the removal of a delegation, or of some of its keys and paths. */

import { asCanonicalKeyId } from '../../../crypto/keys/key-id.ts';
import { NotaryError } from '../../../errors.ts';
import { isDelegation } from '../../../metadata/role-name.ts';
import type { Caution } from '../../../ports/log.ts';
import { UsageError } from '../../args/usage-error.ts';
import { pathNames } from '../../render/roles.ts';
import { escapeForTerminal, terminalSafe } from '../../render/terminal-escape.ts';
import { namedKeys } from '../../run/named-keys.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';
import { confirmed } from '../with/declined.ts';
import { dryRunFlags } from '../with/dry-run-flags.ts';
import { autoPublish, publishFlag } from '../with/publish-flag.ts';
import { cautionAtStaging } from '../with/target-flags.ts';

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
    ...dryRunFlags,
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
    const isLook = flags['dry-run'];
    const collection = isLook
      ? await (await import('../with/dry-run.ts')).openForLook(context, gun, flags.publish)
      : await context.openRepository(gun, 'offline');
    const keyIds = await namedKeys(context, given, { gun, current: isLook || flags.publish });
    if (keyIds.length > 0 && !allPaths) cautionOfNoPath(flags.paths, collection.caution);
    await cautionAtStaging(collection, { roles: [role], publish: isLook || flags.publish });
    if (whole && !isLook) {
      if (flags.yes) context.print(`${question}\nConfirmed \`yes\` from flag`);
      else if (!(await confirmed(context, `${question}\n`)))
        throw new NotaryError('ABORTED', 'Aborting action.', {
          hint: context.forProgram ? 'Give -y to do it without a question.' : undefined,
        });
    }
    const { removeDelegation } = await import('../../../client/stage/delegations.ts');
    await removeDelegation(collection, {
      role,
      keyIds: keyIds.map(asCanonicalKeyId),
      paths: paths ?? [],
      allPaths,
      whole,
    });
    if (isLook) return (await import('../with/dry-run.ts')).lookAtStaged(context, collection, flags);
    context.print('');
    context.print(
      removalText(role, { whole, keyIds, allPaths, paths }) +
        terminalSafe`to repository "${gun}" staged for next publish.`,
    );
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

/** An unset variable in `--paths "$PATHS"` names no path. @throws NotaryError NOTHING_STAGED, when strict */
function cautionOfNoPath(paths: readonly string[] | undefined, caution: Caution): void {
  if (paths?.length !== 0) return;
  caution(
    'NOTHING_STAGED',
    '--paths names no path, so none is staged; --all-paths stands for all',
    {},
    '--paths names no path; nothing is staged. --all-paths stands for all',
  );
}

interface Removal {
  readonly whole: boolean;
  readonly keyIds: readonly string[];
  readonly allPaths: boolean;
  readonly paths: readonly string[] | undefined;
}

/** The words of Notary 0.7.0 for what is staged. */
function removalText(role: string, { whole, keyIds, allPaths, paths }: Removal): string {
  if (whole) return terminalSafe`Forced removal (including all keys and paths) of delegation role ${role} `;
  const items = [
    ...(keyIds.length > 0 ? [terminalSafe`with keys [${keyIds.join(' ')}], `] : []),
    ...(allPaths ? ['with all paths, '] : []),
    ...(paths === undefined ? [] : [`with paths [${pathNames(paths).map(escapeForTerminal).join('\n')}], `]),
  ];
  return terminalSafe`Removal of delegation role ${role} ` + items.join('');
}
