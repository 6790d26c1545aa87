/** Loading the keys of signers from files of several. */

import { expect, it } from 'vitest';
import { loadSignerKeys } from '../../src/keys/load-signer-key.ts';
import { plainPem, rsaKey, scriptedRetriever } from '../support/key-file-samples.ts';
import { memoryKeyStorage, memoryLog } from '../support/memory-ports.ts';

it('of a file with a key that cannot be read no other key is stored, either', async () => {
  const [storage, log] = [memoryKeyStorage(), memoryLog()];
  const { retrieve } = scriptedRetriever('new passphrase', 'new passphrase');
  const damaged = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
  const bytes = Buffer.concat([plainPem(rsaKey()), Buffer.from(damaged)]);
  const file = { bytes, source: 'two.pem', name: 'alice', isChosen: true };
  const ports = { storage, retrieve, log, caution: () => undefined };
  await expect(loadSignerKeys(ports, file)).rejects.toThrow('failed to import all keys');
  expect(await storage.list()).toEqual([]);
});
