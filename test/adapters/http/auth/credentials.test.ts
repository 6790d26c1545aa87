import { describe, expect, it } from 'vitest';
import {
  type CredentialRequest,
  type CredentialSource,
  type Credentials,
  cachedSource,
  chainSources,
  promptSource,
  requireSecure,
} from '../../../../src/adapters/http/auth/credentials.ts';
import { parseGun } from '../../../../src/metadata/gun.ts';
import { memoryClock, memoryLog, scriptedPrompter } from '../../../support/memory-ports.ts';

const request = { serverUrl: 'https://h', gun: parseGun('docker.io/a/b'), scheme: 'basic' } as const;
const always: CredentialRequest = { ...request, ask: 'always' };
const atTerminal: CredentialRequest = { ...request, ask: 'at-terminal' };

function person(answers: readonly string[], more: { notaryAuth?: string; interactive?: boolean } = {}) {
  const log = memoryLog();
  const prompter = scriptedPrompter(answers, more.interactive ?? true);
  const source = promptSource({ notaryAuth: more.notaryAuth, prompter, log, clock: memoryClock() });
  return { source, log, prompter };
}

describe('NOTARY_AUTH', () => {
  const auth = async (text: string) => {
    const { source, log, prompter } = person(['never', 'asked'], { notaryAuth: text });
    const found = await source.find(always);
    expect(prompter.asked).toEqual([]);
    return { found, errors: log.messages('error') };
  };
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it('NOTARY_AUTH is base64 of user and password, of which only the password is trimmed', async () => {
    expect(await auth(base64(' u :  p:q \n'))).toEqual({
      found: { username: ' u ', password: 'p:q' },
      errors: [],
    });
    expect((await auth(`${base64('u:p')}\n`)).found).toEqual({ username: 'u', password: 'p' });
  });

  it.each([
    ['zz!', 'Could not base64-decode authentication string'],
    [base64(':x'), 'Authentication string with zero-length username'],
    [base64('abc'), 'Malformatted authentication string; format must be <username>:<password>'],
  ])(
    'a wrong NOTARY_AUTH (%s) gives no credentials and a record, and the user is not asked',
    async (text, record) => {
      expect(await auth(text)).toEqual({ found: undefined, errors: [record] });
    },
  );

  it('NOTARY_AUTH without a password gives no credentials', async () => {
    expect(await auth(base64('u: '))).toEqual({ found: undefined, errors: [] });
  });
});

describe('the person at the terminal', () => {
  it('the user at the terminal is asked for user name and password', async () => {
    const { source, prompter } = person([' u ', ' p ']);
    expect(await source.find(always)).toEqual({ username: 'u', password: 'p' });
    expect(prompter.asked).toEqual([
      { kind: 'line', text: 'Enter username: ' },
      { kind: 'secret', text: 'Enter password: ' },
    ]);
  });

  it.each([
    ['at the end of input', [], ['error processing username input: EOF'], 1],
    ['at the end of input after the user name', ['u'], ['error processing password input: EOF'], 2],
    ['with an empty user name', [''], [], 1],
    ['with an empty password', ['u', ''], [], 2],
  ])('a terminal gives no credentials %s', async (_, answers, errors, questions) => {
    const { source, prompter, log } = person(answers);
    expect(await source.find(always)).toBeUndefined();
    expect(log.messages('error')).toEqual(errors);
    expect(prompter.asked).toHaveLength(questions);
  });

  it('the user at the terminal is given thirty seconds for the user name', async () => {
    const clock = memoryClock();
    const log = memoryLog();
    let limit: number | undefined;
    const prompter = {
      ...scriptedPrompter(),
      line: async (_: string, timeout?: number) => {
        limit = timeout;
        clock.advance(30_000);
        return undefined;
      },
    };
    expect(await promptSource({ notaryAuth: undefined, prompter, log, clock }).find(always)).toBeUndefined();
    expect(limit).toBe(30_000);
    expect(log.messages('error')).toEqual(['timeout when retrieving username input']);
  });

  it('the user is not asked without a terminal where Notary would not have asked', async () => {
    const piped = person(['u', 'p'], { interactive: false });
    expect(await piped.source.find(atTerminal)).toBeUndefined();
    expect(piped.prompter.asked).toEqual([]);
    expect(await piped.source.find(always)).toEqual({ username: 'u', password: 'p' });
    expect(await person(['u', 'p']).source.find(atTerminal)).toEqual({ username: 'u', password: 'p' });
  });
});

describe('sources of credentials', () => {
  const known: Credentials = { username: 'a', password: 'b' };

  function counting(answers: readonly (Credentials | undefined)[]): CredentialSource & { asked: string[] } {
    const asked: string[] = [];
    const left = [...answers];
    return {
      asked,
      find: async ({ ask }) => {
        asked.push(ask);
        return left.shift();
      },
    };
  }

  it('sources of credentials are tried in order', async () => {
    const [none, first, second] = [counting([]), counting([known]), counting([known])];
    expect(await chainSources([none, first, second]).find(always)).toBe(known);
    expect([none, first, second].map(({ asked }) => asked.length)).toEqual([1, 1, 0]);
  });

  it('sources of credentials are asked once, also when the answer was none', async () => {
    const some = counting([known]);
    const once = cachedSource(some);
    expect(await Promise.all([once.find(always), once.find(always)])).toEqual([known, known]);
    expect(some.asked).toEqual(['always']);
    const none = counting([undefined, known]);
    const never = cachedSource(none);
    expect([await never.find(always), await never.find(always)]).toEqual([undefined, undefined]);
    expect(none.asked).toEqual(['always']);
  });

  it('sources of credentials may be asked again once the user may be bothered', async () => {
    const source = counting([undefined, known]);
    const once = cachedSource(source);
    expect([await once.find(atTerminal), await once.find(always), await once.find(atTerminal)]).toEqual([
      undefined,
      known,
      known,
    ]);
    expect(source.asked).toEqual(['at-terminal', 'always']);
  });
});

describe('credentials over plain http', () => {
  const attempt = (urls: readonly string[], allowed = false) => {
    return () => requireSecure(urls, allowed);
  };

  it('credentials over plain http are refused, naming the host', () => {
    expect(attempt(['https://a', 'http://b:80/x'])).toThrow(
      expect.objectContaining({
        code: 'UNAUTHORIZED',
        message: 'credentials are not sent over plain http to b',
      }),
    );
  });

  it('credentials over plain http are sent when that is explicitly allowed, and over https', () => {
    expect(attempt(['http://b'], true)).not.toThrow();
    expect(attempt(['https://a', 'HTTPS://b'])).not.toThrow();
  });
});
