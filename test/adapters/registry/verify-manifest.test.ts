import { describe, expect, it } from 'vitest';
import { maxManifest, verifiedManifest } from '../../../src/adapters/registry/verify-manifest.ts';
import { refusal } from '../../support/refusal.ts';
import {
  dockerImage,
  dockerList,
  manifestText,
  ociImage,
  ociIndex,
  sha256,
} from '../../support/registry-rig.ts';

const repository = { domain: 'r.example', path: 'a/b' };

function verify(
  text: string | Uint8Array,
  headers: Record<string, readonly string[]> = {},
  { reference = '1', status = 200 } = {},
) {
  const body = Buffer.from(text);
  return verifiedManifest(
    { status, headers: { 'content-type': [ociImage], ...headers }, body },
    { repository, reference },
  );
}

const image = manifestText();
const invalid = (reason: string | RegExp) =>
  refusal(
    'REGISTRY_INVALID',
    typeof reason === 'string' ? `the registry r.example ${reason} (r.example/a/b:1)` : reason,
  );

describe('the digest of a manifest', () => {
  it('the digest of a manifest is computed, whether the registry names it or not', () => {
    for (const headers of [{}, { 'docker-content-digest': [sha256(image)] }])
      expect(verify(image, headers)).toMatchObject({
        digest: sha256(image),
        size: image.length,
        mediaType: ociImage,
      });
  });

  it('the digest of a manifest must be the one that the registry names', () => {
    const named = sha256(`${image}\n`);
    expect(() => verify(image, { 'docker-content-digest': [named] })).toThrow(
      invalid(`sends other bytes than it says: ${sha256(image)} in place of ${named}`),
    );
    expect(() => verify(image, { 'docker-content-digest': [sha256(image), named] })).toThrow(
      invalid(/in place of/),
    );
  });

  it.each([
    'sha512:' + 'a'.repeat(128),
    `SHA256:${'a'.repeat(64)}`,
    'sha256:abc',
    '',
    sha256(image).slice(7),
  ])('the digest of a manifest may not be named as %j', (named) => {
    expect(() => verify(image, { 'docker-content-digest': [named] })).toThrow(
      invalid(`names a digest that is not sha256: ${named}`),
    );
  });

  it('the digest that was asked for is that of the bytes, whatever the registry says', () => {
    const headers = { 'docker-content-digest': [sha256(image)] };
    expect(verify(image, headers, { reference: sha256(image) }).digest).toBe(sha256(image));
    expect(() => verify(image, headers, { reference: sha256('x') })).toThrow(
      refusal('REGISTRY_INVALID', /sends other bytes than were asked for: sha256:/),
    );
  });
});

describe('the type of a manifest', () => {
  it.each([
    [ociImage, `${ociImage}; charset=utf-8`],
    [ociIndex, ociIndex.toUpperCase()],
    [dockerImage, ` ${dockerImage} `],
    [dockerList, dockerList],
  ])('the type %s is taken from the field %j', (type, field) => {
    expect(verify(manifestText(type), { 'content-type': [field] }).mediaType).toBe(type);
  });

  it('the type of a manifest that does not name its own is that of the field', () => {
    const text = manifestText(ociIndex, { mediaType: undefined });
    expect(verify(text, { 'content-type': [ociIndex] }).mediaType).toBe(ociIndex);
  });

  it.each([
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    'application/vnd.docker.distribution.manifest.v1+json',
  ])('the type %s is refused, with what to do', (type) => {
    let failure: unknown;
    try {
      verify(image, { 'content-type': [type] });
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({
      code: 'REGISTRY_INVALID',
      message: expect.stringContaining('outdated form "schema 1"') as string,
      hint: 'Push the image again with a newer docker.',
    });
  });

  it.each([
    ['text/html'],
    ['application/json'],
    ['application/octet-stream'],
    ['application/vnd.docker.distribution.manifest.v3+json'],
  ])('the type %s is that of no manifest', (type) => {
    expect(() => verify(image, { 'content-type': [type] })).toThrow(
      invalid(`sends ${type}, which is no manifest`),
    );
  });

  it('the type of a manifest must be named, and once', () => {
    expect(() => verify(image, { 'content-type': [] })).toThrow(invalid('names no type of what it sends'));
    expect(() => verify(image, { 'content-type': [ociImage, ociIndex] })).toThrow(
      invalid('names two types of one manifest'),
    );
  });
});

describe('the content of a manifest', () => {
  const list = manifestText(ociIndex, { mediaType: undefined });
  it.each([
    ['another type by its own words', manifestText(dockerImage), /of another type than/],
    ['schema 1', manifestText(ociImage, { schemaVersion: 1 }), 'sends a manifest that is not of schema 2'],
    [
      'no schema',
      manifestText(ociImage, { schemaVersion: undefined }),
      'sends a manifest that is not of schema 2',
    ],
    ['no config', manifestText(ociImage, { config: undefined }), 'sends a manifest without "config"'],
    ['no layers', manifestText(ociImage, { layers: undefined }), 'sends a manifest without "layers"'],
    ['a list', list, 'sends a manifest without "config"'],
    [
      'an image and a list',
      manifestText(ociImage, { manifests: [] }),
      /of two meanings: .* with "manifests"/,
    ],
    ['layers of schema 1', manifestText(ociImage, { fsLayers: [] }), /of two meanings: .* with "fsLayers"/],
    ['a member twice', image.replace('{', '{"schemaVersion":2,'), /no JSON document/],
    ['an array', '[]', /no JSON document/],
    ['nothing', '', /no JSON document/],
    ['HTML', '<html>', /no JSON document/],
    ['text behind it', `${image}x`, /no JSON document/],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /no JSON document/],
    [
      'deep nesting',
      manifestText().replace('{', `{"a":${'['.repeat(5000)}${']'.repeat(5000)},`),
      /no JSON document/,
    ],
  ])('a manifest with %s is refused', (_, text, reason) => {
    expect(() => verify(text)).toThrow(invalid(reason));
  });

  it.each(['config', 'layers'])('a list of images with "%s" is refused', (name) => {
    expect(() => verify(manifestText(ociIndex, { [name]: [] }), { 'content-type': [ociIndex] })).toThrow(
      invalid(`sends a manifest of two meanings: as ${ociIndex}, and with "${name}"`),
    );
  });

  it('a manifest with annotations and other members is accepted as it is', () => {
    const text = manifestText(ociImage, {
      annotations: { a: 'b' },
      artifactType: 'x/y',
      subject: {},
      fraction: 1.5,
    });
    expect(verify(text).digest).toBe(sha256(text));
  });

  it('a manifest may have 4 MiB and no more', () => {
    const padded = (length: number) => image + ' '.repeat(length - image.length);
    expect(verify(padded(maxManifest)).size).toBe(4 * 1024 * 1024);
    expect(() => verify(padded(maxManifest + 1))).toThrow(
      invalid('sends more than a manifest can be, 4 MiB'),
    );
  });

  it('a manifest that was compressed on the way is refused, since the bytes have another digest', () => {
    expect(() => verify(image, { 'content-encoding': ['gzip'] })).toThrow(
      invalid('sends its manifest as gzip'),
    );
    expect(verify(image, { 'content-encoding': ['identity'] }).size).toBe(image.length);
  });

  it.each([201, 204, 206])('a manifest that comes with status %i is refused', (status) => {
    expect(() => verify(image, {}, { status })).toThrow(refusal('REGISTRY_INVALID', /status 20/));
  });
});
