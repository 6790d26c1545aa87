/**
 * Runs one command over a list of repositories. The command itself does not know of the list: it gets a GUN and a
 * context of its own, whose output is put in the order of the list.
 */

import { inParallel } from '../../client/fetch/concurrency.ts';
import { isNotaryError } from '../../errors.ts';
import type { Gun } from '../../metadata/gun.ts';
import type { Files, Output } from '../../ports/files.ts';
import type { Log } from '../../ports/log.ts';
import { UsageError } from '../args/usage-error.ts';
import { terminalSafe } from '../render/terminal-escape.ts';
import { delayedPrompter } from '../run/delayed-prompter.ts';
import type { OutputChannels } from '../run/output-channels.ts';
import { PassphraseCache } from '../run/passphrases.ts';
import { exitStatus, type Reporting, reportFailure } from '../run/report-failure.ts';
import { runContext, showResult } from '../run/run-context.ts';
import type { CommandSpec, Gathering, Invocation } from '../spec/command-spec.ts';
import type { GlobalValues } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';
import type { ManyRequest } from '../spec/repository-list-flags.ts';
import { OrderedOutput, type OutputSlot } from './ordered-output.ts';
import { Progress } from './progress.ts';
import { readRepositoryList } from './repository-list.ts';
import { oneQuestionAtATime } from './serial-prompter.ts';
import { type FailedRepository, reportFailedRepositories } from './summary.ts';

export interface ManyRun {
  readonly spec: CommandSpec;
  readonly invocation: Invocation;
  readonly request: ManyRequest;
  readonly globals: GlobalValues;
  /** A log at the level that was asked for. */
  readonly logOver: (stderr: Output) => Log;
}

/**
 * Runs the command for each GUN of the list. One that fails does not stop the others.
 *
 * @returns the exit status: when none failed, the worst of 0, 3 and 4
 * @throws NotaryError of the list and of the configuration, before anything is done; USAGE; INTERRUPTED;
 * FILE_UNWRITABLE when standard output takes nothing more, and nothing is begun any more
 */
export async function runMany(system: System, many: ManyRun): Promise<number> {
  const refusal = many.spec.refusesRepoList?.(many.invocation, many.request.file);
  if (refusal !== undefined) throw new UsageError(refusal);
  const guns = await readRepositoryList(many.request.file, system.files);
  checkOperands(many, guns);
  const watched = system.stderr.isTerminal && !many.globals.json;
  const progress = watched ? new Progress(system.stderr, guns.length) : undefined;
  const around = (output: Output) => progress?.wrap(output) ?? output;
  const [stdout, stderr] = [around(system.stdout), around(system.stderr)];
  const log = many.logOver(stderr);
  const run = runContext(
    {
      ...system,
      ...{ stdout, stderr },
      files: { ...system.files, stdin: readOnce(system.files) },
      prompter: (dialogue) => oneQuestionAtATime(system.prompter(dialogue)),
    },
    many.globals,
    log,
  );
  try {
    await run.context.configure();
    const gathering = await many.spec.gathers?.(many.invocation);
    await gathering?.begin?.(run.context);
    const repositories = new Repositories(many, run, { stdout, stderr }, gathering);
    const failed = await repositories.all(guns, () => progress?.step());
    progress?.end();
    if (gathering !== undefined) {
      const result = await gathering.finish(run.context, guns);
      await showResult(result, stdout, many.globals);
      const reporting = { fatal: stderr, stderr, log, json: many.globals.json };
      if (failed.length > 0) reportFailedRepositories(failed, guns.length, reporting);
      return result.status ?? exitStatus.success;
    }
    if (failed.length === 0) return repositories.status;
    return reportFailedRepositories(failed, guns.length, {
      ...{ fatal: stdout, stderr, log, json: many.globals.json },
    });
  } finally {
    progress?.end();
    await run.close();
  }
}

/** Standard input for every repository of the list, read when the first one wants it. */
function readOnce(files: Files): Files['stdin'] {
  let content: Promise<Uint8Array> | undefined;
  return (maxBytes) => (content ??= files.stdin(maxBytes));
}

/** The GUN of the arguments is in the list now; one that is still there was meant for something else. */
function checkOperands({ spec, invocation }: ManyRun, guns: readonly Gun[]): void {
  const [first] = invocation.args;
  const surplus = spec.operands === '[ GUN ]' ? first : guns.find((gun) => gun === first);
  if (surplus === undefined) return;
  throw new UsageError(`the GUNs are those that --repos names: ${surplus} cannot be given as well`);
}

type SharedRun = ReturnType<typeof runContext>;

class Repositories {
  readonly #many: ManyRun;
  readonly #run: SharedRun;
  readonly #streams: { readonly stdout: Output; readonly stderr: Output };
  readonly #order: OrderedOutput;
  readonly #collectionKeys = new PassphraseCache();
  /** For key files to import: the nth of each repository is the same file. */
  readonly #broughtKeys: PassphraseCache[] = [];
  readonly #failed = new Map<number, FailedRepository>();
  readonly #gathering: Gathering | undefined;
  #status: number = exitStatus.success;

  constructor(
    many: ManyRun,
    run: SharedRun,
    streams: { readonly stdout: Output; readonly stderr: Output },
    gathering?: Gathering,
  ) {
    this.#gathering = gathering;
    this.#many = many;
    this.#run = run;
    this.#streams = streams;
    this.#order = new OrderedOutput(() => streams.stdout.flush());
  }

  /** The worst status of the results that were shown. */
  get status(): number {
    return this.#status;
  }

  /** @returns those that failed, in the order of the list */
  async all(guns: readonly Gun[], done: () => void): Promise<readonly FailedRepository[]> {
    const work = async (index: number) => {
      const gun = guns[index];
      if (gun !== undefined) await this.#one(gun, index);
      done();
    };
    const jobs = this.#many.spec.reposInOrder === true ? 1 : this.#many.request.jobs;
    await inParallel(guns.length, jobs, work, () => this.#order.waitForSpace());
    await this.#order.flush();
    return [...this.#failed].sort(([one], [other]) => one - other).map(([, failed]) => failed);
  }

  async #one(gun: Gun, index: number): Promise<void> {
    const { spec, invocation, globals } = this.#many;
    const { stdout } = this.#streams;
    const gathering = this.#gathering;
    const heading = globals.json || gathering !== undefined ? '' : terminalSafe`${gun}:` + '\n';
    const slot = this.#order.slot(() => stdout.write(heading));
    const outlet = this.#outlet(gun, slot);
    try {
      const context = this.#run.contextFor(outlet);
      if (gathering !== undefined) {
        await gathering.add(context, gun);
        return;
      }
      const result = await spec.run(context, { ...invocation, args: [gun, ...invocation.args] });
      await showResult(result, outlet.stdout, globals);
      this.#status = Math.max(this.#status, result.status ?? exitStatus.success);
    } catch (error) {
      // What is wrong with the command line is wrong for all, and is found before anything is done.
      if (isNotaryError(error, 'USAGE', 'INTERRUPTED')) {
        this.#order.discardRest();
        throw error;
      }
      gathering?.fail(gun, error);
      this.#failed.set(index, { gun, error });
      reportFailure(error, this.#reporting(gun, slot, outlet));
    } finally {
      slot.end();
    }
  }

  #outlet(gun: Gun, slot: OutputSlot): OutputChannels {
    const { stdout, stderr } = this.#streams;
    const { dialogue } = this.#run;
    const held = { stdout: slot.wrap(stdout), stderr: slot.wrap(stderr) };
    const turn = () => slot.turn();
    let brought = 0;
    return {
      stdout: held.stdout,
      log: prefixed(this.#many.logOver(held.stderr), gun),
      dialogue: {
        output: dialogue.output === stderr ? held.stderr : held.stdout,
        prompter: delayedPrompter(dialogue.prompter, turn),
      },
      repositoryPassphrases: { memory: this.#collectionKeys, turn },
      importPassphrases: () => ({ memory: (this.#broughtKeys[brought++] ??= new PassphraseCache()), turn }),
    };
  }

  #reporting(gun: Gun, slot: OutputSlot, { stdout, log }: OutputChannels): Reporting {
    const stderr = slot.wrap(this.#streams.stderr);
    const fatal = this.#gathering === undefined ? stdout : stderr;
    return { fatal, stderr, log, json: this.#many.globals.json, gun };
  }
}

function prefixed(log: Log, gun: Gun): Log {
  return {
    debug: (message) => log.debug(`${gun}: ${message}`),
    info: (message, code) => log.info(`${gun}: ${message}`, code),
    notice: (message, code) => log.notice(`${gun}: ${message}`, code),
    warn: (message, code) => log.warn(`${gun}: ${message}`, code),
    error: (message, code, thrown) => log.error(`${gun}: ${message}`, code, thrown),
  };
}
