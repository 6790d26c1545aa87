/**
 * Retrieves the passphrases of keys: from the environment variable of the key's role, else from the user at the
 * terminal; else it fails (Notary 0.7.0).
 */

import { bytesOfText } from '../../encoding/byte-text.ts';
import { trimOf } from '../../encoding/trim.ts';
import { NotaryError } from '../../errors.ts';
import { isBaseRole } from '../../metadata/role-name.ts';
import type { Output } from '../../ports/files.ts';
import type { PassphraseRequest, PassphraseRetriever, Prompter } from '../../ports/prompts.ts';
import { terminalSafe } from '../render/terminal-escape.ts';
import type { Environment } from '../spec/process.ts';

/**
 * Passphrases from the environment by role; `delegation` also serves every role that has none of its own. An empty
 * one counts as none (Notary 0.7.0).
 */
export interface EnvironmentPassphrases {
  readonly byRole: ReadonlyMap<string, string>;
  /** Names of set variables with passphrases that docker reads and Notary does not. */
  readonly dockers: readonly string[];
}

const variables: ReadonlyMap<string, string> = new Map([
  ['root', 'NOTARY_ROOT_PASSPHRASE'],
  ['targets', 'NOTARY_TARGETS_PASSPHRASE'],
  ['snapshot', 'NOTARY_SNAPSHOT_PASSPHRASE'],
  ['delegation', 'NOTARY_DELEGATION_PASSPHRASE'],
]);

const dockerVariables = [
  'DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE',
  'DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE',
] as const;

const minLength = 8;
const idLength = 7;
const maxRetries = 3;
/** What Go's unicode.IsSpace takes for a space. */
const goSpace =
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

const rootAdvice = `You are about to make a root key. Every signature in your collections depends on it.
Give it a long passphrase that is hard to guess, and keep passphrase and key file apart from each
other in safe places: neither can be recovered, and without them a root key cannot be replaced.`;

/** Takes the passphrases out of the environment, so that no later reader of it finds them. */
export function takePassphrases(environment: Environment): EnvironmentPassphrases {
  const found = new Map<string, string>();
  for (const [role, variable] of variables) {
    const value = environment.take(variable);
    if (value !== undefined) found.set(role, value);
  }
  return { byRole: found, dockers: dockerVariables.filter((name) => (environment.get(name) ?? '') !== '') };
}

/** The passphrases as the variables that they came from, for a program that is to have them. */
export function passphraseVariables(passphrases: EnvironmentPassphrases): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...variables].flatMap(([role, variable]) => {
      const passphrase = passphrases.byRole.get(role) ?? '';
      return passphrase === '' ? [] : [[variable, passphrase] as const];
    }),
  );
}

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

/** A retriever with a cache: its own, or one that it shares with other commands. */
export function passphraseRetriever(
  fromEnvironment: EnvironmentPassphrases,
  prompter: Prompter,
  stdout: Output,
  answers: SharedAnswers = privateAnswers(),
): PassphraseRetriever {
  const ask = promptRetriever(prompter, stdout, answers);
  return async (request) => {
    const { alias, attempts, elsewhere = false, unasked = false } = request;
    const variable = variableOf(alias);
    const passphrase = fromEnvironment.byRole.get(roleOfVariable(alias)) ?? '';
    if (passphrase === '' || variable === undefined) {
      if (unasked) throw noPassphrase('none is in the environment');
      if (!prompter.interactive) throw noneAtAll(alias, fromEnvironment);
      return ask(request);
    }
    if (elsewhere && attempts > 0 && prompter.interactive) return ask({ ...request, attempts: attempts - 1 });
    return { passphrase, giveUp: attempts > 1, source: variable };
  };
}

/** The role whose variable serves a role word. */
function roleOfVariable(alias: string): string {
  return isBaseRole(alias) ? alias : 'delegation';
}

/** The variable that serves a role word; undefined for the timestamp, which has none. */
function variableOf(alias: string): string | undefined {
  return variables.get(roleOfVariable(alias));
}

/** Neither a variable nor a user to ask. */
function noneAtAll(alias: string, { byRole, dockers }: EnvironmentPassphrases): NotaryError {
  const variable = variableOf(alias);
  const noTerminal = 'standard input is no terminal to ask at';
  if (variable === undefined) return noPassphrase(noTerminal);
  const is = byRole.has(roleOfVariable(alias)) ? 'empty' : 'not set';
  const [other] = dockers.filter((name) => name.includes('ROOT') === (alias === 'root'));
  const docker = other === undefined ? '' : ` ${other} is set, which docker reads and notary does not.`;
  return new NotaryError('PASSPHRASE_INVALID', `${variable} is ${is}, and ${noTerminal}`, {
    details: { variable },
    hint: `Set ${variable}, or run this at a terminal.${docker}`,
  });
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
    if (attempts === 0 && alias === 'root' && createNew) say(rootAdvice);
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
