/** How many signatures the client verifies before it refuses a file, and then all files of a run. */

import { describe, expect, it } from 'vitest';
import { usableKey } from '../../src/crypto/keys/verification-key.ts';
import { VerificationAllowance } from '../../src/tuf/verification-allowance.ts';
import { ecSamples, ed25519, rsa2048 } from '../support/key-samples.ts';
import { refusal } from '../support/refusal.ts';

const p256 = usableKey(ecSamples[1]?.entry ?? ed25519.entry);
const p384 = usableKey(ecSamples[2]?.entry ?? ed25519.entry);
const rsa = usableKey(rsa2048.entry);
/** As a key of 4096 bits, and of one byte more. */
const longRsa = { ...rsa, signatureLength: 512 };
const longerRsa = { ...rsa, signatureLength: 513 };

const spending = (key: typeof p256, count: number, bytes = 0) => {
  const file = new VerificationAllowance().forFile('targets');
  return () => {
    for (let index = 0; index < count; index++) file.spend(key, bytes);
  };
};
const tooMany = refusal('ROLE_THRESHOLD', /^verifying the signatures of targets takes too long$/, {
  role: 'targets',
});

describe('one file', () => {
  it.each([
    ['P-256', p256],
    ['Ed25519', usableKey(ed25519.entry)],
    ['RSA of 2048 bits', rsa],
    ['RSA of 4096 bits', longRsa],
  ])('may have 33,333 signatures by a quick key and no more: %s', (_, key) => {
    expect(spending(key, 33_333)).not.toThrow();
    expect(spending(key, 33_334)).toThrow(tooMany);
  });

  it.each([
    ['P-384', p384],
    ['RSA of more than 4096 bits', longerRsa],
  ])('may have 2,500 signatures by a slow key and no more: %s', (_, key) => {
    expect(spending(key, 2500)).not.toThrow();
    expect(spending(key, 2501)).toThrow(tooMany);
  });

  it('may have fewer of them the longer its message is', () => {
    const bytes = 850_000; // as much as 850 microseconds
    expect(spending(p256, 5000, bytes)).not.toThrow();
    expect(spending(p256, 5001, bytes)).toThrow(tooMany);
  });
});

describe('all files of a run together', () => {
  it('may have three times as many', () => {
    const run = new VerificationAllowance();
    for (const role of ['targets', 'targets/a', 'targets/b', 'targets/c']) {
      const file = run.forFile(role);
      for (let index = 0; index < 1875; index++) file.spend(p384, 0);
    }
    expect(() => run.forFile('targets/d').spend(p256, 0)).toThrow(
      refusal('INVALID_METADATA', 'verifying all signatures up to targets/d takes too long', {
        role: 'targets/d',
      }),
    );
  });

  it('are counted apart from those of another run', () => {
    const spend = spending(p384, 2500);
    spend();
    expect(spending(p384, 2500)).not.toThrow();
  });
});
