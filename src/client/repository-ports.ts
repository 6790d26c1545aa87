/** Groups the ports of one repository; each verb takes those it needs. */

import type { CryptoService } from '../keys/crypto-service.ts';
import type { ExpiryOf } from '../metadata/expiry.ts';
import type { Gun } from '../metadata/gun.ts';
import type { Clock, RandomBytes } from '../ports/clock.ts';
import type { Caution, Log } from '../ports/log.ts';
import type { RemoteStore } from '../ports/notary-server.ts';
import type { LoginQuestions } from '../ports/prompts.ts';
import type {
  ChangelistStore,
  LocalRepository,
  MetadataStore,
  RepositoryLock,
  RotationJournal,
  TrustDirMetadata,
  UploadJournal,
} from '../ports/trust-dir.ts';
import type { TrustPinning } from '../trust-pinning/trust-pinning.ts';

/** What reading as of another time has to know of the present. */
export interface AsOf {
  /** The time that it is now. */
  readonly now: Date;
  /** The archive that is read, whose files are never signed anew. */
  readonly archive?: string;
  /** True for a role whose file the server signs anew until then: it must only be good now. */
  readonly heldByServer: (role: string) => boolean;
}

export interface RepositoryPorts {
  readonly gun: Gun;
  readonly local: LocalRepository;
  readonly cache: MetadataStore;
  readonly remote: RemoteStore;
  readonly changelist: ChangelistStore;
  readonly lock: RepositoryLock;
  readonly journal: RotationJournal;
  readonly uploads: UploadJournal;
  readonly heldMetadata: TrustDirMetadata;
  readonly cryptoService: CryptoService;
  readonly pinning: TrustPinning;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  readonly caution: Caution;
  /** When what is signed now expires, where the user has chosen it. */
  readonly expiryOf?: ExpiryOf | undefined;
  /** Set where the clock is not that of now, to read as of another time. */
  readonly asOf?: AsOf | undefined;
  /** Where the user may be asked for a login. */
  readonly login?: LoginQuestions;
}
