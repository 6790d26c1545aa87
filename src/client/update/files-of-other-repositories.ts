/**
 * Detects files of other repositories. A file of targets does not say which repository it is for: when a key signs
 * in several, their server can serve the file of one in place of the other's. A machine that holds the other one
 * notices.
 */

import type { Envelope } from '../../metadata/signed.ts';
import type { TrustDirFile } from '../../ports/trust-dir.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { HeldIndex } from './signed-message-index.ts';

/** A file that was accepted here and is another repository's as well. */
export interface ForeignFile {
  readonly role: string;
  readonly of: Pick<TrustDirFile, 'gun' | 'role'>;
}

/** Looks accepted files up among those of other repositories. */
export class ForeignFiles {
  readonly #index: HeldIndex;
  readonly #found: ForeignFile[] = [];

  constructor(index: HeldIndex) {
    this.#index = index;
  }

  get found(): readonly ForeignFile[] {
    return this.#found;
  }

  /**
   * True when another repository holds this content under a signature that is in this file too. A signer of the
   * same content for several repositories makes a signature for each.
   */
  async has(role: string, envelope: Envelope): Promise<boolean> {
    const of = await this.#index.find(envelope);
    if (of !== undefined) this.#found.push({ role, of });
    return of !== undefined;
  }

  /** @throws NotaryError FILE_OF_OTHER_REPOSITORY, when strict */
  report({ gun, caution }: Pick<RepositoryPorts, 'gun' | 'caution'>): void {
    for (const { role, of } of this.#found) {
      caution(
        'FILE_OF_OTHER_REPOSITORY',
        `the file of ${role} of ${gun} is that of ${of.role} of ${of.gun}: a key that both list has signed it once, and the server may have put one in the place of the other`,
        { gun, role, otherGun: of.gun, otherRole: of.role },
      );
    }
  }
}
