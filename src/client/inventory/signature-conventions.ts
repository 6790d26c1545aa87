/**
 * Finds signatures of cosign and notation in a registry, where each of them keeps its own: that one is there, not that it
 * verifies.
 *
 * cosign (specs/SIGNATURE_SPEC.md, specs/BUNDLE_SPEC.md): the tag `sha256-HEX.sig`, a referrer of its own type, or one that
 * is a Sigstore bundle. notation (specs/signature-specification.md, "OCI Signatures"): a referrer of its own type.
 */

import { asObject, readJson } from '../../encoding/json.ts';
import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { ImageRepository, Referrer, Referrers, Registry } from '../../ports/registry.ts';

/** Whose signatures can be looked for. */
export const signatureKinds = ['cosign', 'notation'] as const;
export type SignatureKind = (typeof signatureKinds)[number];

export interface SignatureQuestion {
  readonly registry: Pick<Registry, 'manifest'>;
  readonly repository: ImageRepository;
  /** Of the image: `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** What refers to the image. */
  readonly referrers: () => Promise<Referrers>;
}

const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json';
const cosignSignature = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const notationSignature = 'application/vnd.cncf.notary.signature';
const bundle = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v[0-9.]+)?\+json/;
/** What a bundle is about, where it says so: others than signatures are attestations. */
const predicateAnnotation = 'dev.sigstore.bundle.predicateType';
const signaturePredicate = 'https://sigstore.dev/cosign/sign/v1';
/** The type of an empty config, which some lists have in the place of the artifact's (sigstore/cosign#4422). */
const emptyConfig = 'application/vnd.oci.empty.v1+json';

/** More manifests than this are not fetched to find one signature. */
const maxFetched = 64;

/**
 * Whether the registry has a signature of the image.
 *
 * @throws NotaryError as `Registry.manifest` and `Registry.referrers`, but for IMAGE_NOT_THERE
 */
export async function hasSignature(kind: SignatureKind, question: SignatureQuestion): Promise<boolean> {
  if (kind === 'cosign' && (await hasSignatureTag(question))) return true;
  const { source, entries } = await question.referrers();
  const isOwn = kind === 'cosign' ? isCosigns : isNotations;
  const uncertain: Referrer[] = [];
  for (const entry of entries) {
    const isKnown = entry.artifactType !== undefined && entry.artifactType !== emptyConfig;
    // What clients list themselves may be gone, and cosign leaves the annotations out there (sigstore/cosign#4641).
    if (source === 'api' && isKnown && isOwn(entry)) return true;
    if (!isKnown || (source === 'tag' && isOwn(entry))) uncertain.push(entry);
  }
  for (const [index, { digest }] of uncertain.entries()) {
    if (index === maxFetched) throw tooMany(question, uncertain.length);
    const own = await described(question, digest);
    if (own !== undefined && isOwn(own)) return true;
  }
  return false;
}

type Described = Pick<Referrer, 'artifactType' | 'annotations'>;

function isNotations({ artifactType }: Described): boolean {
  return artifactType === notationSignature;
}

/** A bundle that does not say what it is about counts: cosign itself takes any bundle for a signature. */
function isCosigns({ artifactType, annotations }: Described): boolean {
  if (artifactType === undefined || !bundle.test(artifactType)) return artifactType === cosignSignature;
  const predicate = annotations.get(predicateAnnotation);
  return predicate === undefined || predicate === signaturePredicate;
}

/** The signatures of an image are the layers of the image that has its digest for a tag. */
async function hasSignatureTag({ registry, repository, digest }: SignatureQuestion): Promise<boolean> {
  const found = await manifestOrNone({ registry, repository }, `${digest.replace(':', '-')}.sig`);
  const layers = found?.get('layers');
  return (
    Array.isArray(layers) &&
    layers.some((layer: JsonValue) => layer instanceof Map && layer.get('mediaType') === simpleSigning)
  );
}

/**
 * What a referrer says of itself; undefined where it is not there, or does not say that it is about this image: nothing but
 * its own word ties what a client has listed to the image.
 */
async function described(
  { registry, repository, digest: subject }: SignatureQuestion,
  digest: string,
): Promise<Described | undefined> {
  const content = await manifestOrNone({ registry, repository }, digest);
  if (content === undefined) return undefined;
  if (member(content, 'subject')?.get('digest') !== subject) return undefined;
  const type = content.get('artifactType') ?? member(content, 'config')?.get('mediaType');
  const annotations = [...(member(content, 'annotations') ?? [])];
  return {
    artifactType: typeof type === 'string' ? type : undefined,
    annotations: new Map(
      annotations.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ),
  };
}

function member(content: JsonObject, name: string): JsonObject | undefined {
  const value = content.get(name);
  return value instanceof Map ? (value as JsonObject) : undefined;
}

async function manifestOrNone(
  { registry, repository }: Pick<SignatureQuestion, 'registry' | 'repository'>,
  reference: string,
): Promise<JsonObject | undefined> {
  try {
    const { bytes } = await registry.manifest(repository, reference);
    return asObject(readJson(bytes, { fractions: true }), 'the manifest');
  } catch (error) {
    if (isNotaryError(error, 'IMAGE_NOT_THERE')) return undefined;
    throw error;
  }
}

function tooMany({ repository, digest }: SignatureQuestion, count: number): NotaryError {
  const { domain, path } = repository;
  return new NotaryError(
    'REGISTRY_INVALID',
    `the registry ${domain} lists ${count} referrers that would all have to be fetched (${domain}/${path}@${digest})`,
    { details: { registry: domain, image: `${domain}/${path}@${digest}` } },
  );
}
