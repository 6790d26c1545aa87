/** Publishes as part of a command: what `publish` does, and what `-p` adds to the commands that stage. */

import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import type { JsonData } from '../../../encoding/to-plain-json.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import type { CommandContext } from '../../spec/command-context.ts';

/** The flag `-p` of the commands that stage changes. */
export const publishFlag = {
  type: 'bool',
  short: 'p',
  usage: 'Publish at once, with all other staged changes',
} as const;

/** Publishes what is staged and says so. */
export async function publishAndSay(
  context: CommandContext,
  collection: RepositoryPorts,
  expiryOf = collection.expiryOf,
): Promise<{ readonly created: boolean; readonly roles: readonly string[] }> {
  const { publish } = await import('../../../client/publish/publish.ts');
  const { created, roles } = await publish({ ...collection, expiryOf });
  context.print(terminalSafe`Successfully published changes for repository ${collection.gun}`);
  return { created, roles };
}

/**
 * Publishes after staging, when the flag asks for it.
 *
 * @returns the member `published` of the result: what was published, or null
 */
export async function autoPublish(
  context: CommandContext,
  gun: string,
  wanted: boolean,
  expiryOf?: RepositoryPorts['expiryOf'],
): Promise<{ readonly published: JsonData }> {
  if (!wanted) return { published: null };
  const collection = await context.openRepository(gun, 'push,pull');
  context.print(terminalSafe`Auto-publishing changes to ${gun}`);
  return { published: await publishAndSay(context, collection, expiryOf) };
}
