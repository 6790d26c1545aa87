/**
 * Replays a transcript and writes down what happened, as a transcript again: a step that went as
 * expected keeps its text to the letter, any other has what was really shown. So a replay that
 * changes nothing is a test that passes, and recording is replaying and keeping the result.
 */
import type { ServerKind } from '../support/genuine/stage.ts';
import { matches, patternOf } from './expectation.ts';
import { maskProse } from './own-words.ts';
import { idsIn, Placeholders } from './placeholders.ts';
import { type Actor, type Ready, Scene } from './scene.ts';
import { type Item, type Part, printTranscript, type Step, type Transcript } from './transcript.ts';

export interface Replay {
  readonly transcript: Transcript;
  /** Every ID that the program showed. */
  readonly ids: ReadonlySet<string>;
}

/** Records that only tsnotary has end in a field of their own. */
const ownRecord = /^.*[ m]code(?:\u001b\[0m)?=[A-Z_]+ *\n/gm;

/** tsnotary names itself where notary names itself. */
const actorName = (text: string): string => text.replaceAll('tsnotary', 'notary');

/** What a terminal shows of an answer. */
function echoOf(part: Part & { readonly kind: 'typed' }): string {
  return part.bare ? '' : `${part.hidden ? '' : part.text}\n`;
}

function patternOfParts(parts: readonly Part[]): string {
  return parts.map((part) => patternOf(part.kind === 'shown' ? part.text : echoOf(part))).join('');
}

function shownBy(parts: readonly Part[], withEcho: boolean): string {
  return parts.map((part) => (part.kind === 'shown' ? part.text : withEcho ? echoOf(part) : '')).join('');
}

function asExpected(step: Step, observed: Step): boolean {
  const terminal = step.mode === '%';
  const expected = terminal ? step.parts : step.parts.filter(({ kind }) => kind === 'shown');
  return (
    observed.status === step.status &&
    matches(step.stderr, observed.stderr) &&
    new RegExp(`^${patternOfParts(expected)}$`).test(shownBy(observed.parts, terminal))
  );
}

class Player {
  readonly ids = new Set<string>();
  readonly #scene: Scene;
  readonly #names: Placeholders;

  constructor(scene: Scene, constants: ReadonlySet<string>) {
    this.#scene = scene;
    this.#names = new Placeholders(constants);
  }

  async play(item: Item): Promise<Item> {
    if (item.kind === 'event') await this.#scene.event(item.text);
    return item.kind === 'step' ? this.#step(item) : item;
  }

  async #step(step: Step): Promise<Step> {
    const seen = await this.#scene.perform(step, this.#names.variables(), this.#readiness(step));
    for (const id of idsIn(`${shownBy(seen.parts, true)}\n${seen.stderr}`)) this.ids.add(id);
    const observed: Step = {
      ...step,
      parts: this.#cleaned(step, seen.parts),
      stderr: this.#clean(step, seen.stderr, this.#names),
      status: seen.status,
    };
    if (step.mode !== '!') return asExpected(step, observed) ? step : observed;
    if (observed.status !== 0) throw new Error(`set-up failed: ${step.command}\n${seen.stderr}`);
    return step;
  }

  #clean(step: Step, text: string, names: Placeholders): string {
    return actorName(names.replaceIn(text.replace(ownRecord, ''), this.#scene.names(step.person)));
  }

  #cleaned(step: Step, parts: readonly Part[]): readonly Part[] {
    return parts.flatMap((part): Part[] => {
      if (part.kind === 'typed') return [part];
      const clean = this.#clean(step, part.text, this.#names);
      const text = maskProse(clean);
      return text === '' ? [] : [{ kind: 'shown', text }];
    });
  }

  /** For each answer, the test whether a terminal has shown all that comes before it. */
  #readiness(step: Step): Ready[] {
    return step.parts.flatMap((part, index) => {
      if (part.kind === 'shown') return [];
      const pattern = new RegExp(`^${patternOfParts(step.parts.slice(0, index))}$`);
      return [(shown: string) => index > 0 && pattern.test(this.#clean(step, shown, this.#names.copy()))];
    });
  }
}

export interface ReplayOptions {
  /** IDs that stand in the transcript as they are (default: all in it). */
  readonly constants?: ReadonlySet<string>;
  /** Which server the stage has (default: the genuine one). */
  readonly kind?: ServerKind;
}

/** Plays a transcript on a fresh stage. */
export async function replay(
  transcript: Transcript,
  actor: Actor,
  { constants = idsIn(printTranscript(transcript)), kind = 'genuine' }: ReplayOptions = {},
): Promise<Replay> {
  const scene = await Scene.set(transcript, actor, kind);
  try {
    const player = new Player(scene, constants);
    const items: Item[] = [];
    for (const item of transcript.items) items.push(await player.play(item));
    return { transcript: { ...transcript, items }, ids: player.ids };
  } finally {
    await scene.close();
  }
}
