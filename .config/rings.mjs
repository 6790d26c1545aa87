// The rings of src: which one may import which. Lint and test/architecture.test.ts keep it; the reasons stand in docs/architecture.md.

/** What a ring may import, besides itself, errors.ts, error-codes.ts and ports/. */
export const rings = {
  ports: [],
  encoding: [],
  go: ['encoding'],
  crypto: ['encoding'],
  metadata: ['encoding', 'crypto'],
  'trust-pinning': ['encoding', 'crypto', 'metadata'],
  tuf: ['encoding', 'crypto', 'metadata', 'trust-pinning'],
  changelist: ['encoding', 'crypto', 'metadata', 'tuf'],
  review: ['encoding', 'crypto', 'metadata', 'tuf', 'changelist'],
  keys: ['encoding', 'crypto', 'metadata'],
  collaborators: ['encoding', 'crypto', 'metadata', 'tuf'],
  images: ['metadata'],
  archive: ['encoding', 'crypto', 'metadata'],
  client: ['encoding', 'crypto', 'metadata', 'images', 'archive', 'trust-pinning', 'tuf', 'changelist', 'review', 'keys', 'collaborators'],
  server: ['encoding', 'crypto', 'metadata', 'trust-pinning', 'tuf'],
  adapters: ['encoding', 'go', 'crypto', 'metadata', 'images', 'archive', 'server'],
  composition: ['encoding', 'go', 'crypto', 'metadata', 'images', 'archive', 'trust-pinning', 'tuf', 'changelist', 'review', 'keys', 'collaborators', 'client', 'adapters'],
  library: ['encoding', 'crypto', 'metadata', 'images', 'archive', 'trust-pinning', 'tuf', 'review', 'keys', 'collaborators', 'client', 'composition'],
  cli: ['encoding', 'go', 'crypto', 'metadata', 'images', 'archive', 'trust-pinning', 'tuf', 'changelist', 'review', 'keys', 'collaborators', 'client', 'composition'],
};

/** The files that build a run out of adapters, and may import them whatever their ring. */
export const wiring = ['cli/run/session.ts', 'cli/run/keys.ts', 'cli/run/passphrase-command.ts', 'cli/docker/docker-session.ts', 'cli/run/server-connections.ts', 'cli/main.ts', 'library/compose.ts'];
