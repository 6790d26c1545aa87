/** Lists examples for the commands on names of collaborators. */

import type { Examples } from '../../spec/command-spec.ts';

export const list: Examples = [
  { summary: 'Which names have which keys?', line: 'tsnotary collaborator list' },
  { summary: 'Who may sign in a collection?', line: 'tsnotary collaborator list docker.io/alice/demo' },
];

export const add: Examples = [
  { summary: 'Name the key in a certificate', line: 'tsnotary collaborator add bob bob.pem' },
  { summary: 'Name a key by its ID', line: 'tsnotary collaborator add bob KEY_ID' },
];

export const remove: Examples = [
  { summary: 'Take one key from a name', line: 'tsnotary collaborator remove bob KEY_ID' },
  { summary: 'Remove the name with all its keys', line: 'tsnotary collaborator remove bob' },
];

export const rename: Examples = [
  { summary: 'Give bob another name', line: 'tsnotary collaborator rename bob robert' },
  {
    summary: 'The same in a file that a team shares',
    line: 'tsnotary collaborator rename bob robert --collaborators team.yaml',
  },
];

export const adopt: Examples = [
  {
    summary: 'Be asked about each name that roles and certificates propose',
    line: 'tsnotary collaborator adopt docker.io/alice/demo',
  },
  { summary: 'Take them all', line: 'tsnotary collaborator adopt docker.io/alice/demo -y' },
];

export const check: Examples = [
  {
    summary: 'Is every key of a collection named?',
    line: 'tsnotary collaborator check docker.io/alice/demo',
  },
  { summary: 'Has the last day of anyone in the file passed?', line: 'tsnotary collaborator check' },
];
