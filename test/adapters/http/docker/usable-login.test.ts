/** Which saved logins can be presented to a token service, and which to a server that asks for a password. */

import { expect, it } from 'vitest';
import { credentialsOfRegistry } from '../../../../src/adapters/http/docker/registry-logins.ts';
import { isUsable } from '../../../../src/adapters/http/docker/usable-login.ts';
import { parseGun } from '../../../../src/metadata/gun.ts';

const logins = [
  ['user name and password', { username: 'alice', password: 'x' }, true, true],
  ['an identity token alone', { username: '', password: '', identityToken: 't' }, true, false],
  [
    'a user name with an identity token',
    { username: 'alice', password: '', identityToken: 't' },
    true,
    false,
  ],
  ['a user name without a password', { username: 'alice', password: '', identityToken: '' }, false, false],
  ['a password without a user name', { username: '', password: 'x' }, false, false],
] as const;

it.each(logins)('a login of %s goes where it can be presented', async (_, login, bearer, basic) => {
  expect([isUsable(login, 'bearer'), isUsable(login, 'basic')]).toEqual([bearer, basic]);
  const source = credentialsOfRegistry({ find: () => Promise.resolve(login) }, 'localhost:5000');
  const request = { serverUrl: 'https://localhost', gun: parseGun('localhost/x'), ask: 'always' } as const;
  for (const [scheme, fits] of [
    ['bearer', bearer],
    ['basic', basic],
  ] as const)
    expect(await source.find({ ...request, scheme })).toBe(fits ? login : undefined);
});
