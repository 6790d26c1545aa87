/** Key files, and retrievers of passphrases that answer from a list. */

import { generateKeyPairSync } from 'node:crypto';
import { type PrivateKey, privateKeyOf } from '../../src/crypto/keys/private-key.ts';
import { encodePem, type PemBlock, parsePem } from '../../src/encoding/pem.ts';
import { NotaryError } from '../../src/errors.ts';
import { encodeKeyFile } from '../../src/keys/key-file.ts';
import type { PassphraseRequest, PassphraseRetriever } from '../../src/ports/prompts.ts';

export const gun = 'docker.io/lib/alpine';

export function rsaKey(modulusLength = 2048): PrivateKey {
  return privateKeyOf(generateKeyPairSync('rsa', { modulusLength }).privateKey);
}

/** Standard PKCS#8 in PEM, as other programs write it. */
export function plainPem(key: PrivateKey, headers: Readonly<Record<string, string>> = {}): Uint8Array {
  const bytes = key.object.export({ format: 'der', type: 'pkcs8' });
  return encodePem({ type: 'PRIVATE KEY', headers: new Map(Object.entries(headers)), bytes });
}

/** An encrypted key file with further headers. */
export async function encryptedPem(
  key: PrivateKey,
  passphrase: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const block = onlyBlock(await encodeKeyFile(key, '', '', passphrase));
  return encodePem({ ...block, headers: new Map(Object.entries(headers)) });
}

/** The single block of a PEM text. */
export function onlyBlock(pem: Uint8Array | undefined): PemBlock {
  const blocks = parsePem(pem ?? new Uint8Array());
  if (blocks[0] === undefined || blocks.length > 1) throw new Error(`${blocks.length} PEM blocks`);
  return blocks[0];
}

export interface ScriptedRetriever {
  readonly retrieve: PassphraseRetriever;
  readonly requests: readonly PassphraseRequest[];
}

/** Answers in order; `undefined` stands for having none, and after the last one it gives up. */
export function scriptedRetriever(...answers: readonly (string | undefined)[]): ScriptedRetriever {
  const left = [...answers];
  const requests: PassphraseRequest[] = [];
  return {
    requests,
    retrieve: async (request) => {
      if (request.unasked === true) throw new NotaryError('PASSPHRASE_INVALID', 'no user is asked');
      requests.push(request);
      if (left.length === 0) return { passphrase: '', giveUp: true };
      const passphrase = left.shift();
      if (passphrase === undefined) throw new NotaryError('PASSPHRASE_INVALID', 'none this time');
      return { passphrase, giveUp: false };
    },
  };
}
