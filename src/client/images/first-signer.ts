/**
 * Makes the repository of an image for its first signature: the keys, the first signer, and the delegations that let the
 * signer sign (docker CLI 28.2.2).
 */

import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { NotaryError } from '../../errors.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { signerChanges } from './add-signer.ts';
import type { NewKeys } from './new-keys.ts';
import { publishToImage } from './publish-image.ts';

/**
 * Publishes the repository. No key stays of a run that the server has certainly not taken.
 *
 * @param signer undefined for a repository without signers, whose tags its own key signs (docker push)
 * @throws NotaryError INVALID_OPERATION where another client has made it meanwhile, or it was made here and never published;
 * every code of `publishToImage`
 */
export async function makeForFirstSignature(
  ports: RepositoryPorts,
  signer: string | undefined,
): Promise<void> {
  let made = false;
  const { unseen } = await publishToImage(ports, {
    onCreate: () => (made = true),
    changes: async ({ snapshot }, keys) => {
      // What was made here has no snapshot before it is on the server: then this one is another client's.
      if (!made || snapshot !== undefined) throw notMade(ports.gun);
      return signer === undefined
        ? []
        : signerChanges(`targets/${signer}`, [await signerKey(ports, keys, signer)]);
    },
  });
  for (const { code, message, details } of unseen) ports.caution(code, message, details);
}

/** A key of the signer's name that is here, the one with the lowest ID; else a new one. */
async function signerKey(
  { cryptoService, gun }: RepositoryPorts,
  keys: NewKeys,
  signer: string,
): Promise<PublicKey> {
  const [stored] = (await cryptoService.list(signer)).map(({ keyId }) => keyId).sort();
  if (stored === undefined) return keys.make(signer, '');
  const { key } = await cryptoService.find(stored, { role: `targets/${signer}`, gun });
  return key.publicKey;
}

function notMade(gun: string): NotaryError {
  return new NotaryError(
    'INVALID_OPERATION',
    `another client has just made ${gun}, or it was made on this machine and never published`,
    {
      details: { gun },
      hint: 'Nothing was signed. Look what is there with "trust inspect", and run this again.',
    },
  );
}
