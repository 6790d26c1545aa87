/** Finds out what is to be signed for a tag: what the registry has, what the engine pushes, or what others have signed. */

import type { SignedImage } from '../../client/images/sign-tag.ts';
import { fromHex, toBase64 } from '../../encoding/bytes.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError, rephrased } from '../../errors.ts';
import { familiarName, type ImageReference, loginCommand } from '../../images/reference.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import type { EngineImage } from '../../ports/engine.ts';
import type { Manifest, Registry } from '../../ports/registry.ts';
import type { CommandContext } from '../spec/command-context.ts';

/** An image, and the look at it that is repeated just before it is signed. */
export interface ImageToSign {
  readonly meta: FileMeta;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly check: () => Promise<void>;
}

/** A reference that has a tag. */
export type TaggedReference = ImageReference & { readonly tag: string };

const unchecked = () => Promise.resolve();

function metaOf(digest: string, length: number): FileMeta {
  return { length, hashes: new Map([['sha256', toBase64(fromHex(digest.slice('sha256:'.length)))]]) };
}

/**
 * What the registry has under the tag, or the digest that the caller names, once it has been seen there.
 *
 * @throws NotaryError every code of `Registry.manifest`
 */
export async function imageInRegistry(registry: Registry, image: TaggedReference): Promise<ImageToSign> {
  const wanted = image.digest ?? image.tag;
  const { digest, size } = await registry.manifest(image, wanted);
  const check = async (): Promise<void> => {
    const now = await registry.manifest(image, wanted);
    if (now.digest !== digest) throw tagMoved(image, digest, now);
  };
  return { digest, meta: metaOf(digest, size), check };
}

function tagMoved({ typed, tag, gun }: TaggedReference, before: string, now: Manifest): NotaryError {
  return new NotaryError(
    'DIGEST_CHANGED',
    `the registry has just moved ${typed} from ${before} to ${now.digest}`,
    {
      details: { gun, target: tag, before, now: now.digest },
      hint: 'Nothing was signed. Look at it, and run the command again.',
    },
  );
}

/**
 * What others have signed, where the registry agrees or cannot be asked.
 *
 * @param check undefined where the registry cannot be asked
 * @throws NotaryError CHECKSUM_MISSING for what is no image, since it has no SHA-256
 */
export function recordedImage(
  { gun, tag, typed }: TaggedReference,
  { meta, digest }: SignedImage,
  check: ImageToSign['check'] = unchecked,
): ImageToSign {
  if (digest !== '') return { meta, digest: `sha256:${digest}`, check };
  throw new NotaryError('CHECKSUM_MISSING', `what is signed for ${typed} has no SHA-256`, {
    details: { gun, target: tag },
    hint: 'It is no image that docker or this program has signed. To sign what is in the registry, give --from-registry.',
  });
}

/**
 * What the registry says of a tag that is signed or has been pushed: the same, another image, or nothing that could be
 * believed. That it has no such tag is no answer: it says so of what it hides as well.
 */
export type RegistryWord =
  | { readonly kind: 'same'; readonly image: ImageToSign }
  | { readonly kind: 'other'; readonly image: ImageToSign }
  | { readonly kind: 'unknown'; readonly reason: NotaryError };

/** @param expected the digest that the tag should have, `sha256:` and 64 hex digits */
export async function askRegistry(
  registry: Registry,
  image: TaggedReference,
  expected: string,
): Promise<RegistryWord> {
  try {
    const found = await imageInRegistry(registry, image);
    return { kind: found.digest === expected ? 'same' : 'other', image: found };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return { kind: 'unknown', reason: error };
  }
}

/**
 * The image that the engine has, which the caller then has it push.
 *
 * @param platform the one that is meant, where there are several
 * @throws NotaryError ENGINE_UNREACHABLE, ENGINE_REFUSED; SEVERAL_PLATFORMS
 */
export async function imageInEngine(
  engine: Awaited<ReturnType<EngineOpener>>,
  { typed }: TaggedReference,
  platform?: string,
): Promise<EngineImage> {
  const found = await engine.image(typed);
  if (found === undefined)
    throw new NotaryError('ENGINE_REFUSED', `Error response from daemon: No such image: ${typed}`, {
      details: { image: typed },
      hint: `To sign what is in the registry: tsnotary trust sign --from-registry ${shellWord(typed)}`,
    });
  if (found.platforms > 1 && platform === undefined)
    throw new NotaryError('SEVERAL_PLATFORMS', `${typed} has images for ${found.platforms} platforms`, {
      details: { image: typed },
      hint: `The engine would push one of them. Push them all with "docker push" or "docker buildx build --push", then sign what the registry has: --from-registry.`,
    });
  return found;
}

type EngineOpener = Awaited<ReturnType<CommandContext['openDocker']>>['openEngine'];

/**
 * Has the engine push the image, and takes the digest that it reports.
 *
 * @throws NotaryError ENGINE_UNREACHABLE, ENGINE_REFUSED; CHECKSUM_MISSING where it reports no digest, or several
 */
export async function pushedImage(
  context: Pick<CommandContext, 'print'>,
  engine: Awaited<ReturnType<EngineOpener>>,
  image: TaggedReference,
  platform?: string,
): Promise<ImageToSign> {
  const pushed = await engine.push(image, image.tag, (line) => context.print(line), platform);
  const [first, ...others] = pushed.filter(({ tag }) => tag === image.tag);
  if (first === undefined || others.some(({ digest }) => digest !== first.digest))
    throw new NotaryError(
      'CHECKSUM_MISSING',
      `the engine has pushed ${familiarName(image)}:${image.tag} without saying which digest it has`,
      {
        details: { image: image.typed },
        hint: 'The image is in the registry, and is not signed. Sign it with --from-registry.',
      },
    );
  return { digest: first.digest, meta: metaOf(first.digest, first.size), check: unchecked };
}

/** The engine has pushed another image than the registry has under the tag. */
export function pushedOther({ typed, tag, gun }: TaggedReference, pushed: string, now: string): NotaryError {
  return new NotaryError(
    'DIGEST_CHANGED',
    `the engine has pushed ${pushed} as ${typed}, and the registry has ${now}`,
    {
      details: { gun, target: tag, pushed, registry: now },
      hint: 'Nothing was signed. Another client may have pushed the tag at the same moment.',
    },
  );
}

/** The registry does not say that it has what the engine has pushed. @param reason the failure of the question */
export function pushedUnseen(
  { typed, tag, gun, domain }: TaggedReference,
  pushed: string,
  reason: NotaryError,
): NotaryError {
  const words = (message: string) => `${typed} was pushed as ${pushed}, and is not signed: ${message}`;
  return rephrased(reason, words, {
    details: { gun, target: tag, pushed },
    ...(reason.code === 'IMAGE_NOT_THERE' && {
      hint: `The registry does not show what the engine says it has pushed. Does the engine reach another registry by the name ${domain}? If the image is there, log in as a user who may read it ("${loginCommand(domain)}"), and sign it with --from-registry.`,
    }),
  });
}
