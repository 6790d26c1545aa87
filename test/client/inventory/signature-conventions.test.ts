/** Where signatures of cosign and notation are found, and what looks like one and is none. */

import { describe, expect, it } from 'vitest';
import { hasSignature, type SignatureKind } from '../../../src/client/inventory/signature-conventions.ts';
import { NotaryError } from '../../../src/errors.ts';
import type { Referrer, Referrers } from '../../../src/ports/registry.ts';
import { imageText } from '../../support/image-registry.ts';
import { failureOf } from '../../support/refusal.ts';
import { ociImage, sha256 } from '../../support/registry-rig.ts';
import {
  bundleReferrer,
  bundleType,
  cosignReferrer,
  cosignTagged,
  cosignType,
  notationReferrer,
  notationType,
  provenancePredicate,
  signaturePredicate,
  tagOf,
} from '../../support/signature-manifests.ts';

const digest = sha256(imageText('app'));
const repository = { domain: 'registry.example.com', path: 'acme/app' };
const predicate = 'dev.sigstore.bundle.predicateType';

/** A registry in memory. */
class Held {
  readonly asked: string[] = [];
  readonly #manifests = new Map<string, string>();
  #list: Referrers = { source: 'tag', entries: [] };

  put(content: object, tag?: string): string {
    const text = JSON.stringify(content);
    for (const reference of [sha256(text), ...(tag === undefined ? [] : [tag])])
      this.#manifests.set(reference, text);
    return sha256(text);
  }

  list(source: Referrers['source'], ...entries: readonly Partial<Referrer>[]): void {
    const usual = { digest: sha256('none'), mediaType: ociImage, artifactType: undefined };
    this.#list = {
      source,
      entries: entries.map((entry) => ({ ...usual, annotations: new Map(), ...entry })),
    };
  }

  find(kind: SignatureKind): Promise<boolean> {
    const manifest = async (_repository: object, reference: string) => {
      this.asked.push(reference);
      const text = this.#manifests.get(reference);
      if (text === undefined) throw new NotaryError('IMAGE_NOT_THERE', 'not found');
      return { digest: sha256(text), size: text.length, mediaType: ociImage, bytes: Buffer.from(text) };
    };
    const referrers = () => Promise.resolve(this.#list);
    return hasSignature(kind, { registry: { manifest }, repository, digest, referrers });
  }

  async both(): Promise<Record<SignatureKind, boolean>> {
    return { cosign: await this.find('cosign'), notation: await this.find('notation') };
  }
}

const annotated = (value: string) => new Map([[predicate, value]]);

describe('a signature of cosign', () => {
  it('a signature of cosign is found under the tag of the digest, without asking for referrers', async () => {
    const held = new Held();
    held.put(cosignTagged(), tagOf(digest, '.sig'));
    expect(await held.both()).toEqual({ cosign: true, notation: false });
    expect(held.asked).toEqual([tagOf(digest, '.sig')]);
  });

  it('a signature of cosign is no image that merely has that tag', async () => {
    const held = new Held();
    held.put(JSON.parse(imageText('other')) as object, tagOf(digest, '.sig'));
    expect(await held.find('cosign')).toBe(false);
  });

  it('a signature of cosign is no attestation under its own tag', async () => {
    const held = new Held();
    held.put(cosignTagged(), tagOf(digest, '.att'));
    expect(await held.find('cosign')).toBe(false);
  });

  it.each([
    ['of its own type', { artifactType: cosignType }],
    [
      'that is a bundle of a signature',
      { artifactType: bundleType, annotations: annotated(signaturePredicate) },
    ],
    ['that is a bundle and says nothing of its content', { artifactType: bundleType }],
    [
      'that is a bundle of an older version',
      { artifactType: 'application/vnd.dev.sigstore.bundle+json;version=0.2' },
    ],
  ])('a signature of cosign is a referrer %s', async (_form, entry) => {
    const held = new Held();
    held.list('api', entry);
    expect(await held.both()).toEqual({ cosign: true, notation: false });
  });

  it.each([
    ['a bundle about the build', { artifactType: bundleType, annotations: annotated(provenancePredicate) }],
    ['a list of components', { artifactType: 'application/spdx+json' }],
  ])('a signature of cosign is not %s', async (_form, entry) => {
    const held = new Held();
    held.list('api', entry);
    expect(await held.both()).toEqual({ cosign: false, notation: false });
  });
});

describe('a signature of notation', () => {
  it('a signature of notation is a referrer of its own type', async () => {
    const held = new Held();
    held.list('api', { artifactType: notationType });
    expect(await held.both()).toEqual({ cosign: false, notation: true });
  });
});

describe('a list of referrers that leaves something out', () => {
  it.each([undefined, 'application/vnd.oci.empty.v1+json'])(
    'a referrer that is listed with the type %s is asked for its own',
    async (artifactType) => {
      const held = new Held();
      held.list('api', { artifactType, digest: held.put(bundleReferrer(digest, signaturePredicate)) });
      expect(await held.both()).toEqual({ cosign: true, notation: false });
    },
  );

  it('a referrer whose type is that of its config is known by it', async () => {
    const held = new Held();
    held.list('api', { digest: held.put(notationReferrer(digest)) });
    expect(await held.both()).toEqual({ cosign: false, notation: true });
  });
});

describe('a list of referrers that clients keep', () => {
  it('an entry counts when the signature is there', async () => {
    const held = new Held();
    held.list(
      'tag',
      { artifactType: cosignType, digest: held.put(cosignReferrer(digest)) },
      { artifactType: notationType, digest: held.put(notationReferrer(digest)) },
    );
    expect(await held.both()).toEqual({ cosign: true, notation: true });
  });

  it('an entry whose signature was removed counts for nothing', async () => {
    const held = new Held();
    held.list('tag', { artifactType: cosignType }, { artifactType: notationType });
    expect(await held.both()).toEqual({ cosign: false, notation: false });
  });

  it('an entry that is about another image counts for nothing', async () => {
    const held = new Held();
    const other = sha256('other image');
    held.list(
      'tag',
      { artifactType: cosignType, digest: held.put(cosignReferrer(other)) },
      { artifactType: notationType, digest: held.put(notationReferrer(other)) },
    );
    expect(await held.both()).toEqual({ cosign: false, notation: false });
  });

  it.each([
    ['names no image', undefined],
    ['names an image without a digest', {}],
    ['names an image by something else than text', { digest: 7 }],
  ])('an entry whose manifest %s counts for nothing, whichever list it is in', async (_says, subject) => {
    const held = new Held();
    const [cosign = '', notation = ''] = [cosignReferrer(digest), notationReferrer(digest)].map((one) =>
      held.put({ ...one, subject }),
    );
    const entries = [
      { artifactType: cosignType, digest: cosign },
      { artifactType: notationType, digest: notation },
    ];
    held.list('tag', ...entries);
    expect(await held.both()).toEqual({ cosign: false, notation: false });
    const untyped = entries.map((entry) => ({ ...entry, artifactType: undefined }));
    for (const source of ['tag', 'api'] as const) {
      held.list(source, ...untyped);
      expect(await held.both()).toEqual({ cosign: false, notation: false });
    }
  });

  it('a bundle whose annotations are lost on the way is asked what it is about', async () => {
    const held = new Held();
    held.list('tag', {
      artifactType: bundleType,
      digest: held.put(bundleReferrer(digest, provenancePredicate)),
    });
    expect(await held.find('cosign')).toBe(false);
    held.list('tag', {
      artifactType: bundleType,
      digest: held.put(bundleReferrer(digest, signaturePredicate)),
    });
    expect(await held.find('cosign')).toBe(true);
  });

  it('a list that would have thousands of manifests fetched is given up, and nothing is called missing', async () => {
    const held = new Held();
    held.list('tag', ...Array.from({ length: 1000 }, (_, number) => ({ digest: sha256(String(number)) })));
    expect(await failureOf(held.find('notation'))).toMatchObject({
      code: 'REGISTRY_INVALID',
      message: expect.stringContaining('lists 1000 referrers that would all have to be fetched') as string,
    });
    expect(held.asked).toHaveLength(64);
  });
});
