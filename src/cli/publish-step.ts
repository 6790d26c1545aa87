/** Publishing as part of a command: what `publish` does, and what `-p` adds to the commands that stage. */

import type { RepositoryPorts } from '../client/repository-ports.ts';
import type { CommandContext } from './context.ts';
import { sentence } from './render/text-gate.ts';

/** The flag `-p` of the commands that stage changes. */
export const publishFlag = {
  type: 'bool',
  short: 'p',
  usage: 'Publish right away, together with everything that is staged already',
} as const;

/** Publishes what is staged and says so. */
export async function publishAndSay(context: CommandContext, collection: RepositoryPorts): Promise<void> {
  const { publish } = await import('../client/publish.ts');
  await publish(collection);
  context.say(sentence`Successfully published changes for repository ${collection.gun}`);
}

/** Publishes after staging, when the flag asks for it. */
export async function autoPublish(context: CommandContext, gun: string, wanted: boolean): Promise<void> {
  if (!wanted) return;
  const collection = await context.openCollection(gun, 'push,pull');
  context.say(sentence`Auto-publishing changes to ${gun}`);
  await publishAndSay(context, collection);
}
