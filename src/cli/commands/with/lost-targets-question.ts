/** Asks about lost targets: what is to become of tags that would vanish with a revocation. */

import { planRevocation, type RevocationPlan } from '../../../client/revoke/plan.ts';
import type { Revocation } from '../../../client/revoke/planned-roles.ts';
import { describedKey } from '../../../collaborators/find-keys.ts';
import { namedKey } from '../../../collaborators/names.ts';
import type { CanonicalKeyId } from '../../../crypto/keys/key-id.ts';
import { NotaryError } from '../../../errors.ts';
import { escapeForTerminal } from '../../render/terminal-escape.ts';
import type { Layout } from '../../render/view.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import type { RevocationRequest } from './revocation-request.ts';

/** What is shown before a question is shown on a terminal. */
export const layoutOfQuestions: Layout = { terminal: true, columns: () => 80, wide: false };

interface Choice {
  readonly words: string;
  readonly wanted: Partial<Revocation>;
}

/**
 * Lists what can be done, and plans anew with the answer.
 *
 * @throws NotaryError ABORTED
 */
export async function askWhatIsLost(
  { prompter, print }: Pick<CommandContext, 'prompter' | 'print'>,
  request: RevocationRequest,
): Promise<{ readonly revocation: Revocation; readonly plan: RevocationPlan }> {
  const { collection, loaded, revocation } = request;
  const choices = choicesOf(request);
  print('Tags would vanish. What is to become of them?');
  for (const [index, { words }] of choices.entries()) print(`  ${index + 1}  ${escapeForTerminal(words)}`);
  const answer = await prompter.ask(`1 to ${choices.length}, anything else to change nothing: `);
  const choice = choices[Number(answer?.trim() ?? '') - 1];
  if (choice === undefined)
    throw new NotaryError(
      'ABORTED',
      'the question was not answered with one of the numbers: nothing was changed',
    );
  const chosen = { ...revocation, ...choice.wanted };
  return { revocation: chosen, plan: await planRevocation(collection, loaded, chosen) };
}

function choicesOf({ shown, index, revocation, plan }: RevocationRequest): readonly Choice[] {
  const unsigned = new Set(
    plan.roles.filter(({ outcome }) => outcome === 'untrusted').map(({ role }) => role),
  );
  const here = new Set([...shown.signersHere].flatMap(([role, keys]) => (unsigned.has(role) ? keys : [])));
  const signing = [...here].map((keyId: CanonicalKeyId) => ({
    words: `sign again with the key ${describedKey(namedKey(index, keyId))}, which asserts every tag in the role anew`,
    wanted: { signWith: [...revocation.signWith, keyId] },
  }));
  return [
    ...signing,
    { words: 'sign them in targets, where docker looks next', wanted: { lost: 'keep-in-targets' } },
    { words: 'let them go', wanted: { lost: 'drop' } },
  ];
}
