import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findEngine, type Variables } from '../../../src/adapters/engine/find-engine.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { refusal } from '../../support/refusal.ts';

let folder = '';
beforeEach(() => (folder = makeScratch()));
afterEach(() => removeScratch(folder));

const absolute = (path: string): string => (path.startsWith('/') ? path : `/work/${path}`);
const find = (env: Variables) => findEngine({ env: { DOCKER_CONFIG: folder, ...env }, absolute });
const configure = (config: unknown): void =>
  writeFileSync(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));

function addContext(name: string, endpoint: object | undefined, tls: readonly string[] = []): string {
  const digest = createHash('sha256').update(name).digest('hex');
  const [meta, certificates] = [
    join(folder, 'contexts/meta', digest),
    join(folder, 'contexts/tls', digest, 'docker'),
  ];
  mkdirSync(meta, { recursive: true });
  mkdirSync(certificates, { recursive: true });
  const Endpoints = endpoint === undefined ? {} : { docker: endpoint };
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints }));
  for (const file of tls) writeFileSync(join(certificates, file), 'PEM');
  return certificates;
}

describe('finding the engine', () => {
  it('the engine is the socket of this machine where nothing says otherwise', () => {
    expect(find({})).toMatchObject({ address: { socketPath: '/var/run/docker.sock' }, tls: undefined });
    expect(find({ DOCKER_HOST: '', DOCKER_CONTEXT: '' }).address.socketPath).toBe('/var/run/docker.sock');
  });

  it('DOCKER_HOST goes before DOCKER_CONTEXT, and that before currentContext', () => {
    addContext('one', { Host: 'tcp://one:1' });
    addContext('two', { Host: 'tcp://two:2' });
    configure({ currentContext: 'one' });
    expect(find({}).address.shown).toBe('tcp://one:1');
    expect(find({ DOCKER_CONTEXT: 'two' }).address.shown).toBe('tcp://two:2');
    expect(find({ DOCKER_CONTEXT: 'two', DOCKER_HOST: 'tcp://three:3' }).address.shown).toBe('tcp://three:3');
    expect(find({ DOCKER_CONTEXT: 'default' }).address.shown).toBe('unix:///var/run/docker.sock');
  });

  it('a context that is not there is an error, and not the socket of this machine', () => {
    expect(() => find({ DOCKER_CONTEXT: 'gone' })).toThrow(
      refusal('ENGINE_UNREACHABLE', /^context "gone": context not found/),
    );
    addContext('empty', undefined);
    expect(() => find({ DOCKER_CONTEXT: 'empty' })).toThrow(
      refusal('ENGINE_UNREACHABLE', 'context "empty": no docker endpoint'),
    );
  });

  it('a damaged config.json or context is named without its content', () => {
    configure('{"auths":{"h":{"auth":"c2VjcmV0"}}, "currentContext": 5}');
    expect(() => find({})).toThrow(refusal('MALFORMED_JSON', `${folder}/config.json is damaged`));
    configure({});
    const certificates = addContext('bad', { Host: 7 });
    const meta = certificates.replace('/tls/', '/meta/').replace(/docker$/, 'meta.json');
    expect(() => find({ DOCKER_CONTEXT: 'bad' })).toThrow(refusal('MALFORMED_JSON', `${meta} is damaged`));
  });

  it('DOCKER_TLS_VERIFY takes the three files of DOCKER_CERT_PATH, else of the configuration directory', () => {
    const files = (path: string) => ({
      rootCa: `${path}/ca.pem`,
      clientCert: `${path}/cert.pem`,
      clientKey: `${path}/key.pem`,
      skipVerify: false,
    });
    const env = { DOCKER_HOST: 'tcp://h', DOCKER_TLS_VERIFY: '1' };
    expect(find({ ...env, DOCKER_CERT_PATH: 'certs' })).toMatchObject({
      address: { url: 'https://h:2376' },
      tls: files('/work/certs'),
    });
    expect(find(env).tls).toEqual(files(folder));
    expect(find({ ...env, DOCKER_HOST: 'unix:///s' }).tls).toBeUndefined();
    expect(find({ DOCKER_HOST: 'tcp://h', DOCKER_TLS: '1' }).tls).toEqual({ skipVerify: true });
  });

  it('a context speaks TLS where it has a file for it or need not check, and plain HTTP else', () => {
    const certificates = addContext('secure', { Host: 'tcp://h:1' }, ['ca.pem', 'cert.pem', 'key.pem']);
    addContext('lax', { Host: 'tcp://h:1', SkipTLSVerify: true });
    addContext('plain', { Host: 'tcp://h:1', SkipTLSVerify: false });
    expect(find({ DOCKER_CONTEXT: 'secure' })).toMatchObject({
      address: { url: 'https://h:1' },
      tls: { rootCa: `${certificates}/ca.pem`, clientKey: `${certificates}/key.pem`, skipVerify: false },
    });
    expect(find({ DOCKER_CONTEXT: 'lax' }).tls).toEqual({ skipVerify: true });
    expect(find({ DOCKER_CONTEXT: 'plain' })).toMatchObject({
      address: { url: 'http://h:1' },
      tls: undefined,
    });
  });

  it('HttpHeaders of config.json are sent, but for those that frame a message or break its lines', () => {
    const HttpHeaders = {
      'X-Mine': 'v',
      Host: 'elsewhere',
      'Content-Length': '5',
      'X-Registry-Auth': 'x',
      'X-Bad': 'a\r\nX-Forged: 1',
      'a b': 'c',
    };
    configure({ HttpHeaders });
    expect(find({}).headers).toEqual({ 'X-Mine': 'v' });
  });
});
