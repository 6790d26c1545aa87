/**
 * Takes passphrases out of the environment: those of single keys, those that Notary 0.7.0 reads for roles, and those
 * of docker.
 */

import { isKeyId } from '../../crypto/keys/key-id.ts';
import { isBaseRole } from '../../metadata/role-name.ts';
import type { Environment } from '../spec/process.ts';

/** By name, the variables with passphrases that were set; an empty one counts as none (Notary 0.7.0). */
export type PassphraseVariables = ReadonlyMap<string, string>;

const ofRoles: ReadonlyMap<string, string> = new Map([
  ['root', 'NOTARY_ROOT_PASSPHRASE'],
  ['targets', 'NOTARY_TARGETS_PASSPHRASE'],
  ['snapshot', 'NOTARY_SNAPSHOT_PASSPHRASE'],
  ['delegation', 'NOTARY_DELEGATION_PASSPHRASE'],
]);
const dockersRoot = 'DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE';
const dockersRepository = 'DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE';
const ofKey = 'NOTARY_PASSPHRASE_';
const digits = 12;

/** Takes the passphrases out of the environment, so that no later reader of it finds them. */
export function takePassphrases(environment: Environment): PassphraseVariables {
  const ofKeys = environment.names().filter((name) => /^NOTARY_PASSPHRASE_[0-9A-F]{12}$/.test(name));
  const found = new Map<string, string>();
  for (const name of [...ofKeys, ...ofRoles.values(), dockersRoot, dockersRepository]) {
    const value = environment.take(name);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

/** The passphrases as the variables that they came from, for a program that is to have them. */
export function passphraseVariables(taken: PassphraseVariables): Readonly<Record<string, string>> {
  return Object.fromEntries([...taken].filter(([, value]) => value !== ''));
}

/** The variable of a single key: the first digits of its ID, in capitals; undefined for what is no key ID. */
export function variableOfKey(keyId: string): string | undefined {
  return isKeyId(keyId) ? `${ofKey}${keyId.slice(0, digits).toUpperCase()}` : undefined;
}

/** The role whose passphrase serves a role word: every word but those of base roles is that of a delegation. */
export function servingRole(alias: string): string {
  return isBaseRole(alias) ? alias : 'delegation';
}

/** Notary's variable for a role word; undefined for the timestamp, which has none. */
export function variableOfRole(alias: string): string | undefined {
  return ofRoles.get(servingRole(alias));
}

/** The variable in which docker has the passphrase of a role. */
export function variableOfDocker(alias: string): string {
  return alias === 'root' ? dockersRoot : dockersRepository;
}
