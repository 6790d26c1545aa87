/** Names of signers and of their keys. */

import { expect, it } from 'vitest';
import { checkName, checkNewKeyName, checkSignerName } from '../../src/images/signer-name.ts';
import { refusal } from '../support/refusal.ts';

it('a name is of small letters, digits, hyphens and underscores, and begins with a letter or digit', () => {
  for (const name of ['alice', '0', 'a-b_c', 'root']) expect(() => checkSignerName(name)).not.toThrow();
  const rule =
    'must start with lowercase alphanumeric characters and can include "-" or "_" after the first character';
  for (const name of ['', 'Alice', '-a', '_a', 'a.b', 'a/b', 'a b', 'ä', 'a\n'])
    expect(() => checkName('key', name)).toThrow(
      refusal('SIGNER_NAME_INVALID', `key name "${name}" ${rule}`),
    );
});

it('no signer is called as the role of released tags, and no new key as a role of the repository', () => {
  expect(() => checkSignerName('releases')).toThrow(refusal('SIGNER_NAME_INVALID'));
  for (const name of ['releases', 'root', 'targets', 'snapshot', 'timestamp'])
    expect(() => checkNewKeyName(name)).toThrow(refusal('SIGNER_NAME_INVALID', /reserved/));
});
