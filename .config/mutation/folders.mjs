// What is mutated, and the tests that are run against it: in memory, without genuine programs, disks and sockets.
// Tests that stand first are run first, so that most mutants fall in the files that are about them.
const units = (folder) => [`test/${folder}/**/*.test.ts`];
const unitsOfClient = (...folders) => ['test/client/*.test.ts', ...folders.map((folder) => `test/client/${folder}/*.test.ts`)];
const inWorkflows = (...names) => names.map((name) => `test/workflows/${name}.test.ts`);
const inHostile = (...names) => names.map((name) => `test/hostile/${name}.test.ts`);
const inClient = (...folders) => folders.map((folder) => `src/client/${folder}/*.ts`);

/** src/client/ is run in four parts, each with the tests that are about it: all of them would take days. */
const staging = inClient('stage', 'read');
const reading = inClient('fetch', 'history', 'update');
const keys = inClient('initialize', 'rotate', 'rotation-record', 'key-lifecycle', 'delete');
const publishing = inClient('draft', 'sign', 'confirm', 'publish', 'preview', 'revoke');

export const folders = {
  'trust-pinning': {
    mutate: ['src/trust-pinning/*.ts'],
    tests: [...units('trust-pinning'), 'test/hostile/pins.test.ts', 'test/workflows/update-*.test.ts', 'test/hostile/root-chains.test.ts'],
  },
  'crypto-verify': {
    mutate: ['src/crypto/signatures/verify.ts'],
    tests: [...units('crypto'), 'test/properties/signature-vectors.test.ts', 'test/tuf/verify-signatures.test.ts'],
  },
  tuf: {
    mutate: ['src/tuf/*.ts'],
    tests: [
      ...units('tuf'),
      ...units('changelist'),
      ...inWorkflows('delegation-changes', 'reading', 'update-*', 'publish', 'verifying'),
      ...inHostile('delegation-graphs', 'hidden-delegations', 'root-chains', 'repeated-signatures', 'keys/*'),
    ],
  },
  keys: {
    mutate: ['src/keys/*.ts'],
    tests: [
      ...units('keys'),
      ...inWorkflows('initialize'),
      ...inHostile('imported-keys', 'key-use', 'keys-taken-meanwhile'),
    ],
  },
  'client-staging': {
    mutate: staging,
    tests: [
      ...unitsOfClient('stage'),
      ...inWorkflows('staging', 'delegation-*', 'publishing-changes', 'unpublished', 'verifying', 'reading', 'caution'),
    ],
  },
  'client-reading': {
    mutate: reading,
    tests: [
      ...unitsOfClient('fetch', 'update'),
      ...inHostile('foreign-files', 'later-pins'),
      ...inWorkflows('reading', 'update-availability', 'update-cache', 'update-replayed', 'update-tampered', 'verifying', 'caution'),
      ...inWorkflows('guess-ahead', 'roles-that-go'),
      ...inHostile('hidden-delegations', 'unreadable-delegations', 'replayed-states', 'root-chains', 'trusted-root', 'bounded-history'),
    ],
  },
  'client-keys': {
    mutate: keys,
    tests: [
      ...unitsOfClient('delete', 'initialize', 'key-lifecycle', 'rotate'),
      ...inWorkflows('initialize', 'rotation-*', 'locked-root-key', 'unpublished', 'deleting', 'caution'),
      ...inHostile('key-*', 'keys-taken-meanwhile', 'server-keys', 'upload/initializing', 'upload/rotating*'),
    ],
  },
  'client-publishing': {
    mutate: publishing,
    tests: [
      ...units('client'),
      ...inWorkflows('publish*', 'revocation', 'delegation-*', 'roles-that-go', 'guess-ahead', 'unpublished', 'caution'),
      ...inHostile('foreign-files', 'replayed-states', 'hidden-delegations', 'unreadable-delegations', 'bounded-history', 'nothing-done'),
      ...inHostile('upload/read-back', 'upload/clocks', 'upload/conflicts', 'upload/publishing', 'signing/*'),
      ...inWorkflows('update-cache'),
    ],
  },
};

/** Not run: they start other programs, or repeat for every file and fault what others say once. */
export const leftOut = [
  'test/**/genuine-*.test.ts',
  'test/crypto/certificate-issuance/signing-certificate.test.ts',
  'test/hostile/busy-documents.test.ts',
  'test/hostile/damaged-files.test.ts',
  'test/hostile/statuses.test.ts',
  'test/hostile/odd-content.test.ts',
  'test/hostile/json-oddities.test.ts',
  'test/hostile/gun-names.test.ts',
  'test/hostile/linear-parsers.test.ts',
  'test/workflows/legacy.test.ts',
];

/** Per cent of the mutants of each folder that must be killed. */
export const threshold = 90;

/** The folder that a run is about, as run.mjs says it to the configurations. */
export function chosenFolder() {
  const name = process.env.MUTATION_FOLDER ?? '';
  const found = folders[name];
  if (found === undefined) throw new Error(`MUTATION_FOLDER is not one of ${Object.keys(folders).join(', ')}`);
  return { name, ...found };
}
