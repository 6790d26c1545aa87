/** Lists examples for the commands on keys. `KEY_ID` stands for an ID as `key list` shows it. */

import type { Examples } from '../../spec/command-spec.ts';

export const list: Examples = [
  { summary: 'Which keys are here?', line: 'tsnotary key list' },
  {
    summary: 'Those in another trust directory, for a script',
    line: 'tsnotary key list -d ~/.docker/trust --json',
  },
];

export const generate: Examples = [
  {
    summary: 'Make a key pair to sign with: bob-key.pem to import, bob.pem for the owner',
    line: 'tsnotary key generate --role user --output bob',
  },
  { summary: 'Make a root key, for the next init', line: 'tsnotary key generate' },
];

export const importKeys: Examples = [
  { summary: 'Store the key to sign with', line: 'tsnotary key import bob-key.pem --role user' },
  { summary: 'Restore keys from a backup', line: 'tsnotary key import backup.pem' },
  { summary: 'Read a key from a pipe', line: 'tsnotary key import --role user - < bob-key.pem' },
];

export const exportKeys: Examples = [
  { summary: 'Back up all keys; they stay encrypted', line: 'tsnotary key export -o backup.pem' },
  {
    summary: 'Only those of one collection, and the root key',
    line: 'tsnotary key export --gun docker.io/alice/demo --with-root -o demo.pem',
  },
];

export const rotate: Examples = [
  {
    summary: 'Let the server sign snapshots, so that collaborators can publish',
    line: 'tsnotary key rotate docker.io/alice/demo snapshot -r',
  },
  { summary: 'Replace the targets key', line: 'tsnotary key rotate docker.io/alice/demo targets' },
  {
    summary: 'Replace the root key by one made elsewhere',
    line: 'tsnotary key rotate docker.io/alice/demo root -k root-key.pem',
  },
];

export const passwd: Examples = [
  { summary: 'Change the passphrase (KEY_ID: as key list shows it)', line: 'tsnotary key passwd KEY_ID' },
  {
    summary: 'That of a key in the trust directory of docker',
    line: 'tsnotary key passwd KEY_ID -d ~/.docker/trust',
  },
];

export const check: Examples = [
  {
    summary: 'Does every key here open, and does a published role expect it? For a timer, without a question',
    line: 'tsnotary key check --no-input',
  },
  {
    summary: 'What the server expects now (KEY_ID: as key list shows it)',
    line: 'tsnotary key check KEY_ID --gun docker.io/alice/demo --passphrase-file passphrases',
  },
];

export const remove: Examples = [
  {
    summary: 'Delete a key, after a question (KEY_ID: as key list shows it)',
    line: 'tsnotary key remove KEY_ID',
  },
  { summary: 'Delete it in a script, without a question', line: 'tsnotary key remove KEY_ID -y' },
];
