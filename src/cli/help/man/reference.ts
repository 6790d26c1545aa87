/** Holds the reference tables of the man page: files, environment variables, settings, exit status. */

type Rows = readonly (readonly [string, string])[];

export const jsonText =
  'With --json the result is one line of RFC 8785 JSON on standard output. A failure is one line on standard ' +
  'error: {"error":{"code":…,"message":…,"details":…,"hint":…}}. Log messages are lines of JSON there too, and ' +
  'so are questions moved there. Codes are stable: they never change their meaning.';

export const manyText =
  'Commands with the flag --repos take a file of GUNs in place of one: one a line, # for comments, - for ' +
  'standard input. The command works on up to eight at a time (--jobs), init on one. Output keeps the order of the list. One ' +
  'that fails does not stop the others; the command names those that failed at the end, and its status is 1.';

export const exitStatus: Rows = [
  ['0', 'Success.'],
  ['1', 'Failure; the last line says why.'],
  ['2', 'A defect of tsnotary.'],
  [
    '3',
    'anchor, collaborator check: something needs attention. expiry: something expires soon. key check: no published role expects a key. renew: something due cannot be signed here. sandbox status: no sandbox answers.',
  ],
  [
    '4',
    'anchor: a root cannot be believed, or a fingerprint or a pin is not that of it. expiry: something has expired, or is not believed. key check: a key does not open.',
  ],
  ['other', 'sandbox run: the status of the command that it has run.'],
  ['128 + N', 'Signal N ended it, as the shell counts; 141 when the reader of the output is gone.'],
];

export const environment: Rows = [
  [
    'NOTARY_PASSPHRASE_XXXXXXXXXXXX',
    'Passphrase of the key whose ID begins with these 12 digits, in capitals; before all others.',
  ],
  ['NOTARY_ROOT_PASSPHRASE', 'Passphrase of root keys.'],
  ['NOTARY_TARGETS_PASSPHRASE', 'Passphrase of targets keys.'],
  ['NOTARY_SNAPSHOT_PASSPHRASE', 'Passphrase of snapshot keys.'],
  [
    'NOTARY_DELEGATION_PASSPHRASE',
    'Passphrase of delegation keys, and of every role that has no passphrase of its own.',
  ],
  [
    'TSNOTARY_PASSPHRASE_COMMAND',
    'Words of a command that prints the passphrase of a key, after --passphrase-file. It finds the key in ' +
      'TSNOTARY_KEY_ID, TSNOTARY_ROLE and TSNOTARY_GUN.',
  ],
  [
    'DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE, DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE',
    'Passphrases of docker, for root keys and all others: the last that are tried.',
  ],
  [
    'NOTARY_AUTH',
    'Login of the trust server: USER:PASSWORD in base64. Without it tsnotary uses a login that docker login has ' +
      'saved, else it asks.',
  ],
  ['DOCKER_AUTH_CONFIG', 'Logins for docker as the text of a config.json, before those of the file.'],
  ['DOCKER_CONFIG', 'Directory of the config.json in which docker saves logins. Default: ~/.docker.'],
  ['TSNOTARY_STRICT', '1 stands for --strict.'],
  ['TSNOTARY_INSECURE_CREDENTIALS', '1 lets logins be sent over plain http.'],
  ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'Proxies, also in small letters.'],
  ['NO_COLOR', 'Not empty: log messages on a terminal have no colours.'],
  ['SSL_CERT_FILE, SSL_CERT_DIR', 'CA certificates to trust in place of those of the system.'],
  [
    'TSNOTARY_SANDBOX_URL, TSNOTARY_SANDBOX_CA',
    'Set for the command of sandbox run: where the server listens, and the certificate of its CA.',
  ],
  ['HOME', 'Where .notary is.'],
];

export const files: Rows = [
  ['~/.notary/config.json', 'The configuration, unless -c names another file.'],
  [
    '~/.notary',
    'The trust directory, unless -d or trust_dir names another. docker has its own, ~/.docker/trust, and can ' +
      'share it.',
  ],
  [
    '~/.notary/collaborators.yaml',
    'Names of keys, unless --collaborators or the setting collaborators names another file: NAME: {email: ADDRESS, ' +
      'robot: true, keys: [KEY_ID, CERTIFICATE], until: YYYY-MM-DD}. Paths of certificates start at the file.',
  ],
  ['TRUST_DIR/private', 'Private keys, encrypted, one a file.'],
  ['TRUST_DIR/tuf/GUN/metadata', 'The last verified metadata of a collection.'],
  ['TRUST_DIR/tuf/GUN/changelist', 'Changes that are staged.'],
  ['~/.local/state/tsnotary/sandbox', 'The data of a sandbox, unless --dir names another directory.'],
];

export const configuration: Rows = [
  [
    'trust_dir',
    'The trust directory. A relative path starts at the working directory, ~/ at the home directory.',
  ],
  [
    'collaborators',
    'The file with the names of keys. A relative path starts at the configuration file, ~/ at the home directory.',
  ],
  ['passphrase_command', 'As TSNOTARY_PASSPHRASE_COMMAND, which comes first.'],
  ['remote_server.url', 'URL of the trust server.'],
  ['remote_server.root_ca', 'PEM file of the CA that has signed its certificate.'],
  [
    'remote_server.tls_client_cert, remote_server.tls_client_key',
    'Certificate and key for TLS with a client certificate.',
  ],
  ['remote_server.skipTLSVerify', 'true accepts any certificate. Do not use it.'],
  ['trust_pinning.certs', 'For each GUN, a list of IDs of root certificates that may be trusted.'],
  [
    'trust_pinning.ca',
    'For each prefix of GUNs, a PEM file of the CA of their root certificates. A relative path starts at the configuration file.',
  ],
  [
    'trust_pinning.disable_tofu',
    'true refuses collections without a pin; else the first root seen is trusted.',
  ],
];

export const configurationExample = `{
  "trust_dir": "~/.docker/trust",
  "remote_server": {
    "url": "https://notary.example.com",
    "root_ca": "root-ca.crt"
  }
}
`;
