/** Describes the words that group commands, such as `key`. */

import type { GroupSpec } from '../spec/command-spec.ts';

export const keyGroup: GroupSpec = {
  path: ['key'],
  short: 'Commands for private keys',
  long:
    'Lists, makes, imports, exports and replaces the private keys on this machine. tsnotary help key ' +
    'explains which keys there are and how to use them.',
  guide: async () => (await import('../help/guides.ts')).keyGuide,
};

export const delegationGroup: GroupSpec = {
  path: ['delegation'],
  short: 'Commands for delegations: add, list and revoke signers',
  long:
    'A delegation lets other people sign targets of a collection with keys of their own. These commands ' +
    'list the delegations of a collection, and stage changes to them. tsnotary help delegation explains the ' +
    'whole job, from the first key to its revocation.',
  guide: async () => (await import('../help/guides.ts')).delegationGuide,
};

export const collaboratorGroup: GroupSpec = {
  path: ['collaborator'],
  extension: true,
  short: 'Commands for the names of keys: who has which',
  long:
    'Keeps a file that says which keys a person or a robot has. Its names stand for the keys wherever a key ID ' +
    'is accepted. The file can be shared, and a name is a label that gives no right to sign. tsnotary help ' +
    'collaborator explains how to use it.',
  guide: async () => (await import('../help/guides.ts')).collaboratorGuide,
};

export const anchorGroup: GroupSpec = {
  path: ['anchor'],
  extension: true,
  short: 'Commands for trust: which root is trusted, and why',
  long:
    'The root of a collection says whose keys count in it. These commands show which root this machine trusts, compare ' +
    'it with a fingerprint, pin it in the configuration, and replace one that is stale or damaged. tsnotary help ' +
    'anchor explains the whole job.',
  guide: async () => (await import('../help/guides.ts')).anchorGuide,
};

export const archiveGroup: GroupSpec = {
  path: ['archive'],
  extension: true,
  short: 'Commands for archives: proof that outlives the server',
  long:
    'An archive is one file with the trust data of collections: what a client needs to verify it without a server. ' +
    'These commands make archives, verify them, and list what they hold; list, lookup, verify and others read from one ' +
    'with --archive. tsnotary help archive explains the whole job.',
  guide: async () => (await import('../help/guides.ts')).archiveGuide,
};

export const sandboxGroup: GroupSpec = {
  path: ['sandbox'],
  extension: true,
  short: 'A local Notary server for development and testing',
  long:
    'Starts and stops a Notary server that only programs on this machine can reach, for development and ' +
    'testing. In production run notary-server with MySQL or PostgreSQL, and notary-signer. tsnotary help ' +
    'sandbox explains how to use it.',
  guide: async () => (await import('../help/guides.ts')).sandboxGuide,
};

export const trustGroup: GroupSpec = {
  path: ['trust'],
  extension: true,
  short: 'Commands for the tags of images, as docker trust has them',
  long:
    'Signs the tags of images, and shows and revokes signatures, with the words, streams and files of docker trust. The ' +
    'keys and the trust data are those of docker, in ~/.docker/trust. tsnotary help trust explains the whole job.',
  guide: async () => (await import('../help/guides.ts')).trustGuide,
};

export const trustSignerGroup: GroupSpec = {
  path: ['trust', 'signer'],
  extension: true,
  short: 'Commands for those who may sign images',
  long: 'Adds signers to the repositories of images, and removes them.',
};

export const trustKeyGroup: GroupSpec = {
  path: ['trust', 'key'],
  extension: true,
  short: 'Commands for the keys of signers',
  long: 'Makes keys for signing images, and loads those that were made elsewhere.',
};

export const dockerPluginGroup: GroupSpec = {
  path: ['docker-plugin'],
  extension: true,
  short: 'Plugins of docker: docker trust and docker tsnotary',
  long:
    'The docker CLI runs programs in its plugin directories as commands of its own. These commands put two there: ' +
    'docker-trust, for "docker trust", which docker has not had itself since version 29, and docker-tsnotary, for ' +
    '"docker tsnotary" followed by any command of tsnotary.',
};
