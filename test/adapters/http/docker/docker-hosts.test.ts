import { describe, expect, it } from 'vitest';
import { hostOf, keyOf, loginHosts, registryOf } from '../../../../src/adapters/http/docker/docker-hosts.ts';
import { parseGun } from '../../../../src/metadata/gun.ts';

describe('the host that a key of Docker’s configuration stands for', () => {
  it.each([
    ['registry.example.com', 'registry.example.com'],
    ['registry.example.com/', 'registry.example.com'],
    ['Registry.Example.com:5000', 'registry.example.com:5000'],
    ['https://registry.example.com', 'registry.example.com'],
    ['https://registry.example.com/v1/', 'registry.example.com'],
    ['http://registry.example.com/v2', 'registry.example.com'],
    ['registry.example.com:443', 'registry.example.com'],
    ['[::1]:5000', '[::1]:5000'],
    ['localhost', 'localhost'],
    ['docker.io', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['https://index.docker.io/v1/', 'docker.io'],
  ])('the key %s of Docker’s configuration stands for the host %s', (key, host) => {
    expect(hostOf(key)).toBe(host);
  });

  it.each([
    '',
    'https://index.docker.io/v1/access-token',
    'https://index.docker.io/v1/refresh-token',
    'registry.example.com/team',
    'user@registry.example.com',
    'https://evil.example\\@registry.example.com',
    'evil.example?registry.example.com',
    'registry.example.com:port',
    'ftp://registry.example.com',
    'two words',
  ])('the key "%s" of Docker’s configuration stands for no host', (key) => {
    expect(hostOf(key)).toBeUndefined();
  });

  it('Docker writes every host as itself, but for Docker Hub', () => {
    expect([keyOf('localhost:5000'), keyOf('docker.io')]).toEqual([
      'localhost:5000',
      'https://index.docker.io/v1/',
    ]);
  });
});

describe('the registry that a GUN names', () => {
  it.each([
    ['docker.io/alice/demo', 'docker.io'],
    ['index.docker.io/alice/demo', 'docker.io'],
    ['localhost/demo', 'localhost'],
    ['localhost:5000/demo', 'localhost:5000'],
    ['registry.example.com/team/demo', 'registry.example.com'],
    ['alice/demo', undefined],
    ['registry.example.com', undefined],
    ['mallory@registry.example.com/demo', undefined],
  ])('the GUN %s names the registry %s', (gun, registry) => {
    expect(registryOf(parseGun(gun))).toBe(registry);
  });
});

describe('the logins for a trust server', () => {
  it.each([
    ['its own', 'https://notary.example.com', 'alice/demo', ['notary.example.com'], undefined],
    ['its own, port and all', 'https://h.example:4443/pre', 'alice/demo', ['h.example:4443'], undefined],
    ['its own once', 'https://h.example:4443', 'h.example:4443/demo', ['h.example:4443'], undefined],
    [
      'that of the registry on another port of its host',
      'https://h.example:4443',
      'h.example:5000/demo',
      ['h.example:4443', 'h.example:5000'],
      undefined,
    ],
    [
      'that of the registry on its host’s usual port',
      'https://h.example:4443',
      'H.example/demo',
      ['h.example:4443', 'h.example'],
      undefined,
    ],
    [
      'that of Docker Hub for Docker Hub’s trust server',
      'https://notary.docker.io',
      'docker.io/alice/demo',
      ['notary.docker.io', 'docker.io'],
      undefined,
    ],
  ])('the logins for a trust server are %s', (_, url, gun, usable, excluded) => {
    expect(loginHosts(url, parseGun(gun))).toEqual({ usable, excluded });
  });

  it.each([
    ['another host', 'https://notary.example.com', 'registry.example.com/demo', 'registry.example.com'],
    ['a host below', 'https://notary.h.example', 'h.example/demo', 'h.example'],
    ['a host above', 'https://h.example', 'r.h.example/demo', 'r.h.example'],
    ['a host that only begins alike', 'https://h.example.evil.example', 'h.example/demo', 'h.example'],
    ['another address of the machine', 'https://127.0.0.1:4443', 'localhost:4443/demo', 'localhost:4443'],
    ['a user name like it', 'https://h.example@evil.example', 'h.example/demo', 'h.example'],
    ['Docker Hub', 'https://notary.example.com', 'docker.io/alice/demo', 'docker.io'],
    ['Docker Hub', 'https://notary.docker.io.evil.example', 'docker.io/alice/demo', 'docker.io'],
    ['Docker Hub', 'https://notary.docker.io:4443', 'docker.io/alice/demo', 'docker.io'],
    ['a registry', 'https://notary.docker.io', 'registry.example.com/demo', 'registry.example.com'],
  ])('the logins for a trust server are never those of %s (%s, %s)', (_, url, gun, excluded) => {
    expect(loginHosts(url, parseGun(gun))).toEqual({ usable: [new URL(url).host], excluded });
  });
});
