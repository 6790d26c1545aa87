/** Declares the flags that every command accepts, before or after its name, and those of the program alone. */

import type { Strictness } from '../../composition/strictness.ts';
import { defineFlags, type FlagValues } from './command-spec.ts';
import type { Environment } from './process.ts';

export const globalFlags = defineFlags({
  collaborators: {
    type: 'string',
    extension: true,
    usage: 'File with the names of keys in place of ~/.notary/collaborators.yaml',
  },
  configFile: {
    type: 'string',
    short: 'c',
    usage: 'Configuration file in place of ~/.notary/config.json',
  },
  debug: { type: 'bool', short: 'D', usage: 'Log debugging messages as well' },
  json: {
    type: 'bool',
    extension: true,
    usage: 'Print the result as one line of JSON; errors and log messages too',
  },
  'no-input': {
    type: 'bool',
    extension: true,
    usage: 'Never ask anything: fail at once and say what would have answered',
  },
  'passphrase-file': {
    type: 'string',
    extension: true,
    usage: 'File of passphrases, lines KEYID|ROLE|*: PASSPHRASE, which only its owner may read',
  },
  server: { type: 'string', short: 's', usage: 'URL of the trust server' },
  strict: {
    type: 'bool',
    extension: true,
    usage: 'Fail where Notary would succeed without effect (TSNOTARY_STRICT=1)',
  },
  tlscacert: { type: 'string', usage: 'Trust only servers with a certificate of this CA' },
  tlscert: { type: 'string', usage: 'Client certificate for TLS' },
  tlskey: { type: 'string', usage: 'Private key of the client certificate' },
  trustDir: { type: 'string', short: 'd', usage: 'Directory for keys and trust data' },
  verbose: { type: 'bool', short: 'v', usage: 'Log informational messages as well' },
  wide: {
    type: 'bool',
    extension: true,
    usage: 'Show IDs in full in tables that are wider than the terminal',
  },
});

export type GlobalValues = FlagValues<typeof globalFlags>;

/** By the flag, or by the variable for all commands of a script. */
export function isStrict(
  { strict }: Pick<GlobalValues, 'strict'>,
  environment: Pick<Environment, 'get'>,
): boolean {
  return strict || environment.get('TSNOTARY_STRICT') === '1';
}

/** Which cautions end a command: by the flag all of them, and of those whose output a program reads, wrong names. */
export function strictnessOf(
  globals: Pick<GlobalValues, 'strict' | 'json'>,
  environment: Pick<Environment, 'get'>,
): Strictness {
  if (isStrict(globals, environment)) return 'all';
  return globals.json ? 'for-programs' : 'none';
}

/** Flags of the program itself, without a command. */
export const rootFlags = defineFlags({
  version: { type: 'bool', usage: 'Print version information in one line' },
});

export const helpFlag = { type: 'bool', short: 'h' } as const;
