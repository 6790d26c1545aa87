/** Finds the user name and password for the server: `NOTARY_AUTH`, saved logins, a prompt. */

import { fromBase64 } from '../../../encoding/bytes.ts';
import { NotaryError } from '../../../errors.ts';
import type { Gun } from '../../../metadata/gun.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Log } from '../../../ports/log.ts';
import type { Prompter } from '../../../ports/prompts.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /**
   * Used in place of both at a token service: a refresh token of OAuth 2.0 (RFC 6749, section 6). User
   * name and password may then be empty.
   */
  readonly identityToken?: string;
  /** Called when the server or its token service refused them. */
  readonly refused?: () => void;
}

export interface CredentialRequest {
  /** The trust server's URL. */
  readonly serverUrl: string;
  readonly gun: Gun;
  /** How the client is going to present them; `basic` needs a user name and a password. */
  readonly scheme: 'basic' | 'bearer';
  /**
   * Whether to prompt the user: `always` as Notary 0.7.0 does, whatever standard input is, or only when it is a
   * terminal, where Notary would not have prompted.
   */
  readonly ask: 'always' | 'at-terminal';
}

export interface CredentialSource {
  /** The credentials, or undefined when there are none here. */
  find(request: CredentialRequest): Promise<Credentials | undefined>;
}

/** Asks the sources in turn. */
export function chainSources(sources: readonly CredentialSource[]): CredentialSource {
  return {
    find: async (request) => {
      for (const source of sources) {
        const credentials = await source.find(request);
        if (credentials !== undefined) return credentials;
      }
      return undefined;
    },
  };
}

/** Asks a source once and caches the answer, even that there is none: a run prompts for a password once. */
export function cachedSource(source: CredentialSource): CredentialSource {
  let answer: Promise<Credentials | undefined> | undefined;
  let asked: CredentialRequest['ask'] | undefined;
  return {
    find: (request) => {
      // A source that did not prompt for lack of a terminal may still prompt as Notary would.
      if (answer === undefined || (asked === 'at-terminal' && request.ask === 'always')) {
        asked = request.ask;
        const before = answer;
        answer =
          before === undefined ? source.find(request) : before.then((found) => found ?? source.find(request));
      }
      return answer;
    },
  };
}

export interface PersonOptions {
  /** `NOTARY_AUTH`, if set. */
  readonly notaryAuth: string | undefined;
  /** Undefined where the user must not be asked. */
  readonly prompter: Prompter | undefined;
  readonly log: Log;
  readonly clock: Clock;
}

const usernameLimit = 30_000;

/** Notary 0.7.0's own source: `NOTARY_AUTH` if it is set, even when it is wrong, else the user at the terminal. */
export function promptSource(options: PersonOptions): CredentialSource {
  const { notaryAuth = '', prompter } = options;
  return {
    find: async ({ ask }) => {
      if (notaryAuth !== '') return parseNotaryAuth(notaryAuth, options.log);
      if (prompter === undefined) return undefined;
      return ask === 'always' || prompter.interactive ? prompt(prompter, options) : undefined;
    },
  };
}

/** base64 of `user:password`; the password is trimmed, the user name is not (Notary 0.7.0). */
function parseNotaryAuth(value: string, log: Log): Credentials | undefined {
  const bytes = fromBase64(value.replace(/[\r\n]/g, ''));
  if (bytes === undefined) {
    log.error('Could not base64-decode authentication string');
    return undefined;
  }
  const text = Buffer.from(bytes).toString();
  const colon = text.indexOf(':');
  if (colon === 0) {
    log.error('Authentication string with zero-length username');
    return undefined;
  }
  if (colon === -1) {
    log.error('Malformatted authentication string; format must be <username>:<password>');
    return undefined;
  }
  return complete(text.slice(0, colon), text.slice(colon + 1));
}

async function prompt(
  prompter: Prompter,
  { log, clock }: Pick<PersonOptions, 'log' | 'clock'>,
): Promise<Credentials | undefined> {
  const started = clock.now().getTime();
  const username = await prompter.line('Enter username: ', usernameLimit);
  if (username === undefined) {
    const late = clock.now().getTime() - started >= usernameLimit;
    log.error(late ? 'timeout when retrieving username input' : 'error processing username input: EOF');
    return undefined;
  }
  if (username.trim() === '') return undefined;
  const password = await prompter.secret('Enter password: ');
  if (password === undefined) {
    log.error('error processing password input: EOF');
    return undefined;
  }
  return complete(username.trim(), password);
}

function complete(username: string, password: string): Credentials | undefined {
  const trimmed = password.trim();
  return trimmed === '' ? undefined : { username, password: trimmed };
}

/**
 * Refuses to send credentials over the network unprotected, now or later: every party that will see them, or a
 * token in their place, must be reached over https.
 *
 * @throws NotaryError UNAUTHORIZED naming the first that is not
 */
export function requireSecure(urls: readonly string[], insecureAllowed: boolean): void {
  const open = urls.find((url) => !/^https:/i.test(url));
  if (open === undefined || insecureAllowed) return;
  const host = URL.canParse(open) ? new URL(open).host : open;
  throw new NotaryError('UNAUTHORIZED', `credentials are not sent over plain http to ${host}`, {
    details: { host },
    hint: 'Use https, or set TSNOTARY_INSECURE_CREDENTIALS=1 to send them all the same.',
  });
}
