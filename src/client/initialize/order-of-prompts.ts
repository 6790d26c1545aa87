/**
 * Puts what `init` asks of the user into the order of Notary 0.7.0: passphrases, then the login. Scripts of expect
 * know no other.
 */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import type { PreparedKey } from '../../keys/crypto-service.ts';
import type { LoginQuestions } from '../../ports/prompts.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** What has been asked for. */
export interface Answers {
  readonly timestampKey: PublicKey;
  /** New keys with their passphrases, by role; none when the server wanted no login. */
  readonly prepared: ReadonlyMap<string, PreparedKey>;
}

/**
 * Asks the server for its timestamp key. When that takes a login by the user, the passphrases are asked for before it,
 * and nothing is stored until the server has answered.
 *
 * @param rootKeyId canonical ID of a stored root key; a new one is made when there is none
 * @param login undefined where no question for a login has to wait
 * @throws NotaryError as `askServer` does, ATTEMPTS_EXCEEDED, PASSPHRASE_INVALID
 */
export async function askedInOrder(
  { cryptoService, gun }: Pick<RepositoryPorts, 'cryptoService' | 'gun'>,
  rootKeyId: CanonicalKeyId | undefined,
  askServer: () => Promise<PublicKey>,
  login: LoginQuestions | undefined,
): Promise<Answers> {
  const prepared = new Map<string, PreparedKey>();
  if (login === undefined) return { timestampKey: await askServer(), prepared };
  const { wanted, release } = login.postpone();
  const answer = askServer();
  const answered = answer.then(
    () => true,
    () => true,
  );
  if (!(await Promise.race([answered, wanted.then(() => false)]))) {
    if (rootKeyId === undefined) prepared.set('root', await cryptoService.prepare('root', ''));
    else await cryptoService.find(rootKeyId, { role: 'root', gun });
    for (const role of ['targets', 'snapshot']) prepared.set(role, await cryptoService.prepare(role, gun));
  }
  release();
  return { timestampKey: await answer, prepared };
}
