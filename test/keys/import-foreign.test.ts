/** Key files as people have them: through editors, shells, secret stores and other programs. */

import { describe, expect, test } from 'vitest';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import { fixture } from '../support/fixture-files.ts';
import { encryptedPem, gun, plainPem } from '../support/key-file-samples.ts';
import { headersOf, imported } from '../support/key-importing.ts';

const key = generateEcdsaKey();

describe('import', () => {
  const pem = plainPem(key);
  test.each([
    ['base64 of a key file', utf8(Buffer.from(pem).toString('base64'))],
    ['JSON', utf8(JSON.stringify({ key: Buffer.from(pem).toString() }))],
    ['empty', utf8('\n')],
    ['a key of PuTTY', utf8('PuTTY-User-Key-File-3: ssh-rsa\n')],
    ['a public key of OpenSSH', utf8('ssh-ed25519 AAAAC3Nz me@here')],
    ['a page of HTML or XML', utf8('<!DOCTYPE html><p>Not found')],
    ['PEM that is damaged or cut short', pem.subarray(0, 100)],
    ['a gzip file', Buffer.from([0x1f, 0x8b, 8, 0])],
    ['binary data without a key', Buffer.from([1, 2, 200])],
  ])('import of a file that is %s says so, and fails when strict', async (what, file) => {
    const { failure, log, storage } = await imported([file]);
    expect([failure, storage.files.size]).toEqual([undefined, 0]);
    expect(log.records).toMatchObject([{ code: 'NO_PEM_BLOCKS' }]);
    expect(log.messages('warn')[0]).toContain(`: it is ${what}, and no key is imported from it`);
    const strict = await imported([file], { strict: true });
    expect(strict.failure).toMatchObject({ code: 'NO_PEM_BLOCKS' });
  });

  const flattened = (to: string) => utf8(Buffer.from(pem).toString().trim().replaceAll('\n', to));
  test.each([
    ['blanks for line ends', flattened(' ')],
    ['no line ends', flattened('')],
    ['\\n in letters', flattened('\\n')],
    ['\\n in letters, in quotes', Buffer.concat([utf8('"'), flattened('\\n'), utf8('"')])],
    ['\\r\\n in letters', flattened('\\r\\n')],
    ['carriage returns alone', flattened('\r')],
    ['CRLF', flattened('\r\n')],
    ['UTF-16 and a mark', Buffer.from(`\ufeff${Buffer.from(pem).toString()}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\ufeff${Buffer.from(pem).toString()}`, 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from(Buffer.from(pem).toString(), 'utf16le')],
    ['DER', key.object.export({ format: 'der', type: 'pkcs8' })],
  ])('import of a key with %s takes it', async (_, file) => {
    const { failure, keyIds } = await imported([file]);
    expect([failure, keyIds]).toEqual([undefined, [key.keyId]]);
  });

  test('import of an exported key whose line ends are blanks keeps its headers', async () => {
    const exported = await encryptedPem(key, 'old', { role: 'targets', gun, path: key.keyId });
    const flat = Buffer.from(exported).toString().trim().replace(/\s+/g, ' ');
    const { storage } = await imported([utf8(flat)]);
    expect(headersOf(storage, key.keyId)).toEqual({ role: 'targets', gun });
  });

  test.each([
    ['a certificate', fixture('certs/p256.crt'), 'delegation add'],
    ['a certificate', fixture('certs/p256.der'), 'delegation add'],
    ['a public key', fixture('keys/p256.pub.pem'), 'the private key that belongs to it'],
  ])('import of %s says what it is and what to do', async (what, file, advice) => {
    const { failure } = await imported([file]);
    expect(failure).toMatchObject({
      code: 'INVALID_KEY',
      message: 'failed to import all keys: invalid key pem block',
      hint: expect.stringMatching(new RegExp(`^file.pem: it is ${what}\\. .*${advice}`)) as string,
    });
  });

  test('import of an Ed25519 key says of what little use it is', async () => {
    const { log, keyIds } = await imported([fixture('keys/ed25519.pem')]);
    expect(log.records).toMatchObject([{ level: 'warn', code: 'KEY_KIND_UNUSED' }]);
    expect(keyIds).toHaveLength(1);
  });
});
