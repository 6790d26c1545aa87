/** Reads the address of a Docker engine as docker writes it in `DOCKER_HOST` and in contexts. */

import { NotaryError } from '../../errors.ts';

/** Where an engine listens. */
export interface EngineAddress {
  /** As messages name it: `unix:///var/run/docker.sock`, `tcp://127.0.0.1:2375`. */
  readonly shown: string;
  /** Path of a unix socket; undefined for TCP. */
  readonly socketPath: string | undefined;
  /** Scheme, host and port of its HTTP API; for a socket, a name that stands for it. */
  readonly url: string;
}

/** Docker's name for an engine behind a socket, in the header `Host`. */
const socketUrl = 'http://api.moby.localhost';
const plainPort = 2375;
const securePort = 2376;

/**
 * Parses `unix://PATH`, `tcp://HOST[:PORT]` and `HOST[:PORT]`.
 *
 * @param text `unix://`, `tcp://` alone, and an empty text stand for docker's defaults
 * @param secure TLS is spoken over TCP
 * @throws NotaryError ENGINE_UNREACHABLE for `ssh://`, `npipe://` and what is no address
 */
export function parseEngineHost(text: string, secure: boolean): EngineAddress {
  const [, scheme = 'tcp', rest = ''] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?(.*)$/s.exec(text) ?? [];
  switch (scheme) {
    case 'unix': {
      const path = rest === '' ? '/var/run/docker.sock' : rest;
      if (path.includes('\0')) throw invalid(text);
      return { shown: `unix://${path}`, socketPath: path, url: socketUrl };
    }
    case 'tcp':
      return overTcp(rest, secure, text);
    case 'ssh':
      throw refused(
        text,
        'Forward the socket of the engine: ssh -N -L /tmp/engine.sock:/var/run/docker.sock HOST, and set ' +
          'DOCKER_HOST=unix:///tmp/engine.sock.',
      );
    case 'npipe':
      throw refused(text, 'Let the engine listen on tcp:// with TLS, or run tsnotary in WSL.');
    default:
      throw invalid(text);
  }
}

function overTcp(rest: string, secure: boolean, text: string): EngineAddress {
  const [, given = '', digits] = /^(\[[0-9a-f:.]*\]|[^:/[\]]*)(?::([0-9]{1,5}))?\/?$/i.exec(rest) ?? [];
  const host = given === '' ? 'localhost' : given;
  const port = Number(digits ?? (secure ? securePort : plainPort));
  const url = `${secure ? 'https' : 'http'}://${host}:${port}`;
  const isEmpty = given === '' && digits === undefined && !['', '/'].includes(rest);
  // Nothing but host and port: a user name or a path would end up elsewhere than it says.
  if (isEmpty || /[@?#\\\s]/.test(host) || port === 0 || port > 65_535 || !URL.canParse(url))
    throw invalid(text);
  return { shown: `tcp://${host}:${port}`, socketPath: undefined, url };
}

function refused(text: string, hint: string): NotaryError {
  const scheme = text.slice(0, text.indexOf('://'));
  return new NotaryError('ENGINE_UNREACHABLE', `an engine at ${scheme}:// cannot be reached by tsnotary`, {
    details: { engine: withoutUser(text) },
    hint,
  });
}

function invalid(text: string): NotaryError {
  return new NotaryError('ENGINE_UNREACHABLE', `invalid bind address format: ${withoutUser(text)}`, {
    details: { engine: withoutUser(text) },
    hint: 'DOCKER_HOST is unix://PATH or tcp://HOST:PORT.',
  });
}

/** A password may stand before the host. */
function withoutUser(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//');
}
