/** The tests that need no other program, no build and no network: the loop while one writes. */

import { defineConfig } from 'vitest/config';
import everything from './vitest.config.mjs';

const folders = [
  'adapters/fs',
  'adapters/system',
  'changelist',
  'cli',
  'client',
  'crypto',
  'encoding',
  'go',
  'keys',
  'metadata',
  'server/http',
  'server/rules',
  'server/store',
  'trust-pinning',
  'tuf',
  'workflows',
];

/** They start other programs, or repeat for every file and fault what others say once. */
const leftOut = [
  '**/genuine-*',
  'adapters/fs/{repository-lock,stores,temporary-files}',
  'cli/batch/served',
  'cli/{compiled-code,completion,completion-shells,examples,json,loaded-modules,man-page,nothing-done,process}',
  'crypto/certificate-issuance/*',
  'crypto/certificates/*',
  'crypto/key-files/{import-private-key,pkcs8-read}',
  'crypto/keys/verification-key',
  'encoding/shell-quote',
  'trust-pinning/{root-certificates,trust-pinning}',
  'workflows/update-{swizzled,tampered}',
];

export default defineConfig({
  test: {
    ...everything.test,
    include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
    exclude: leftOut.map((pattern) => `test/${pattern}.test.ts`),
  },
});
