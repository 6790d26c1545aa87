/** Lists examples for the commands of `trust`. */

import type { Examples } from '../../spec/command-spec.ts';

export const inspect: Examples = [
  {
    summary: 'Who has signed which tags of an image?',
    line: 'tsnotary trust inspect --pretty registry.example.com/app',
  },
  {
    summary: 'One tag, for a script',
    line: 'tsnotary trust inspect registry.example.com/app:1.0',
  },
];

export const resolve: Examples = [
  {
    summary: 'Deploy what was signed, by its digest',
    line: 'docker pull "$(tsnotary trust resolve registry.example.com/app:1)"',
  },
  {
    summary: 'All images of a list, one a line',
    line: 'tsnotary trust resolve --file images.txt',
  },
];

export const sign: Examples = [
  {
    summary: 'Sign what the registry has under a tag, with all its platforms',
    line: 'tsnotary trust sign --from-registry registry.example.com/app:1.0',
  },
  {
    summary: 'Sign exactly this image, whatever the tag stands for by now',
    line: 'tsnotary trust sign --from-registry registry.example.com/app:1.0@sha256:$DIGEST',
  },
  {
    summary: 'All images of a list, one a line',
    line: 'tsnotary trust sign --from-registry --repos images.txt',
  },
];

export const revoke: Examples = [
  {
    summary: 'Take a tag back',
    line: 'tsnotary trust revoke registry.example.com/app:1.0',
  },
  {
    summary: 'Take all tags back without a question',
    line: 'tsnotary trust revoke -y registry.example.com/app',
  },
];

export const signerAdd: Examples = [
  {
    summary: 'Let bob sign an image',
    line: 'tsnotary trust signer add --key bob.pub bob registry.example.com/app',
  },
  {
    summary: 'All images of a list',
    line: 'tsnotary trust signer add --key bob.pub --repos images.txt bob',
  },
];

export const signerRemove: Examples = [
  {
    summary: 'Let bob sign no more',
    line: 'tsnotary trust signer remove bob registry.example.com/app',
  },
  {
    summary: 'Without a question, everywhere',
    line: 'tsnotary trust signer remove -f --repos images.txt bob',
  },
];

export const keyGenerate: Examples = [
  {
    summary: 'A key for bob, with bob.pub for the owner of the image',
    line: 'tsnotary trust key generate bob',
  },
  {
    summary: 'The public key into another directory',
    line: 'tsnotary trust key generate bob --dir signers',
  },
];

export const keyLoad: Examples = [
  {
    summary: 'Sign with a key that openssl has made',
    line: 'tsnotary trust key load --name bob bob-key.pem',
  },
  {
    summary: 'A key file of docker from another machine, under its own name',
    line: 'tsnotary trust key load backup.key',
  },
];

export const push: Examples = [
  {
    summary: 'Push an image and sign it',
    line: 'tsnotary trust push registry.example.com/app:1.0',
  },
  {
    summary: 'In a pipeline, where no user can be asked for a passphrase',
    line: 'tsnotary trust push --passphrase-file passphrases registry.example.com/app:1.0',
  },
];

export const pull: Examples = [
  {
    summary: 'Pull the image that was signed',
    line: 'tsnotary trust pull registry.example.com/app:1.0',
  },
  {
    summary: 'From another trust server',
    line: 'tsnotary trust pull -s https://notary.example.com registry.example.com/app:1.0',
  },
];
