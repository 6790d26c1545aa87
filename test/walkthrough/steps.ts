/**
 * Docker's page "Delegations for content trust", step by step: what the owner of a collection and a
 * collaborator type. The README's first command shows it, the tests run it with several clients.
 */

export type Who = 'owner' | 'collaborator';

/** What later steps need from earlier ones. */
export interface Knowledge {
  readonly gun: string;
  /** Canonical ID of the collaborator's key, once it has been imported. */
  keyId: string;
}

export interface Step {
  /** One sentence for the reader. */
  readonly why: string;
  readonly who: Who;
  /** `client` is the program under test: notary or tsnotary. */
  readonly program: 'client' | 'openssl';
  readonly args: (known: Knowledge) => readonly string[];
  readonly input?: string;
  /** Exit status, 0 unless given. */
  readonly status?: number;
  /** Files of the work directory that are handed to the other person afterwards. */
  readonly hand?: readonly string[];
  /** Learns something from what was printed. */
  readonly learn?: (known: Knowledge, stdout: string) => void;
}

const owner = (why: string, args: Step['args'], more: Partial<Step> = {}): Step => ({
  why,
  who: 'owner',
  program: 'client',
  args,
  ...more,
});

const collaborator = (why: string, args: Step['args'], more: Partial<Step> = {}): Step => ({
  ...owner(why, args, more),
  who: 'collaborator',
});

const openssl = (why: string, ...args: readonly string[]): Step =>
  collaborator(why, () => args, { program: 'openssl' });

const role = 'targets/releases';

/** Content of the files that the collaborator signs. */
export const files: Readonly<Record<string, string>> = {
  'app-1.0.tar': 'release 1.0\n',
  'app-1.1.tar': 'release 1.1\n',
};

const prepare: readonly Step[] = [
  owner('The owner makes the trusted collection', ({ gun }) => ['init', gun]),
  owner('… and publishes it.', ({ gun }) => ['publish', gun]),
];

const keyByOpenssl: readonly Step[] = [
  openssl('The collaborator makes a key', 'genrsa', '-out', 'delegation.key', '2048'),
  openssl(
    '… a request for a certificate',
    ...['req', '-new', '-sha256', '-key', 'delegation.key', '-out', 'delegation.csr', '-subj', '/CN=collab'],
  ),
  {
    ...openssl(
      '… and a certificate, which goes to the owner.',
      ...['x509', '-req', '-sha256', '-days', '365', '-in', 'delegation.csr'],
      ...['-signkey', 'delegation.key', '-out', 'delegation.crt'],
    ),
    hand: ['delegation.crt'],
  },
];

const keyByTsnotary: readonly Step[] = [
  collaborator(
    'The collaborator makes a key and a certificate (there is no openssl here); the certificate goes to the owner.',
    () => ['sandbox', 'certificate', 'delegation'],
    { hand: ['delegation.crt'] },
  ),
];

const delegate: readonly Step[] = [
  owner('The server shall sign the snapshot, so that others can publish too.', ({ gun }) => [
    ...['key', 'rotate', gun, 'snapshot', '-r'],
  ]),
  owner('The collaborator may sign everything in targets/releases.', ({ gun }) => [
    ...['delegation', 'add', gun, role, 'delegation.crt', '--all-paths'],
  ]),
  owner('What is staged?', ({ gun }) => ['status', gun]),
  owner('Publish it.', ({ gun }) => ['publish', gun]),
  owner('Who may sign?', ({ gun }) => ['delegation', 'list', gun]),
];

const sign: readonly Step[] = [
  collaborator('The collaborator imports the private key', () => [
    ...['key', 'import', 'delegation.key', '--role', 'user'],
  ]),
  collaborator('… looks at it', () => ['key', 'list'], {
    learn: (known, stdout) => {
      known.keyId = /[0-9a-f]{64}/.exec(stdout)?.[0] ?? '';
    },
  }),
  collaborator('… signs a release', ({ gun }) => ['add', gun, '1.0', 'app-1.0.tar', '-r', role]),
  collaborator('… and publishes it.', ({ gun }) => ['publish', gun]),
  collaborator('What is signed?', ({ gun }) => ['list', gun]),
  collaborator('One target', ({ gun }) => ['lookup', gun, '1.0']),
  collaborator('… and whether a file is that target.', ({ gun }) => [
    'verify',
    gun,
    '1.0',
    '-i',
    'app-1.0.tar',
  ]),
  collaborator('Another file is refused.', ({ gun }) => ['verify', gun, '1.0', '-i', 'app-1.1.tar', '-q'], {
    status: 1,
  }),
];

const revoke: readonly Step[] = [
  owner('The owner takes the key away again', ({ gun, keyId }) => ['delegation', 'remove', gun, role, keyId]),
  owner('… for everybody.', ({ gun }) => ['publish', gun]),
  owner('The role is left without keys', ({ gun }) => ['delegation', 'list', gun]),
  owner('… and what it had signed is trusted no more.', ({ gun }) => ['list', gun]),
  collaborator('The collaborator stages another release', ({ gun }) => [
    ...['add', gun, '1.1', 'app-1.1.tar', '-r', role],
  ]),
  collaborator('… and cannot publish it.', ({ gun }) => ['publish', gun], { status: 1 }),
  collaborator('It is still staged', ({ gun }) => ['status', gun]),
  collaborator('… until it is reset.', ({ gun }) => ['reset', gun, '--all']),
];

const remove: readonly Step[] = [
  owner('The certificate once more', ({ gun }) => [
    ...['delegation', 'add', gun, role, 'delegation.crt', '--all-paths'],
  ]),
  owner('… brings the signature back.', ({ gun }) => ['publish', gun]),
  owner('1.0 is listed again.', ({ gun }) => ['list', gun]),
  owner('Removing the whole role asks first; no:', ({ gun }) => ['delegation', 'remove', gun, role], {
    input: 'no\n',
    status: 1,
  }),
  owner('yes:', ({ gun }) => ['delegation', 'remove', gun, role], { input: 'yes\n' }),
  owner('The same without a question, for scripts (and staged twice does no harm).', ({ gun }) => [
    ...['delegation', 'remove', gun, role, '-y'],
  ]),
  owner('Publish it.', ({ gun }) => ['publish', gun]),
  owner('Nobody but the owner may sign now.', ({ gun }) => ['delegation', 'list', gun]),
];

/** What Notary does not have: names for keys, a look before, and a revocation that is proved. */
export const revokeByName: readonly Step[] = [
  owner('Beyond the page: the owner writes down whose key it is', () => [
    ...['collaborator', 'add', 'bob', 'delegation.crt'],
  ]),
  owner('… delegates again', ({ gun }) => ['delegation', 'add', gun, role, 'delegation.crt', '--all-paths']),
  owner('… looks at what a publish would do', ({ gun }) => ['diff', gun]),
  owner('… and publishes it.', ({ gun }) => ['publish', gun]),
  collaborator('Bob signs.', ({ gun }) => ['add', gun, '1.1', 'app-1.1.tar', '-r', role, '-p']),
  owner('Who may sign, by name?', ({ gun }) => ['delegation', 'list', gun, '--names']),
  owner('What would become of the tags without Bob?', ({ gun }) => [
    ...['delegation', 'revoke', gun, 'bob', '--dry-run'],
  ]),
  owner('Revoke him, keep what he has signed, and have it proved.', ({ gun }) => [
    ...['delegation', 'revoke', gun, 'bob', '--keep-tags-in', 'targets', '-y'],
  ]),
  owner('What is signed now, and by whom?', ({ gun }) => ['list', gun]),
];

/** The whole page in order. @param keys what makes the collaborator's key and certificate */
export function walkthroughWith(keys: 'openssl' | 'tsnotary'): readonly Step[] {
  const made = keys === 'openssl' ? keyByOpenssl : keyByTsnotary;
  return [...prepare, ...made, ...delegate, ...sign, ...revoke, ...remove];
}

/** The page as it is written. */
export const walkthrough: readonly Step[] = walkthroughWith('openssl');
