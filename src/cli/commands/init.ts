/** `init`: makes a new collection on this machine. */

import { asResult } from '../../client/fetch/deferred-failure.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { UsageError } from '../args/usage-error.ts';
import { terminalSafe } from '../render/terminal-escape.ts';
import { rephrasing } from '../run/rephrase-error.ts';
import { defineCommand, jsonOnly } from '../spec/command-spec.ts';
import { chosenExpiry, lifetimeFlags } from './with/lifetime-flags.ts';
import { autoPublish, publishFlag } from './with/publish-flag.ts';

export const init = defineCommand({
  path: ['init'],
  operands: '[ GUN ]',
  acceptsRepoList: true,
  // The root key that the first one makes is that of the others.
  reposInOrder: true,
  short: 'Creates the keys and first metadata of a new collection',
  long:
    'Creates a collection on this machine: a root key unless there is one, a targets and a snapshot key, ' +
    'and the first metadata. It asks the trust server for its timestamp key, but publishes nothing unless ' +
    '-p is given. --rootcert needs its key: in --rootkey, or stored here.',
  examples: async () => (await import('../help/examples/collections.ts')).init,
  flags: {
    rootkey: { type: 'string', usage: 'Encrypted PEM file of the root key to use' },
    rootcert: {
      type: 'string',
      usage: 'PEM file of a certificate for the root key',
    },
    publish: publishFlag,
    ...lifetimeFlags,
  },
  async run(context, { args, flags }) {
    const [gun] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const expiryOf = await chosenExpiry(flags, context.clock.now());
    const opened = await context.openRepository(gun, 'push,pull');
    const collection = expiryOf === undefined ? opened : { ...opened, expiryOf };
    const { findRootKey } = await import('../../client/initialize/choose-root-key.ts');
    const { initialize } = await import('../../client/initialize/initialize.ts');
    const files = { ...(await readKeyFile(flags.rootkey)), ...(await readCertificate(flags.rootcert)) };
    const choice = await findRootKey(collection, files, (id) =>
      context.print(terminalSafe`Root key found, using: ${id}`),
    );
    const { rootKeyId } = await initialize(collection, choice);
    const { keysInWords, listedKeysHere } = await import('../../client/initialize/listed-keys-here.ts');
    const keys = await listedKeysHere(collection);
    const { location } = (await context.openKeys()).store;
    const next = flags.publish ? '' : `; publish it with "tsnotary publish ${shellWord(gun)}"`;
    context.log.notice(
      `${gun} is made, on this machine only, with ${keysInWords(keys)} in ${location}${next}`,
      'REPOSITORY_MADE',
    );
    return jsonOnly({
      gun,
      rootKeyId,
      rootKeyMade: choice.keyId === undefined,
      keys: keys.map(({ role, keyId }) => ({ role, keyId })),
      folder: location,
      ...(await autoPublish(context, gun, flags.publish, expiryOf)),
    });

    async function readKeyFile(path: string) {
      if (path === '') return {};
      const words = (message: string) => `Error reading input root key file: ${message}`;
      return { rootKeyPem: await rephrasing(() => context.files.read(path), words) };
    }

    async function readCertificate(path: string) {
      if (path === '') return {};
      const words = (message: string) => `error reading certificate file: ${message}`;
      // Notary 0.7.0 names the root key before it looks at the certificate.
      return { rootCertificatePem: await asResult(rephrasing(() => context.files.read(path), words)) };
    }
  },
});
