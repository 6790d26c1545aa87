/** What refers to a manifest: by the API of the registry, page by page, and by the tag where it has none. */

import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Referrers } from '../../../src/ports/registry.ts';
import { type ImageRegistry, imageText, send, startImageRegistry } from '../../support/image-registry.ts';
import { failureOf } from '../../support/refusal.ts';
import {
  endRegistries,
  ociIndex,
  openClient,
  type RegistryClient,
  refuse,
  sha256,
} from '../../support/registry-rig.ts';
import {
  bundleReferrer,
  bundleType,
  cosignReferrer,
  cosignType,
  index,
  listed,
  notationReferrer,
  notationType,
  signaturePredicate,
  tagOf,
} from '../../support/signature-manifests.ts';

const path = 'acme/app';
const image = sha256(imageText('app'));
let registry: ImageRegistry;
let client: RegistryClient;

beforeEach(async () => {
  registry = await startImageRegistry();
  client = await openClient();
});
afterEach(endRegistries);

const read = (digest = image): Promise<Referrers> =>
  client.registry.referrers({ domain: registry.domain, path }, digest);
const types = ({ entries }: Referrers) => entries.map(({ artifactType }) => artifactType);
const referrersAsked = () => registry.asked.filter((line) => line.includes('/referrers/'));

/** Has the API answer with this, the way that a test wants it. */
function answering(act: (response: ServerResponse, url: string) => void): void {
  registry.misdeed = (url, response) => {
    if (!url.includes('/referrers/')) return false;
    act(response, url);
    return true;
  };
}

describe('the list of referrers of a registry', () => {
  it('the list of referrers has all pages, with types and annotations, over one connection', async () => {
    registry.pageSize = 2;
    registry.put(path, undefined, cosignReferrer(image));
    registry.put(path, undefined, notationReferrer(image));
    registry.put(path, undefined, bundleReferrer(image, signaturePredicate));
    registry.put(path, undefined, cosignReferrer(sha256('other')));
    const found = await read();
    expect(found.source).toBe('api');
    expect(types(found)).toEqual([cosignType, notationType, bundleType]);
    expect(found.entries[2]?.annotations.get('dev.sigstore.bundle.predicateType')).toBe(signaturePredicate);
    expect(referrersAsked()).toEqual([
      `GET /v2/${path}/referrers/${image}`,
      `GET /v2/${path}/referrers/${image}?from=2`,
    ]);
    // The question whether it speaks TLS takes a connection of its own.
    expect(registry.server.connections).toBe(2);
  });

  it('the list of referrers may be empty', async () => {
    registry.pageSize = 2;
    expect(await read()).toEqual({ source: 'api', entries: [] });
  });

  it('the list under the tag is read where the registry has no API, which is asked for once', async () => {
    const signature = JSON.stringify(notationReferrer(image));
    registry.put(path, tagOf(image), index(listed(signature, notationType)));
    const found = await read();
    expect([found.source, types(found)]).toEqual(['tag', [notationType]]);
    expect(await read(sha256('other'))).toEqual({ source: 'tag', entries: [] });
    expect(referrersAsked()).toHaveLength(1);
  });

  it.each([400, 405, 406])(
    'an API that answers with status %i counts as none, as with cosign',
    async (status) => {
      answering((response) => refuse(response, status, 'UNSUPPORTED'));
      registry.put(path, tagOf(image), index(listed('x', cosignType)));
      expect(types(await read())).toEqual([cosignType]);
    },
  );

  it('an API that redirects to where nothing is counts as none, and one that redirects to the list is read', async () => {
    answering((response, url) => {
      if (url.endsWith('?here')) send(response, JSON.stringify(index(listed('x', cosignType))), ociIndex);
      else if (url.endsWith('?there')) response.writeHead(404).end();
      else response.writeHead(303, { Location: `${url}?${url.includes(image) ? 'here' : 'there'}` }).end();
    });
    expect((await read()).source).toBe('api');
    expect((await read(sha256('other'))).source).toBe('tag');
  });

  it('another host that an API redirects to gets no login', async () => {
    const headers: (string | undefined)[] = [];
    const elsewhere = await startImageRegistry();
    elsewhere.misdeed = (_url, response, request) => {
      headers.push(request.headers.authorization);
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      return true;
    };
    registry.misdeed = (url, response, request) => {
      if (request.headers.authorization === undefined)
        response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(303, { Location: `http://${elsewhere.domain}${url}` }).end();
      return true;
    };
    client = await openClient({
      env: { TSNOTARY_INSECURE_CREDENTIALS: '1' },
      logins: { find: () => Promise.resolve({ username: 'alice', password: 'wonderland' }) },
    });
    expect((await failureOf(read())).code).toBe('REGISTRY_UNAUTHORIZED');
    expect(headers).toEqual([undefined]);
  });

  const page = JSON.stringify(index(listed('x', cosignType)));
  it.each<[string, (response: ServerResponse, url: string) => void, string, RegExp]>([
    [
      'names another digest than that of the bytes',
      (response) => send(response, page, ociIndex, { 'Docker-Content-Digest': sha256('other') }),
      'REGISTRY_INVALID',
      /other bytes than it says/,
    ],
    [
      'does not end',
      (response, url) => {
        const at = Number(/at=(\d+)/.exec(url)?.[1] ?? 0);
        send(response, page, ociIndex, { Link: `<${url.split('?')[0] ?? ''}?at=${at + 1}>; rel="next"` });
      },
      'REGISTRY_INVALID',
      /does not end within 64 pages/,
    ],
    [
      'goes round in circles',
      (response, url) => send(response, page, ociIndex, { Link: `<${url}>; rel=next` }),
      'REGISTRY_INVALID',
      /does not end/,
    ],
    [
      'has too many entries',
      (response) =>
        send(response, JSON.stringify(index(...Array<object>(10_001).fill(listed('x')))), ociIndex),
      'REGISTRY_INVALID',
      /does not end within 64 pages and 10000 entries/,
    ],
    [
      'names its next page elsewhere',
      (response) => send(response, page, ociIndex, { Link: '</v2/other/referrers/x>; rel="next"' }),
      'REGISTRY_INVALID',
      /names the next page of its list of referrers elsewhere/,
    ],
    [
      'sends a page of the web',
      (response) => send(response, '<html>', 'text/html'),
      'REGISTRY_INVALID',
      /sends text\/html in place of a list of referrers/,
    ],
    [
      'sends no JSON',
      (response) => send(response, '{', ociIndex),
      'REGISTRY_INVALID',
      /a list of referrers that is none/,
    ],
    [
      'sends an index of another schema',
      (response) => send(response, '{"schemaVersion":1,"manifests":[]}', ociIndex),
      'REGISTRY_INVALID',
      /not of schema 2/,
    ],
    [
      'sends an entry without a digest',
      (response) => send(response, JSON.stringify(index({ mediaType: 'x' })), ociIndex),
      'REGISTRY_INVALID',
      /the digest of a referrer is not a string/,
    ],
    [
      'compresses',
      (response) => send(response, page, ociIndex, { 'Content-Encoding': 'br' }),
      'REGISTRY_INVALID',
      /as br/,
    ],
    ['refuses', (response) => refuse(response, 403, 'DENIED'), 'REGISTRY_UNAUTHORIZED', /refuses/],
    [
      'has a failure',
      (response) => refuse(response, 500, 'UNKNOWN'),
      'REGISTRY_UNAVAILABLE',
      /cannot answer now/,
    ],
    ['hangs up', (response) => void response.destroy(), 'REGISTRY_UNREACHABLE', /no answer/],
  ])('a registry whose API %s has no list', async (_does, act, code, reason) => {
    answering(act);
    expect(await failureOf(read())).toMatchObject({
      code,
      message: expect.stringMatching(reason) as string,
    });
    expect(referrersAsked().length).toBeLessThanOrEqual(64);
  });

  it('a list that calls itself JSON is read, as Harbor called its lists', async () => {
    answering((response) => send(response, page, 'application/json; charset=utf-8'));
    expect(types(await read())).toEqual([cosignType]);
  });

  it('an image in the place of the list is no list', async () => {
    registry.put(path, tagOf(image), imageText('junk'));
    expect(await failureOf(read())).toMatchObject({
      code: 'REGISTRY_INVALID',
      message: expect.stringContaining('something else than a list of referrers under its tag') as string,
    });
  });

  it('a registry that cannot answer for the tag has no list either', async () => {
    registry.misdeed = (url, response) => {
      if (!url.includes('/manifests/')) return false;
      refuse(response, 503, 'UNAVAILABLE');
      return true;
    };
    expect((await failureOf(read())).code).toBe('REGISTRY_UNAVAILABLE');
  });
});
