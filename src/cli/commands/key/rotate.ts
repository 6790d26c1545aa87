/** `key rotate`: replaces the keys of a base role. */

import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import type { RotationPreview } from '../../../client/rotate/rotation-preview.ts';
import type { PrivateKey } from '../../../crypto/keys/private-key.ts';
import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import { rephrasing } from '../../run/rephrase-error.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, jsonOnly, type Shown } from '../../spec/command-spec.ts';
import { confirmed, declined, yesFlag } from '../with/declined.ts';
import { dryRunFlags } from '../with/dry-run-flags.ts';

const rootQuestion = `Warning: you are about to rotate your root key.

You must use your old key to sign this root rotation.
Are you sure you want to proceed?  (yes/no)  `;

export const keyRotate = defineCommand({
  path: ['key', 'rotate'],
  operands: '[ GUN ] [ key role ]',
  acceptsRepoList: true,
  short: 'Replaces the key of a base role and publishes that at once',
  long:
    'Replaces the keys of root, targets, snapshot or timestamp by new ones and publishes that at once; it ' +
    'neither publishes nor discards staged changes. With --server-managed the trust server makes and holds ' +
    'the new key: possible for snapshot, necessary for timestamp.',
  examples: async () => (await import('../../help/examples/keys.ts')).rotate,
  flags: {
    ...dryRunFlags,
    key: {
      type: 'strings',
      short: 'k',
      usage: 'PEM files of the new keys; by default a key is made',
    },
    legacy: {
      type: 'int',
      short: 'l',
      usage: 'Older roots whose keys sign a new root too; -1 for all',
    },
    yes: { ...yesFlag, usage: 'Rotate the root key without asking' },
    'server-managed': { type: 'bool', short: 'r', usage: 'Let the trust server make and hold the key' },
  },
  async run(context, { args, flags }) {
    const [gun, role] = args;
    if (gun === undefined || role === undefined) {
      throw new UsageError('Must specify a GUN and a key role to rotate');
    }
    const serverManaged = flags['server-managed'];
    if (flags['dry-run'])
      return preview(context, gun, { role, serverManaged, files: flags.key ?? [] }, flags);
    const collection = await context.openRepository(gun, '*');
    const broughtKeys: PrivateKey[] = [];
    for (const path of flags.key ?? []) broughtKeys.push(await openKey(context, collection, path, role));
    if (role === 'root') {
      if (flags.yes) context.print(`${rootQuestion}\nConfirmed \`yes\` from flag`);
      else if (!(await confirmed(context, rootQuestion))) {
        context.print('\nAborting action.');
        declined(context, `the keys of ${gun} stay`);
        return jsonOnly({ gun, role, rotated: false });
      }
    }
    const { checkRotation, rotateKey } = await import('../../../client/rotate/rotate-key.ts');
    checkRotation(role, serverManaged);
    await rotateKey(collection, {
      ...{ role, serverManaged, broughtKeys },
      newKeyIds: [],
      legacyVersions: flags.legacy,
    });
    context.print(terminalSafe`Successfully rotated ${role} key for repository ${gun}`);
    return jsonOnly({ gun, role, rotated: true });
  },
});

async function preview(
  context: CommandContext,
  gun: string,
  rotation: RotationPreview,
  { full, 'exit-code': exitCode }: { readonly full: boolean; readonly 'exit-code': boolean },
): Promise<Shown> {
  const collection = await context.openRepository(gun, 'pull', 'read-only');
  const { previewRotation } = await import('../../../client/rotate/rotation-preview.ts');
  const { shownDifference } = await import('../with/dry-run.ts');
  const difference = await previewRotation(collection, rotation);
  return shownDifference(context, collection, difference, { full, exitCode, to: 'dry-run' });
}

/** The key of a file. It is stored only when the rotation has begun, so that giving up leaves nothing behind. */
async function openKey(
  context: CommandContext,
  { cryptoService }: RepositoryPorts,
  path: string,
  role: string,
): Promise<PrivateKey> {
  const pem = await rephrasing(
    () => context.files.read(path),
    (message) => `Error reading input root key file: ${message}`,
  );
  const { checkKeyFromFile } = await import('../../../keys/user-key-file.ts');
  // What is typed for a brought file is not what protects it here.
  const key = await (await context.openKeys()).cryptoService.open(pem, role);
  await checkKeyFromFile(cryptoService, key, role);
  return key;
}
