/** `collaborator adopt`: takes names from docker's roles and from certificates into the file, when a person agrees. */

import type { Proposal } from '../../../collaborators/proposals.ts';
import type { CanonicalKeyId } from '../../../crypto/keys/key-id.ts';
import { NotaryError } from '../../../errors.ts';
import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';
import { yesFlag } from '../with/declined.ts';
import { publishedNames, refuseMore, rolesOfKeys } from './published-names.ts';

export const collaboratorAdopt = defineCommand({
  path: ['collaborator', 'adopt'],
  operands: '[ GUN ]',
  surplus: 'refused',
  acceptsRepoList: true,
  reposInOrder: true,
  short: 'Takes names from roles and certificates into the file',
  long:
    'Looks through the delegations of a published collection and proposes a name for each key that the file of ' +
    'collaborators does not have: of the role targets/NAME that docker makes for a signer, else of the ' +
    "certificate, which is its maker's own word. It asks about each; -y takes the proposals, without those of " +
    'certificates that claim a name that has other keys.',
  examples: async () => (await import('../../help/examples/collaborators.ts')).adopt,
  flags: { yes: { ...yesFlag, usage: 'Take the proposals without asking' } },
  async run(context, { args, flags }) {
    const [gun, ...others] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    refuseMore(others);
    const store = await context.openCollaborators();
    const { delegations, names } = await publishedNames(context, store, gun);
    const { addCollaborators } = await import('../../../collaborators/edit-file.ts');
    const { proposedNames } = await import('../../../collaborators/proposals.ts');
    const { proposals, unfit } = proposedNames(names);
    for (const { keyId, name, defect } of unfit)
      context.log.warn(
        `the key ${keyId} calls itself ${JSON.stringify(name)}, which ${defect}`,
        'NAME_UNFIT',
      );
    if (proposals.length > 0 && !flags.yes && !context.noInput && !context.prompter.interactive)
      throw new NotaryError(
        'ABORTED',
        `${proposals.length} names are proposed, and there is no terminal to ask at`,
        {
          details: { gun },
          hint: 'Give -y to take the proposals, or "tsnotary collaborator add" for single keys.',
        },
      );
    const roles = rolesOfKeys(delegations);
    const adopted: Proposal[] = [];
    for (const proposal of proposals)
      if (await isTaken(context, proposal, roles.get(proposal.keyId) ?? [], flags.yes))
        adopted.push(proposal);
    const keys = new Map<string, CanonicalKeyId[]>();
    for (const { keyId, collaborator } of adopted) {
      const held = keys.get(collaborator);
      if (held === undefined) keys.set(collaborator, [keyId]);
      else held.push(keyId);
    }
    if (keys.size > 0) await addCollaborators(store, keys);
    for (const { keyId, collaborator } of adopted)
      context.print(terminalSafe`${collaborator} has the key ${keyId}.`);
    if (adopted.length === 0) context.print(terminalSafe`No name of ${gun} was taken into ${store.path}.`);
    const changes = adopted.map(({ keyId, collaborator, nameSource }) => ({
      ...{ op: 'add', what: 'key', keyId, collaborator, nameSource: 'file', proposedBy: nameSource },
    }));
    return jsonOnly({ gun, file: store.path, changes });
  },
});

async function isTaken(
  { log, prompter }: CommandContext,
  { keyId, collaborator, nameSource, taken }: Proposal,
  roles: readonly string[],
  yes: boolean,
): Promise<boolean> {
  const claim = `the certificate of the key ${keyId} says ${JSON.stringify(collaborator)}, which other keys have or claim`;
  if (yes && taken) log.warn(`${claim}: it is not taken without a question`, 'NAME_NOT_ADOPTED');
  if (yes) return !taken;
  const source = nameSource === 'role' ? `the role targets/${collaborator}` : 'its own certificate';
  const warning = taken
    ? terminalSafe`${collaborator} is the name of other keys, or their certificates say so as well. `
    : '';
  return prompter.confirm(
    terminalSafe`The key ${keyId} in ${roles.join(', ')} is called ${collaborator} by ${source}. ` +
      `${warning}Take this name? (yes/no) `,
  );
}
