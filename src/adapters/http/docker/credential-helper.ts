/**
 * Runs Docker's credential helpers: programs that keep logins in a key ring (docker-credential-helpers, README
 * "Development").
 */

import { spawn } from 'node:child_process';
import { asObject, asString, readJson } from '../../../encoding/json.ts';
import { isNotaryError } from '../../../errors.ts';
import { findProgram } from '../../system/find-program.ts';
import type { SavedLogin } from './docker-config.ts';
import { hostOf } from './docker-hosts.ts';

export interface HelperRequest {
  /** What follows `docker-credential-` in the program's name, as configured. */
  readonly name: string;
  /** The key of the server, as Docker writes it. */
  readonly key: string;
  /** Directories to look for the program in, as in `PATH`; relative ones are passed over. */
  readonly path: string;
  /** Milliseconds; the user may have to unlock the key ring meanwhile. */
  readonly timeout: number;
}

/** Reasons never hold anything that the helper has said: that may be a secret. */
export type HelperAnswer =
  | { readonly kind: 'login'; readonly login: SavedLogin }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly reason: string };

const maxAnswer = 1024 * 1024;
/** Said on standard output, with a failing status, by every helper that has no login for the server. */
const notFound = 'credentials not found in native keychain';
/** The user name by which a helper says that the secret is an identity token. */
const tokenUser = '<token>';

const failed = (reason: string): HelperAnswer => ({ kind: 'failed', reason });

/**
 * Asks `docker-credential-NAME get` for the login of a server. The key goes to its standard input, so
 * that neither a shell nor the list of processes sees anything. Never throws an expected error.
 */
export async function askHelper(request: HelperRequest): Promise<HelperAnswer> {
  if (!/^[A-Za-z0-9._-]+$/.test(request.name))
    return failed('no credential helper can have the name configured');
  const program = `docker-credential-${request.name}`;
  const file = findProgram(program, request.path);
  if (file === undefined) return failed(`${program} is not in PATH`);
  const ended = await run(file, request.key, request.timeout);
  if (ended.kind === 'broken') return failed(`${program} ${ended.reason}`);
  if (ended.status !== 0) {
    if (ended.output.toString().trim() === notFound) return { kind: 'none' };
    return failed(`${program} ended with status ${ended.status}`);
  }
  return understand(ended.output, program, request.key);
}

/** `{"ServerURL":…,"Username":…,"Secret":…}`. */
function understand(output: Uint8Array, program: string, key: string): HelperAnswer {
  try {
    const answer = asObject(readJson(output, { fractions: true }), 'the answer');
    const server = asString(answer.get('ServerURL') ?? '', 'ServerURL');
    const username = asString(answer.get('Username') ?? '', 'Username');
    const secret = asString(answer.get('Secret') ?? '', 'Secret');
    if (server !== '' && hostOf(server) !== hostOf(key))
      return failed(`${program} gave the login of another server`);
    const login =
      username === tokenUser
        ? { username: '', password: '', identityToken: secret }
        : { username, password: secret, identityToken: '' };
    return { kind: 'login', login };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return failed(`${program} gave an answer that is not understood`);
  }
}

type Ended =
  | { readonly kind: 'ended'; readonly status: number; readonly output: Buffer }
  | { readonly kind: 'broken'; readonly reason: string };

/**
 * Runs the program with the environment of this process, which key rings need to be found and which
 * holds no passphrase or password any more.
 */
function run(file: string, input: string, timeout: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(file, ['get'], { stdio: ['pipe', 'pipe', 'ignore'] });
    const pieces: Buffer[] = [];
    let length = 0;
    const settle = (ended: Ended): void => {
      clearTimeout(timer);
      resolve(ended);
    };
    const giveUp = (reason: string): void => {
      child.kill('SIGKILL');
      // A program that it has started may still hold the other end.
      child.stdout.destroy();
      settle({ kind: 'broken', reason });
    };
    const timer = setTimeout(() => giveUp(`did not answer within ${timeout / 1000} seconds`), timeout);
    child.stdout.on('data', (piece: Buffer) => {
      pieces.push(piece);
      length += piece.length;
      if (length > maxAnswer) giveUp('answered more than a login can be');
    });
    // A helper may end without reading its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', () => settle({ kind: 'broken', reason: 'cannot be run' }));
    child.once('close', (code, signal) => {
      if (code === null) settle({ kind: 'broken', reason: `was ended by ${signal ?? 'a signal'}` });
      else settle({ kind: 'ended', status: code, output: Buffer.concat(pieces) });
    });
  });
}
