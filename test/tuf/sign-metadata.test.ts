import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/encoding/json-value.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { NotaryError } from '../../src/errors.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import type { HeldKey } from '../../src/tuf/missing-keys.ts';
import {
  canSign,
  checkCanSign,
  type SigningKeys,
  signContent,
  signingFailure,
} from '../../src/tuf/sign-metadata.ts';
import { type RoleKeySet, verifySignatures } from '../../src/tuf/verify-signatures.ts';
import { keysOf, someKeys } from '../support/draft-repo.ts';
import { mapped } from '../support/json-documents.ts';
import { certifiedSigner, type Signer } from '../support/metadata-author.ts';
import { failureOf, refusal } from '../support/refusal.ts';

const content = mapped({ _type: 'Targets', b: 2, a: '<&>' }) as JsonObject;
const [a, b, c] = someKeys(3) as [Signer, Signer, Signer];
const group = (threshold: number, ...signers: readonly Signer[]): RoleKeySet => ({
  keys: new Map(signers.map(({ id, entry }) => [id, entry])),
  threshold,
});
const failing = (code: ErrorCode, ids: readonly string[], held: SigningKeys): SigningKeys => ({
  find: async (id, role) => {
    if (ids.includes(id)) throw new NotaryError(code, 'failed');
    return held.find(id, role);
  },
});
/** Keys that are here and for something else, each with its own advice; one says nothing of it. */
const unfit = (advice: ReadonlyMap<string, string | undefined>, held: SigningKeys): SigningKeys => ({
  find: async (id, role) => {
    if (!advice.has(id)) return held.find(id, role);
    const hint = advice.get(id);
    throw new NotaryError('KEY_NOT_FOUND', 'unfit', { details: { unfit: true }, ...(hint && { hint }) });
  },
});
const idsOf = (...signers: readonly Signer[]) => signers.map(({ key }) => key.keyId).sort();
const names = (...signers: readonly Signer[]) => idsOf(...signers).join(', ');

describe('signing', () => {
  it('signing is done by every key that is there', async () => {
    const { bytes } = await signContent(content, [group(1, a, b, c)], keysOf(a, c), 'targets');
    const envelope = parseEnvelope(bytes);
    expect(envelope.signatures.map(({ keyId }) => keyId)).toEqual([a.id, c.id]);
    expect(() => verifySignatures(envelope, group(2, a, b, c), 'targets')).not.toThrow();
  });

  it('signing looks keys up by their canonical ID and names them by the listed one', async () => {
    const root = certifiedSigner('gun', new Date());
    const keys = keysOf(root);
    const envelope = await signContent(content, [group(1, root)], keys, 'root');
    expect(keys.asked).toEqual([root.key.keyId]);
    expect(root.key.keyId).not.toBe(root.id);
    expect(envelope.signatures[0]?.keyId).toBe(root.id);
  });

  it('signing for two groups needs each to reach its threshold, and takes a common key once', async () => {
    const keys = keysOf(a, b, c);
    const envelope = await signContent(content, [group(2, a, b), group(2, b, c)], keys, 'targets');
    expect(envelope.signatures.map(({ keyId }) => keyId)).toEqual([a.id, b.id, c.id]);
    expect(keys.asked).toEqual([a.id, b.id, c.id]);
  });

  it('signing counts a key once under two certificates, as readers do, and a look foretells it', async () => {
    const twins = [certifiedSigner('one', new Date(), a.key), certifiedSigner('two', new Date(), a.key)];
    const signers = group(2, ...twins);
    const words = refusal('INSUFFICIENT_SIGNATURES', /^not enough signing keys: found 1 of 2/);
    await expect(signContent(content, [signers], keysOf(...twins), 'targets')).rejects.toThrow(words);
    const foretold = await signingFailure(signers, keysOf(...twins), 'targets');
    expect(foretold?.code).toBe('INSUFFICIENT_SIGNATURES');
  });

  it.each([
    [
      'no key',
      [group(1, a)],
      [],
      `signing keys not available: need 1 keys from 1 possible keys (${names(a)})`,
    ],
    [
      'no key of several',
      [group(1, a, b)],
      [],
      `signing keys not available: need 1 keys from 2 possible keys (${names(a, b)})`,
    ],
    ['a role without keys', [group(1)], [a], 'signing keys not available: need 1 keys from 0 possible keys'],
    [
      'one of two',
      [group(2, a, b)],
      [a],
      `not enough signing keys: found 1 of 2 needed keys - 1 other possible keys (${names(b)})`,
    ],
    [
      'one of three',
      [group(2, a, b, c)],
      [c],
      `not enough signing keys: found 1 of 2 needed keys - 2 other possible keys (${names(a, b)})`,
    ],
    [
      'the second group',
      [group(1, a, b), group(1, c)],
      [a],
      `signing keys not available: need 1 keys from 1 possible keys (${names(c)})`,
    ],
  ] as const)(
    'signing fails in the words of Notary without enough keys: %s',
    async (_, groups, held, message) => {
      await expect(signContent(content, groups, keysOf(...held), 'targets')).rejects.toThrow(
        refusal('INSUFFICIENT_SIGNATURES', message),
      );
    },
  );

  it.each(['PASSPHRASE_INVALID', 'ATTEMPTS_EXCEEDED', 'INVALID_KEY'] as const)(
    'signing fails when a key is there and cannot be opened: %s',
    async (code) => {
      const keys = failing(code, [b.id], keysOf(a));
      await expect(signContent(content, [group(1, a, b)], keys, 'targets')).rejects.toThrow(refusal(code));
    },
  );

  it.each(['KEY_NOT_FOUND', 'PASSPHRASE_INVALID', 'ATTEMPTS_EXCEEDED', 'INVALID_KEY'] as const)(
    'signing goes on without the keys of a group that does not have to sign: %s',
    async (code) => {
      const keys = failing(code, [b.id], keysOf(a, c));
      const envelope = await signContent(content, [group(1, a), group(0, b, c)], keys, 'targets');
      expect(envelope.signatures.map(({ keyId }) => keyId)).toEqual([a.id, c.id]);
    },
  );

  it('signing fails with the missing keys named, and with how many there were', async () => {
    const [first, second] = [a, c].sort((one, other) => (one.id < other.id ? -1 : 1)) as [Signer, Signer];
    await expect(
      signContent(content, [group(2, second, b, first)], keysOf(b), 'targets'),
    ).rejects.toMatchObject({
      code: 'INSUFFICIENT_SIGNATURES',
      details: { keys: [first.key.keyId, second.key.keyId], threshold: 2, found: 1 },
    });
  });

  it('fails with the number of unfit keys and with the advice of each, once', async () => {
    const advised = new Map([
      [a.key.keyId, 'The key is for root.'],
      [b.key.keyId, 'It is for another GUN.'],
    ]);
    const signed = (keys: SigningKeys) => signContent(content, [group(2, a, b, c)], keys, 'targets');
    await expect(signed(unfit(advised, keysOf(c)))).rejects.toMatchObject({
      code: 'INSUFFICIENT_SIGNATURES',
      details: { role: 'targets', keys: idsOf(a, b), threshold: 2, found: 1, unfit: 2 },
      hint: 'The key is for root. It is for another GUN.',
    });
    const same = new Map([...advised.keys()].map((id) => [id, 'Twice.'] as const));
    await expect(signed(unfit(same, keysOf(c)))).rejects.toMatchObject({ hint: 'Twice.' });
  });

  it('fails with the usual advice where no key is unfit, or none of them says why', async () => {
    const failure = async (keys: SigningKeys) => {
      const error: unknown = await signContent(content, [group(1, a, b)], keys, 'targets').catch(
        (e: unknown) => e,
      );
      if (!(error instanceof NotaryError)) throw new Error('the client signed');
      return error;
    };
    const absent = await failure(keysOf());
    expect(absent.hint).toContain('"key import"');
    expect(absent.details).toEqual({ role: 'targets', keys: idsOf(a, b), threshold: 1, found: 0 });
    const silent = await failure(unfit(new Map([[a.key.keyId, undefined]]), keysOf()));
    expect(silent.hint).toBe(absent.hint);
    expect(silent.details['unfit']).toBe(1);
    const other: SigningKeys = {
      find: () => Promise.reject(new NotaryError('KEY_NOT_FOUND', 'none', { hint: 'of no use' })),
    };
    expect((await failure(other)).hint).toBe(absent.hint);
  });

  it('signing lets other failures through', async () => {
    const broken: SigningKeys = { find: () => Promise.reject(new TypeError('a defect')) };
    await expect(signContent(content, [group(0, a)], broken, 'targets')).rejects.toThrow(TypeError);
    await expect(checkCanSign('targets', group(1, a), broken)).rejects.toThrow(TypeError);
  });
});

describe('looking whether a role can be signed', () => {
  it('the check whether a role can be signed needs one key, whatever the threshold', async () => {
    await expect(checkCanSign('targets', group(3, a, b, c), keysOf(c))).resolves.toBeUndefined();
  });

  it('the check whether a role can be signed looks under the listed ID and under the canonical one', async () => {
    const root = certifiedSigner('gun', new Date());
    const keys = keysOf(root);
    await checkCanSign('root', group(1, root), keys);
    expect(keys.asked).toEqual([root.id, root.key.keyId]);
  });

  it('the check whether a role can be signed names the canonical IDs of all keys when there is none', async () => {
    const root = certifiedSigner('gun', new Date());
    await expect(checkCanSign('root', group(1, root, a), keysOf())).rejects.toThrow(
      refusal(
        'NO_KEYS',
        `could not find necessary signing keys, at least one of these keys must be available: ${names(root, a)}`,
        { role: 'root', keys: idsOf(root, a) },
      ),
    );
    await expect(checkCanSign('targets/a', group(1), keysOf(a))).rejects.toThrow(
      refusal(
        'NO_KEYS',
        'could not find necessary signing keys, at least one of these keys must be available: ',
      ),
    );
  });

  it('is answered with yes or no', async () => {
    expect(await canSign('targets', group(1, a, b), keysOf(b))).toBe(true);
    expect(await canSign('targets', group(1, a, b), keysOf(c))).toBe(false);
    expect(await canSign('targets', group(1), keysOf(a))).toBe(false);
  });

  it('gives the advice of a key that is here and for something else', async () => {
    const keys = unfit(new Map([[a.key.keyId, 'The key is for root.']]), keysOf());
    await expect(checkCanSign('targets', group(1, a, b), keys)).rejects.toMatchObject({
      hint: 'The key is for root.',
    });
  });

  it('lets an error through that says nothing of a key', async () => {
    const keys = failing('INTERRUPTED', [a.id], keysOf(b));
    await expect(checkCanSign('targets', group(1, a, b), keys)).rejects.toThrow(refusal('INTERRUPTED'));
  });

  it.each([
    ['targets', [a], 'This changes the top-level role targets.'],
    ['targets/a', [a], 'None of the keys of targets/a is on this machine:'],
    ['targets/a', [], 'No key may sign targets/a any more;'],
    ['targets', [], 'No key may sign targets any more;'],
  ] as const)(
    'the check whether a role can be signed says what can be done for %s with the keys %#',
    async (role, keys, advice) => {
      await expect(checkCanSign(role, group(1, ...keys), keysOf())).rejects.toMatchObject({
        hint: expect.stringContaining(advice) as string,
      });
    },
  );

  it.each(['PASSPHRASE_INVALID', 'ATTEMPTS_EXCEEDED', 'INVALID_KEY'] as const)(
    'the check whether a role can be signed does not call a key absent that cannot be opened, and takes another: %s',
    async (code) => {
      await expect(checkCanSign('targets', group(1, a), failing(code, [a.id], keysOf(a)))).rejects.toThrow(
        refusal(code, /^could not find necessary signing keys/),
      );
      await expect(
        checkCanSign('targets', group(1, a, b), failing(code, [a.id], keysOf(b))),
      ).resolves.toBeUndefined();
    },
  );
});

describe('why no key of a role can be used', () => {
  const words = `could not find necessary signing keys, at least one of these keys must be available: ${names(a)}`;
  const none = (
    code: ErrorCode,
    options: ConstructorParameters<typeof NotaryError>[2] = {},
  ): SigningKeys => ({
    find: () => Promise.reject(new NotaryError(code, 'failed', options)),
  });
  const failureFor = (keys: SigningKeys, role = 'targets/a') =>
    failureOf(checkCanSign(role, group(1, a), keys));

  it('a locked key is here: the error says what was tried, in the words and under the code of a passphrase', async () => {
    const details = { key: a.key.keyId, role: 'user', tried: ['NOTARY_DELEGATION_PASSPHRASE'] };
    const failure = await failureFor({
      ...none('PASSPHRASE_INVALID', { details, hint: 'It is locked.' }),
      gun: 'g',
    });
    expect(failure).toMatchObject({
      ...{ code: 'PASSPHRASE_INVALID', message: words, hint: 'It is locked.' },
      details: {
        ...{ gun: 'g', role: 'targets/a', keys: [a.key.keyId], key: a.key.keyId, keyRole: 'user' },
        tried: ['NOTARY_DELEGATION_PASSPHRASE'],
      },
    });
  });

  it.each(['INVALID_KEY', 'FILE_UNREADABLE'] as const)(
    'an unreadable key file is here: the error has the code %s and names the file',
    async (code) => {
      const failure = await failureFor(
        none('KEY_NOT_FOUND', { details: { unreadable: code }, hint: 'The file x.key cannot be used.' }),
      );
      expect([failure.code, failure.message, failure.hint]).toEqual([
        code,
        words,
        'The file x.key cannot be used.',
      ]);
    },
  );

  it('a locked key is spoken of before an unreadable or an absent one', async () => {
    const codes = [
      ['KEY_NOT_FOUND', { details: { unreadable: 'INVALID_KEY' as const } }],
      ['PASSPHRASE_INVALID', {}],
    ] as const;
    let asked = 0;
    const keys: SigningKeys = {
      find: () => {
        const [code, options] = codes[asked++ % 2] ?? ['KEY_NOT_FOUND', {}];
        return Promise.reject(new NotaryError(code, 'failed', options));
      },
    };
    expect((await failureFor(keys)).code).toBe('PASSPHRASE_INVALID');
  });

  const heldKey = (signer: Signer, role: string, gun = '') => ({ keyId: signer.key.keyId, role, gun });
  const holding = (...held: readonly HeldKey[]): SigningKeys => ({
    ...keysOf(),
    gun: 'docker.io/alice/my demo',
    held: async () => held,
  });

  it('a key that is here and not in the role is named, with the command for the owner', async () => {
    const { code, hint } = await failureFor(holding(heldKey(b, 'user'), heldKey(c, 'root')));
    expect(code).toBe('NO_KEYS');
    expect(hint).toBe(
      `The key ${b.key.keyId} is here and not among the keys of targets/a of docker.io/alice/my demo: ask its owner to add it (tsnotary delegation add 'docker.io/alice/my demo' targets/a CERTIFICATE), or import a key of the role with "key import".`,
    );
    const several = await failureFor(holding(heldKey(b, 'user'), heldKey(c, '')));
    expect(several.hint).toContain(`The keys ${b.key.keyId}, ${c.key.keyId} are here and not among`);
  });

  it('an absent key is called absent', async () => {
    const { code, hint } = await failureFor(holding(heldKey(c, 'root'), heldKey(b, 'targets', 'other')));
    expect(code).toBe('NO_KEYS');
    expect(hint).toMatch(/^None of the keys of targets\/a of docker\.io\/alice\/my demo is on this machine:/);
  });

  it('a targets key of the repository that its root does not list is named', async () => {
    const { hint } = await failureFor(holding(heldKey(b, 'targets', 'docker.io/alice/my demo')), 'targets');
    expect(hint).toContain(`The key ${b.key.keyId} is here for it, but the root does not list it;`);
    const other = await failureFor(holding(heldKey(b, 'targets', 'another')), 'targets');
    expect(other.hint).toContain('None of its keys of docker.io/alice/my demo is on this machine;');
  });

  it('a signature that is missing because of an unreadable key file says so', async () => {
    const keys = none('KEY_NOT_FOUND', {
      details: { unreadable: 'INVALID_KEY' },
      hint: 'The file cannot be used.',
    });
    await expect(signContent(content, [group(1, a)], keys, 'root')).rejects.toMatchObject({
      ...{ code: 'INSUFFICIENT_SIGNATURES', hint: 'The file cannot be used.' },
      details: { unreadable: 1, found: 0 },
    });
  });
});
