/**
 * Retrieves the passphrases of keys: from the sources for machines, else from the user at the terminal; else it fails
 * (Notary 0.7.0, which has the variables of roles alone for a source).
 */

import { bytesOfText } from '../../encoding/byte-text.ts';
import { trimOf } from '../../encoding/trim.ts';
import { NotaryError } from '../../errors.ts';
import type { Output } from '../../ports/files.ts';
import type { PassphraseRequest, PassphraseRetriever, Prompter } from '../../ports/prompts.ts';
import type { PassphraseSources, Search, SourceName } from '../passphrases/sources.ts';
import { variableOfRole } from '../passphrases/variables.ts';
import type { PassphraseWanted } from '../passphrases/wanted.ts';
import { terminalSafe } from '../render/terminal-escape.ts';

const minLength = 8;
const idLength = 7;
const maxRetries = 3;
/** What Go's unicode.IsSpace takes for a space. */
const goSpace =
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

const rootAdvice = `You are about to make a root key. Every signature in your collections depends on it.
Give it a long passphrase that is hard to guess, and keep passphrase and key file apart from each
other in safe places: neither can be recovered, and without them a root key cannot be replaced.`;

/** The last passphrase that the user typed for each role word. */
export class PassphraseCache {
  readonly #known = new Map<string, string>();
  #waiting: (() => void)[] = [];

  get(alias: string): string | undefined {
    return this.#known.get(alias);
  }

  set(alias: string, passphrase: string): void {
    this.#known.set(alias, passphrase);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Waits until a passphrase is known for a role word, or for the turn to ask for it. */
  async waitForPassphrase(turn: () => Promise<void>, alias: string): Promise<void> {
    const own = turn().then(() => true);
    own.catch(() => undefined);
    while (!this.#known.has(alias)) {
      const learned = new Promise<false>((resolve) => void this.#waiting.push(() => resolve(false)));
      if (await Promise.race([own, learned])) return;
    }
  }
}

/** For commands that share a terminal. */
export interface SharedAnswers {
  readonly memory: PassphraseCache;
  /** The retriever waits for this before it asks the user. */
  readonly turn: () => Promise<void>;
}

/** A private cache: no other command to wait for. */
export function privateAnswers(): SharedAnswers {
  return { memory: new PassphraseCache(), turn: () => Promise.resolve() };
}

export interface RetrieverOptions {
  readonly prompter: Prompter;
  /** Where questions and their answers are commented upon. */
  readonly stdout: Output;
  /** A cache of its own without it. */
  readonly answers?: SharedAnswers;
  /** The repository that the keys are wanted for. */
  readonly gun?: string;
  /** The user must not be asked (`--no-input`). */
  readonly noInput?: boolean;
}

/**
 * A retriever with a cache: its own, or one that it shares with other commands. It asks the sources first, then the
 * user.
 */
export function passphraseRetriever(
  sources: PassphraseSources,
  { prompter, stdout, answers = privateAnswers(), gun = '', noInput = false }: RetrieverOptions,
): PassphraseRetriever {
  const ask = promptRetriever(prompter, stdout, answers);
  return async (request) => {
    const { attempts, createNew, elsewhere = false, unasked = false } = request;
    const wanted = wantedFor(request, gun);
    const { found, passedOver } = await sources.find(wanted);
    if (found === undefined) {
      if (unasked !== false) throw noPassphrase('none is at hand');
      if (noInput) throw inputNeeded(wanted, passedOver);
      if (!prompter.interactive) throw noneAtAll(wanted, passedOver);
      return ask(request);
    }
    const { name, kind } = found.source;
    // Notary reads nothing of docker's: a user whom it asks is asked here, too.
    const isGuess = kind === 'docker' || (kind === 'role' && elsewhere);
    if (isGuess && prompter.interactive && unasked === false) {
      if (createNew && kind === 'docker') return ask(request);
      if (!createNew && attempts > 0) return ask({ ...request, attempts: attempts - 1 });
    }
    const { passphrase } = found;
    return {
      passphrase,
      giveUp: attempts > lastAttempt[kind],
      source: name,
      passedOver: passedOver.map(shownSource),
    };
  };
}

/** The last attempt in which the answer of a source is tried. Notary 0.7.0 tries what its variables hold twice. */
const lastAttempt: Readonly<Record<SourceName['kind'], number>> = {
  ...{ key: 0, role: 1, file: 0, command: 0, docker: 0 },
};

function wantedFor(
  { keyName, alias, createNew, unasked = false, gun }: PassphraseRequest,
  ofRun: string,
): PassphraseWanted {
  const about = gun === undefined || gun === '' ? ofRun : gun;
  const role = alias === '' ? 'no role' : alias;
  const belongs = about === '' ? role : `${role} of ${about}`;
  const subject = keyName === '' ? 'a key file' : `the ${createNew ? 'new ' : ''}key ${keyName}`;
  return {
    ...{ keyId: keyName, alias, gun: about },
    described: `${subject} (${belongs})`,
    runsCommand: unasked !== true,
  };
}

type PassedOver = Search['passedOver'];

/** Neither a source nor a user to ask. */
function noneAtAll({ alias }: PassphraseWanted, passedOver: PassedOver): NotaryError {
  const variable = variableOfRole(alias);
  const set = variable === undefined ? 'Give --passphrase-file' : `Set ${variable}`;
  return new NotaryError(
    'PASSPHRASE_INVALID',
    `no passphrase was found in ${listed(passedOver)}, tried in this order, and standard input is no terminal to ask at`,
    {
      details: { ...(variable !== undefined && { variable }), sources: passedOver.map(({ name }) => name) },
      hint: `${set}, or run this at a terminal.`,
    },
  );
}

function inputNeeded(
  { keyId, alias, gun, described }: PassphraseWanted,
  passedOver: PassedOver,
): NotaryError {
  const variable = variableOfRole(alias);
  const sources = passedOver.map(({ name }) => name);
  return new NotaryError(
    'INPUT_NEEDED',
    `no passphrase is at hand for ${described}, and --no-input lets none be asked for`,
    {
      details: {
        ...(keyId !== '' && { key: keyId }),
        role: alias,
        ...(gun !== '' && { gun }),
        ...(variable !== undefined && { variable }),
        sources,
      },
      hint: `Tried in this order: ${listed(passedOver)}. Each of them could have answered.`,
    },
  );
}

function listed(passedOver: PassedOver): string {
  return passedOver.map(shownSource).join(', ');
}

function shownSource({ name, why }: PassedOver[number]): string {
  return `${name} (${why})`;
}

function promptRetriever(
  prompter: Prompter,
  stdout: Output,
  { memory, turn }: SharedAnswers,
): PassphraseRetriever {
  /** The last answer of this retriever, by role word and key. */
  const given = new Map<string, string>();
  const say = (line: string) => stdout.write(`${line}\n`);
  return async (request) => {
    const { alias, keyName, createNew, attempts } = request;
    if (attempts > maxRetries && !createNew) return { passphrase: '', giveUp: true, source: 'prompt' };
    const key = `${alias} ${keyName}`;
    const tried = attempts === 0 ? undefined : given.get(key);
    // An answer that another command got may be as wrong as the one before: it is not tried before the turn.
    await (attempts === 0 ? memory.waitForPassphrase(turn, alias) : turn());
    if (attempts === 0 && alias === 'root' && createNew) say(await adviceFor(stdout));
    let passphrase = memory.get(alias);
    // Another command that shares the cache may have got a different answer meanwhile.
    if (passphrase === undefined || passphrase === tried) {
      if (attempts > 0 && !createNew) say('Passphrase incorrect. Please retry.');
      passphrase = await askPassphrase(request, prompter, say);
      memory.set(alias, passphrase);
    }
    given.set(key, passphrase);
    return { passphrase, giveUp: false, source: 'prompt' };
  };
}

/** The advice as wide as the terminal; elsewhere as it stands. */
async function adviceFor(output: Output): Promise<string> {
  if (!output.isTerminal) return rootAdvice;
  const { helpWidth, wrapText } = await import('../render/wrap.ts');
  return wrapText(rootAdvice, helpWidth(output.columns));
}

async function askPassphrase(
  { keyName, alias, createNew }: PassphraseRequest,
  prompter: Prompter,
  say: (line: string) => void,
): Promise<string> {
  const id = keyName.length > idLength ? ` with ID ${keyName.slice(0, idLength)}` : '';
  const what = terminalSafe`${createNew ? 'new ' : ''}${alias} key${id}: `;
  const passphrase = trimmed(await prompter.secret(`Enter passphrase for ${what}`));
  if (!createNew) return passphrase;
  if (bytesOfText(passphrase).length < minLength) {
    say(
      'Passphrase is too short. Please use a password manager to generate and store a good random passphrase.',
    );
    throw noPassphrase('the passphrase is too short');
  }
  if (passphrase !== trimmed(await prompter.secret(`Repeat passphrase for ${what}`))) {
    say('Passphrases do not match. Please retry.');
    throw noPassphrase('the passphrases differ');
  }
  return passphrase;
}

function trimmed(answer: string | undefined): string {
  if (answer === undefined) throw noPassphrase('end of input');
  return trimOf(answer, goSpace);
}

function noPassphrase(reason: string): NotaryError {
  return new NotaryError('PASSPHRASE_INVALID', reason);
}
