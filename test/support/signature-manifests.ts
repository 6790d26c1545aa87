/**
 * Signatures of images as cosign and notation keep them in registries, written by their specifications: cosign's
 * SIGNATURE_SPEC and BUNDLE_SPEC, notation's signature-specification. No program of theirs has a part in it, and nothing in
 * them verifies.
 */

import { ociImage, ociIndex, sha256 } from './registry-rig.ts';

export const cosignType = 'application/vnd.dev.cosign.artifact.sig.v1+json';
export const notationType = 'application/vnd.cncf.notary.signature';
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json';
const empty = 'application/vnd.oci.empty.v1+json';

/** The blobs that the manifests below name. */
export const signatureBlobs = ['{}', 'signature'] as const;

function described(mediaType: string, blob: (typeof signatureBlobs)[number]): object {
  return { mediaType, digest: sha256(blob), size: blob.length };
}

function manifest(configType: string, layerType: string, more: object = {}): object {
  return {
    ...{ schemaVersion: 2, mediaType: ociImage },
    ...{ config: described(configType, '{}'), layers: [described(layerType, 'signature')] },
    ...more,
  };
}

const about = (digest: string) => ({ mediaType: ociImage, digest, size: 7 });

/** What cosign pushes under the tag `sha256-HEX.sig`. */
export const cosignTagged = (): object => manifest('application/vnd.oci.image.config.v1+json', simpleSigning);

/** The tag of cosign's signatures, or with another suffix of its attestations; without one that of the list of referrers. */
export const tagOf = (digest: string, suffix = ''): string => `${digest.replace(':', '-')}${suffix}`;

/** What cosign pushes in its mode for OCI 1.1. */
export const cosignReferrer = (subject: string): object =>
  manifest(cosignType, simpleSigning, { artifactType: cosignType, subject: about(subject) });

/** A Sigstore bundle. @param predicate what it is about; a bundle without says nothing of that */
export function bundleReferrer(subject: string, predicate?: string): object {
  return manifest(empty, bundleType, {
    ...{ artifactType: bundleType, subject: about(subject) },
    ...(predicate !== undefined && {
      annotations: {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': predicate,
      },
    }),
  });
}

export const signaturePredicate = 'https://sigstore.dev/cosign/sign/v1';
export const provenancePredicate = 'https://slsa.dev/provenance/v1';

/** What notation pushes: its type is that of the config. */
export const notationReferrer = (subject: string): object =>
  manifest(notationType, 'application/jose+json', {
    subject: about(subject),
    annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': '[]' },
  });

/** An entry in a list of referrers; `more` replaces members, and undefined removes them. */
export function listed(text: string, artifactType?: string, more: object = {}): object {
  return {
    ...{ mediaType: ociImage, digest: sha256(text), size: Buffer.byteLength(text) },
    ...(artifactType !== undefined && { artifactType }),
    ...more,
  };
}

/** A list of referrers. */
export const index = (...manifests: readonly object[]): object => ({
  ...{ schemaVersion: 2, mediaType: ociIndex, manifests },
});
