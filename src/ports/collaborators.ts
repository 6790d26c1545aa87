/** Declares the port to the file with the names of collaborators. */

import type { SharedFile } from './shared-file.ts';

export interface CollaboratorsStore extends SharedFile {
  /** A certificate that the file names; a relative path starts at its directory. @throws NotaryError FILE_UNREADABLE */
  certificate(path: string): Promise<Uint8Array>;
}
