/** Delegations and names for tests of who has a key: contents of roles by name, and files of names. */

import { type CollaboratorsFile, checkedFile } from '../../src/collaborators/collaborators-file.ts';
import { asCanonicalKeyId, type CanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { parseTargets, type Targets } from '../../src/metadata/targets.ts';
import { type Delegate, sealed, targetsContent } from './metadata-author.ts';

/** The content of `targets` with these delegations. */
export function collectionOf(...delegates: readonly Delegate[]): ReadonlyMap<string, Targets> {
  const bytes = sealed(targetsContent({ delegates }));
  return new Map([['targets', parseTargets(parseEnvelope(bytes), 'targets').content]]);
}

/** A file that gives each name its keys. */
export function fileOf(entries: Readonly<Record<string, readonly CanonicalKeyId[]>>): CollaboratorsFile {
  const at = { line: 1, column: 1 };
  const written = Object.entries(entries).map(([name, keys]) => ({
    ...{ name, robot: false, at },
    keys: keys.map((text) => ({ text, at })),
  }));
  return checkedFile('collaborators.yaml', written, ({ text }) => asCanonicalKeyId(text));
}
