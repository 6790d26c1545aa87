/** Declares the flags that `docker push` and `docker pull` have (docker CLI 28.2.2), for the commands that take their place. */

import { NotaryError } from '../../errors.ts';
import type { CommandContext } from '../spec/command-context.ts';
import { defineFlags, type FlagValues } from '../spec/command-spec.ts';
import { parsePlatform } from './platform.ts';

export const engineFlags = defineFlags({
  'all-tags': { type: 'bool', short: 'a', usage: 'Refused, with what to do instead' },
  'disable-content-trust': { type: 'bool', usage: 'Refused, with what to do instead' },
  platform: { type: 'string', usage: 'Platform of an image of several platforms, OS/ARCH[/VARIANT]' },
  quiet: { type: 'bool', short: 'q', usage: 'Print the name of the image alone' },
});

export interface EngineWork {
  /** Undefined where none is given. */
  readonly platform: string | undefined;
  /** What is printed goes nowhere with `--quiet`. */
  readonly context: CommandContext;
}

/**
 * Reads the flags before anything is asked or sent.
 *
 * @param verb of docker's command
 * @param names the image, for the advice
 * @throws NotaryError USAGE for a flag that docker has and this command does not serve, and for what is no platform
 */
export function engineWork(
  context: CommandContext,
  verb: 'push' | 'pull',
  { platform, quiet, ...refused }: FlagValues<typeof engineFlags>,
): EngineWork {
  const done = verb === 'push' ? 'signed' : 'looked up';
  if (refused['all-tags'])
    throw new NotaryError('USAGE', `--all-tags: one tag at a time is ${done}`, {
      hint: `Run "trust ${verb}" once for each tag. The tags that are signed: "trust inspect".`,
    });
  if (refused['disable-content-trust'])
    throw new NotaryError('USAGE', `--disable-content-trust: nothing would be ${done}`, {
      hint: `Use "docker ${verb}", which ${verb === 'push' ? 'signs nothing' : 'checks no signature'}.`,
    });
  const silent = { print: () => undefined, printError: () => undefined };
  return {
    platform: platform === '' ? undefined : parsePlatform(platform),
    context: quiet ? { ...context, ...silent } : context,
  };
}
