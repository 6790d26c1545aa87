import { beforeEach, describe, expect, it } from 'vitest';
import { postponableLogin } from '../../../src/cli/run/postponed-login.ts';
import { initialize } from '../../../src/client/initialize/initialize.ts';
import { NotaryError } from '../../../src/errors.ts';
import { makeCryptoService } from '../../../src/keys/crypto-service.ts';
import { KeyStore } from '../../../src/keys/key-store.ts';
import type { RemoteStore } from '../../../src/ports/notary-server.ts';
import type { PassphraseRetriever } from '../../../src/ports/prompts.ts';
import type { Actor } from '../../support/actor.ts';
import { freshServer } from '../../support/fresh-server.ts';
import { scriptedPrompter } from '../../support/memory-ports.ts';

let owner: Actor;
/** What the user was asked, and what the server. */
let asked: string[];

beforeEach(() => {
  ({ owner } = freshServer());
  asked = [];
});

const typed: PassphraseRetriever = async ({ alias, createNew }) => {
  asked.push(`${createNew ? 'new ' : ''}${alias}`);
  return { passphrase: 'passphrase', giveUp: false };
};

/** The owner before a server that wants a login, or does not. */
function init(options: {
  readonly login: boolean;
  readonly retrieve?: PassphraseRetriever;
  fails?: boolean;
}) {
  const { prompter, questions } = postponableLogin(scriptedPrompter(['alice']));
  const served = async <Answer>(what: string, answer: () => Promise<Answer>): Promise<Answer> => {
    if (options.login) {
      await prompter.line('Enter username: ');
      asked.push('login');
    }
    asked.push(what);
    if (options.fails === true) throw new NotaryError('UNAUTHORIZED', 'no');
    return answer();
  };
  const remote: RemoteStore = {
    ...owner.remote,
    getKey: (role) => served('server', () => owner.remote.getKey(role)),
  };
  const retrieve = options.retrieve ?? typed;
  const cryptoService = makeCryptoService(
    new KeyStore(owner.keyStorage, retrieve, owner.log),
    retrieve,
    owner.log,
  );
  return (choice: Parameters<typeof initialize>[1] = {}) =>
    initialize({ ...owner, remote, cryptoService, login: questions }, choice);
}

describe('what init asks for', () => {
  it('init asks for passphrases before the login that the server wants', async () => {
    await init({ login: true })();
    expect(asked).toEqual(['new root', 'new targets', 'new snapshot', 'login', 'server']);
    expect((await owner.cryptoService.list()).map(({ role }) => role).sort()).toEqual([
      'root',
      'snapshot',
      'targets',
    ]);
  });

  it('init opens a root key that is here before the login', async () => {
    const keyId = (await init({ login: false })()).rootKeyId;
    owner.cache.files.clear();
    asked = [];
    await init({ login: true })({ keyId });
    expect(asked).toEqual(['root', 'new targets', 'new snapshot', 'login', 'server']);
  });

  it('init asks a server that wants no login before it asks for passphrases', async () => {
    await init({ login: false })();
    expect(asked).toEqual(['server', 'new root', 'new targets', 'new snapshot']);
  });

  it.each([true, false])(
    'init stores no key when the server refuses, whether passphrases were typed or not: %s',
    async (login) => {
      await expect(init({ login, fails: true })()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
      expect(owner.keyStorage.files.size).toBe(0);
    },
  );

  it('init without a passphrase for a new key asks for no login', async () => {
    const retrieve: PassphraseRetriever = () => Promise.resolve({ passphrase: '', giveUp: true });
    await expect(init({ login: true, retrieve })()).rejects.toMatchObject({ code: 'ATTEMPTS_EXCEEDED' });
    expect([asked, owner.keyStorage.files.size]).toEqual([[], 0]);
  });
});
