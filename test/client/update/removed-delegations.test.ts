/** Which cached files of delegations are dropped, by what the verified lists on the way to them say. */

import { expect, it } from 'vitest';
import { forgetRemovedRoles } from '../../../src/client/update/removed-delegations.ts';
import { parseEnvelope } from '../../../src/metadata/signed.ts';
import { parseTargets, type Targets } from '../../../src/metadata/targets.ts';
import { memoryMetadataStore } from '../../support/memory-ports.ts';
import { plainSigner, sealed, targetsContent } from '../../support/metadata-author.ts';

const signer = plainSigner();

/** The content of a role that lists these delegations. */
function listing(role: string, ...names: readonly string[]): Targets {
  const delegates = names.map((name) => ({ name, signers: [signer] }));
  return parseTargets(parseEnvelope(sealed(targetsContent({ delegates }), signer)), role).content;
}

/** The roles whose files are left. */
async function leftOf(
  roles: readonly string[],
  believed: Readonly<Record<string, Targets>>,
): Promise<readonly string[]> {
  const cache = memoryMetadataStore(roles.map((role) => [role, Buffer.from(role)]));
  await forgetRemovedRoles(cache, roles, (role) => believed[role]);
  return [...cache.files.keys()];
}

it('the file of a delegation stays while its parent lists it, and goes when it does not', async () => {
  const believed = { targets: listing('targets', 'targets/a') };
  expect(await leftOf(['targets/a', 'targets/b'], believed)).toEqual(['targets/a']);
});

it('the file of a nested delegation goes when the list above its parent or that of its parent leaves it out', async () => {
  const roles = ['targets/a/x', 'targets/b/x', 'targets/b/y', 'targets/b/y/z', 'targets/b/x/z'];
  const believed = {
    targets: listing('targets', 'targets/b'),
    'targets/b': listing('targets/b', 'targets/b/x'),
    'targets/b/x': listing('targets/b/x', 'targets/b/x/z'),
  };
  expect(await leftOf(roles, believed)).toEqual(['targets/b/x', 'targets/b/x/z']);
});

it('the file of a delegation stays where a list on the way to it cannot be looked at', async () => {
  expect(await leftOf(['targets/a'], {})).toEqual(['targets/a']);
  const believed = { targets: listing('targets', 'targets/a') };
  expect(await leftOf(['targets/a/x', 'targets/a/x/z'], believed)).toEqual(['targets/a/x', 'targets/a/x/z']);
});

it('the file of a role that is no delegation stays', async () => {
  const roles = ['root', 'targets', 'snapshot'];
  expect(await leftOf(roles, { '': listing('targets'), targets: listing('targets') })).toEqual(roles);
});
