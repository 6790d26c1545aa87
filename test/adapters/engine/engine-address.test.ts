import { describe, expect, it } from 'vitest';
import { parseEngineHost } from '../../../src/adapters/engine/engine-address.ts';
import { refusal } from '../../support/refusal.ts';

describe('the address of an engine', () => {
  it.each([
    ['unix:///var/run/docker.sock', false, '/var/run/docker.sock', 'unix:///var/run/docker.sock'],
    ['unix://', false, '/var/run/docker.sock', 'unix:///var/run/docker.sock'],
    ['unix:///a b/c?d', true, '/a b/c?d', 'unix:///a b/c?d'],
  ])('the address %s is a socket', (text, secure, socketPath, shown) => {
    expect(parseEngineHost(text, secure)).toEqual({ shown, socketPath, url: 'http://api.moby.localhost' });
  });

  it.each([
    ['tcp://127.0.0.1:2375', false, 'tcp://127.0.0.1:2375', 'http://127.0.0.1:2375'],
    ['tcp://host', false, 'tcp://host:2375', 'http://host:2375'],
    ['tcp://host', true, 'tcp://host:2376', 'https://host:2376'],
    ['tcp://host:1/', true, 'tcp://host:1', 'https://host:1'],
    ['host:7', false, 'tcp://host:7', 'http://host:7'],
    ['tcp://[::1]:7', false, 'tcp://[::1]:7', 'http://[::1]:7'],
    ['tcp://', false, 'tcp://localhost:2375', 'http://localhost:2375'],
    ['tcp://:9', false, 'tcp://localhost:9', 'http://localhost:9'],
  ])('the address %s (TLS: %s) is a host and a port', (text, secure, shown, url) => {
    expect(parseEngineHost(text, secure)).toEqual({ shown, socketPath: undefined, url });
  });

  it.each([
    'http://h:1',
    'fd://',
    'tcp://h:0',
    'tcp://h:70000',
    'tcp://h:x',
    'tcp://h:1:2',
    'tcp://h/path',
    'tcp://other@h:1',
    'tcp://h?x',
    'tcp://[::1',
    'unix:///a\0b',
  ])('%j is refused as no address', (text) => {
    expect(() => parseEngineHost(text, false)).toThrow(
      refusal('ENGINE_UNREACHABLE', /^invalid bind address format: /),
    );
  });

  it.each(['ssh://alice:secret@host', 'npipe:////./pipe/docker_engine'])(
    '%s is refused with what to do instead, and without a password',
    (text) => {
      let caught: unknown;
      try {
        parseEngineHost(text, false);
      } catch (error) {
        caught = error;
      }
      expect(caught).toEqual(
        refusal('ENGINE_UNREACHABLE', /^an engine at (ssh|npipe):\/\/ cannot be reached/),
      );
      expect((caught as { hint?: string }).hint).toMatch(/DOCKER_HOST=unix|WSL/);
      expect(JSON.stringify(caught)).not.toContain('secret');
    },
  );
});
