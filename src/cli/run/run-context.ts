/** The context of one run. What opens files, keys and connections is made when it is first needed. */

import type { Output } from '../../ports/files.ts';
import type { Log } from '../../ports/log.ts';
import { jsonLine } from '../render/as-json.ts';
import type { CommandContext } from '../spec/command-context.ts';
import type { Shown } from '../spec/command-spec.ts';
import type { GlobalValues } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';
import { askedAfter } from './delayed-prompter.ts';
import type { Dialogue, Outlet, Secrets } from './output-channels.ts';
import { takePassphrases, unshared } from './passphrases.ts';
import { Run } from './session.ts';

export interface RunContext {
  readonly context: CommandContext;
  readonly dialogue: Dialogue;
  /** The context of one command of several in this run. */
  contextFor(outlet: Outlet): CommandContext;
  /** Lets go of connections, so that the process can end. */
  close(): Promise<void>;
}

/** Secrets leave the environment here, before a command runs. */
export function runContext(system: System, globals: GlobalValues, log: Log): RunContext {
  const secrets: Secrets = {
    passphrases: takePassphrases(system.environment),
    notaryAuth: system.environment.take('NOTARY_AUTH'),
  };
  const output = globals.json ? system.stderr : system.stdout;
  const dialogue: Dialogue = { output, person: system.prompter(output) };
  let begun: Run | undefined;
  const run = (): Run => {
    begun ??= new Run(system, globals, log, { secrets, person: dialogue.person });
    return begun;
  };
  const greeted = async () => begun?.greeted();
  const { files, clock, random, build } = system;
  const contextFor = (outlet: Outlet): CommandContext => ({
    ...{ files, clock, random, build, log: outlet.log, greeted },
    prompter: askedAfter(outlet.dialogue.person, greeted),
    say: (line) => (globals.json ? undefined : outlet.stdout.write(`${line}\n`)),
    write: (chunk) => (globals.json ? undefined : outlet.stdout.write(chunk)),
    ask: (text) => outlet.dialogue.output.write(text),
    configure: async () => {
      await run().config();
    },
    openCollection: (gun, access) => run().openCollection(gun, access, outlet),
    openKeys: () => run().openKeys(outlet),
    openSandbox: () => run().openSandbox(outlet),
  });
  const context = contextFor({
    ...{ stdout: system.stdout, log, dialogue },
    collectionKeys: unshared(),
    broughtKeys: unshared,
  });
  return { context, dialogue, contextFor, close: async () => begun?.close() };
}

/** Writes what a command has come to. */
export function showResult(result: Shown, stdout: Output, json: boolean): void {
  const document = json ? result.json() : undefined;
  if (document !== undefined) stdout.write(jsonLine(document));
  else if (!json) stdout.write(result.text());
}
