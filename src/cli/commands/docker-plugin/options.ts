/** Declares and reads what the commands on plugins of docker share. */

import type { PluginPlace, PluginState } from '../../../ports/docker-plugins.ts';
import { UsageError } from '../../args/usage-error.ts';
import { defineFlags } from '../../spec/command-spec.ts';

export const systemFlag = defineFlags({
  system: { type: 'bool', usage: 'For all users: /usr/local/lib/docker/cli-plugins' },
});

export function placeOf({ system }: { readonly system: boolean }): PluginPlace {
  return system ? 'system' : 'user';
}

/** @throws UsageError for anything but flags */
export function refuseArguments(args: readonly string[]): void {
  if (args.length > 0) throw new UsageError(`Unexpected argument: ${args[0] ?? ''}`);
}

/** A plugin of tsnotary is there, and docker does not run it: it does not start, or another is found first. */
export function isBroken({ found }: PluginState): boolean {
  const own = found.find(({ owner }) => owner === 'tsnotary');
  if (own === undefined) return false;
  return own.problem !== undefined || found[0]?.owner !== 'tsnotary';
}

export function isInstalled({ found }: PluginState): boolean {
  return found.some(({ owner }) => owner === 'tsnotary');
}
