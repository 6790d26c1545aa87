/**
 * Exports the library for scripts: `import { openRepository } from 'tsnotary'`, or `require('tsnotary')`.
 *
 * Nothing here prompts, prints, ends the process, or reads the environment. Expected failures are `NotaryError`s
 * with a stable `code`.
 */

export type { JsonData } from './encoding/to-plain-json.ts';
export type { ErrorCode } from './error-codes.ts';
export { type ErrorDetails, isNotaryError, NotaryError } from './errors.ts';
export { openKeys } from './library/open-keys.ts';
export { openRepository } from './library/open-repository.ts';
export type {
  AddedSigners,
  Credentials,
  Delegation,
  InitOptions,
  LogRecord,
  NamedKey,
  OpenOptions,
  PassphraseQuestion,
  Published,
  RemovedSigners,
  Repository,
  RotateOptions,
  StagedChange,
  Target,
  TargetContent,
  TargetRoles,
  TrustPins,
} from './library/repository.ts';
export type { KeyPair, Keys, KeysOptions, StoredKey } from './library/stored-keys.ts';
