// What is mutated, and the tests that are run against it: in memory, without genuine programs, disks and sockets.
// Tests that stand first are run first, so that most mutants fall in the files that are about them.
const units = (folder) => [`test/${folder}/**/*.test.ts`];
const workflows = ['test/workflows/*.test.ts'];
const hostile = ['test/hostile/*.test.ts', 'test/hostile/keys/*.test.ts', 'test/hostile/upload/*.test.ts'];

export const folders = {
  'trust-pinning': {
    mutate: ['src/trust-pinning/*.ts'],
    tests: [...units('trust-pinning'), 'test/hostile/pins.test.ts', 'test/workflows/update-*.test.ts', 'test/hostile/root-chains.test.ts'],
  },
  'crypto-verify': {
    mutate: ['src/crypto/signatures/verify*.ts'],
    tests: [...units('crypto'), 'test/properties/signature-vectors.test.ts', 'test/tuf/verify-signatures.test.ts'],
  },
  tuf: {
    mutate: ['src/tuf/*.ts'],
    tests: [...units('tuf'), ...units('changelist'), ...workflows, ...hostile],
  },
  keys: {
    mutate: ['src/keys/*.ts'],
    tests: [...units('keys'), ...workflows, 'test/hostile/keys/*.test.ts'],
  },
  client: {
    mutate: ['src/client/**/*.ts'],
    tests: [...units('client'), ...workflows, ...hostile],
  },
};

/** Not run: they start other programs, or repeat for every file and fault what others say once. */
export const leftOut = [
  'test/**/genuine-*.test.ts',
  'test/crypto/certificate-issuance/signing-certificate.test.ts',
  'test/hostile/damaged-files.test.ts',
  'test/hostile/statuses.test.ts',
  'test/hostile/odd-content.test.ts',
  'test/hostile/json-oddities.test.ts',
  'test/hostile/gun-names.test.ts',
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
