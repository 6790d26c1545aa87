/** Signs a tag: finds what is to be signed, makes the repository where there is none, and publishes the signature. */

import type { TagLook } from '../../client/images/sign-tag.ts';
import type { RepositoryPorts } from '../../client/repository-ports.ts';
import { isNotaryError, NotaryError, rephrased } from '../../errors.ts';
import type { Engine } from '../../ports/engine.ts';
import type { CommandContext, DockerTrust } from '../spec/command-context.ts';
import type { ImageToSign, TaggedReference } from './image-to-sign.ts';

export interface SigningRequest {
  readonly image: TaggedReference;
  readonly docker: DockerTrust;
  readonly ports: RepositoryPorts;
  readonly wanted: {
    /** What the engine has, pushed by it. */
    readonly local: boolean;
    /** What the registry has, whatever engine there is. */
    readonly fromRegistry: boolean;
    /** What the engine has pushed, as the registry has it then. */
    readonly pushed?: true;
    /** That of an image of several platforms which the engine is to push; else such an image is refused. */
    readonly platform?: string | undefined;
    /** The registry's digest in place of the one that is signed, without a question. */
    readonly yes: boolean;
  };
  /** The name of the first signer, asked for where the repository is to be made. */
  readonly signer: () => Promise<string | undefined>;
}

export interface SignedTagResult {
  readonly image: string;
  readonly gun: string;
  readonly tag: string;
  readonly digest: string;
  /** None where each role has the tag with this very digest. */
  readonly roles: readonly string[];
}

/** What is signed, before anything is made or pushed. */
type Source =
  | { readonly kind: 'registry'; readonly found: ImageToSign }
  | { readonly kind: 'engine'; readonly engine: Engine }
  | {
      readonly kind: 'recorded';
      readonly signed: NonNullable<TagLook['signed']>;
      readonly image: ImageToSign;
    };

/**
 * @throws NotaryError every code of the look, the registry, the engine and `signTag`; DIGEST_CHANGED, ABORTED,
 * SIGNER_NAME_INVALID
 */
export async function signImage(context: CommandContext, request: SigningRequest): Promise<SignedTagResult> {
  const { image, ports } = request;
  const [{ lookAtTag, signTag }, { worded }] = await Promise.all([
    import('../../client/images/sign-tag.ts'),
    import('../../client/images/server-errors.ts'),
  ]);
  const inDockersWords = (error: unknown): never => {
    throw worded(error, image.gun);
  };
  const look = await lookAtTag(ports, image.tag).catch(inDockersWords);
  const signing = new Signing(context, request, look);
  const source = await signing.source();
  if (!look.exists) await signing.makeRepository().catch(inDockersWords);
  const { tag, gun, typed } = image;
  const toSign = await signing.announced(source);
  try {
    const roles = await signTag(ports, { tag, signedBefore: look.signed?.digest, ...toSign });
    signing.showExisting(source);
    context.print(`Successfully signed ${gun}:${tag}`);
    return { image: typed, gun, tag, digest: toSign.digest, roles };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, (message) => `failed to sign ${gun}:${tag}: ${message}`);
  }
}

/** One run, after the look at what is signed. */
class Signing {
  readonly #context: CommandContext;
  readonly #request: SigningRequest;
  readonly #look: TagLook;

  constructor(context: CommandContext, request: SigningRequest, look: TagLook) {
    this.#context = context;
    this.#request = request;
    this.#look = look;
  }

  async source(): Promise<Source> {
    const { image, docker, wanted } = this.#request;
    const { signed } = this.#look;
    const { imageInEngine, imageInRegistry } = await import('./image-to-sign.ts');
    if (wanted.fromRegistry) {
      const found = await imageInRegistry(docker.openRegistry(), image);
      if (signed !== undefined && `sha256:${signed.digest}` !== found.digest)
        await this.#agreed(signed.digest, found.digest);
      return { kind: 'registry', found };
    }
    if (signed !== undefined && !wanted.local) return this.#signedBefore(signed);
    const engine = await docker.openEngine();
    if (!wanted.local && !(await engine.answers()))
      return { kind: 'registry', found: await imageInRegistry(docker.openRegistry(), image) };
    await imageInEngine(engine, image, wanted.platform);
    return { kind: 'engine', engine };
  }

  /** The tag is signed: docker adds a signature to the recorded digest without looking at any image. */
  async #signedBefore(signed: NonNullable<TagLook['signed']>): Promise<Source> {
    const { image, docker } = this.#request;
    const { askRegistry, recordedImage } = await import('./image-to-sign.ts');
    const word = await askRegistry(docker.openRegistry(), image, `sha256:${signed.digest}`);
    if (word.kind === 'other') {
      await this.#agreed(signed.digest, word.image.digest);
      return { kind: 'registry', found: word.image };
    }
    if (word.kind === 'same')
      return { kind: 'recorded', signed, image: recordedImage(image, signed, word.image.check) };
    const recorded = recordedImage(image, signed);
    this.#unseen(word.reason, 'the digest that is recorded is signed');
    return { kind: 'recorded', signed, image: recorded };
  }

  /** Says that the registry has no part in what is signed. @throws NotaryError the code of the reason when strict */
  #unseen({ code, message }: NotaryError, instead: string): void {
    const { gun, tag, typed } = this.#request.image;
    const unasked = `the registry could not be asked what ${typed} is now (${message})`;
    const details = { gun, target: tag };
    this.#context.caution(code, `${unasked}; ${instead}`, details, `${unasked}, and nothing was signed`);
  }

  async makeRepository(): Promise<void> {
    const { image, ports, signer } = this.#request;
    const name = await signer();
    const { makeForFirstSignature } = await import('../../client/images/first-signer.ts');
    await makeForFirstSignature(ports, name);
    if (name === undefined) {
      this.#context.print(`Finished initializing "${image.gun}"`);
      return;
    }
    this.#context.print(`Created signer: ${name}`);
    this.#context.print(`Finished initializing signed repository for ${image.typed}`);
  }

  /** Says what is done, has the engine push where it is to, and gives what is signed. */
  async announced(source: Source): Promise<ImageToSign> {
    const { image, wanted } = this.#request;
    const context = this.#context;
    if (source.kind === 'recorded') {
      context.print(`Signing and pushing trust metadata for ${image.typed}`);
      return source.image;
    }
    const { pushedImage } = await import('./image-to-sign.ts');
    if (source.kind === 'engine' && wanted.pushed === undefined)
      context.printError(
        `Signing and pushing trust data for local image ${image.typed}, may overwrite remote trust data`,
      );
    const toSign =
      source.kind === 'engine'
        ? await this.#asRegistryHas(await pushedImage(context, source.engine, image, wanted.platform))
        : source.found;
    context.print('Signing and pushing trust metadata');
    return toSign;
  }

  /**
   * What the engine says that it has pushed, with the size that the registry has, which is looked at again before the upload.
   * For `sign` docker takes the word of the engine alone: where the registry cannot be asked, that is a warning.
   *
   * @throws NotaryError DIGEST_CHANGED where the registry has another image under the tag; for `push`, and when strict, the
   * code of the registry that cannot be asked
   */
  async #asRegistryHas(pushed: ImageToSign): Promise<ImageToSign> {
    const { image, docker, wanted } = this.#request;
    const { askRegistry, pushedOther, pushedUnseen } = await import('./image-to-sign.ts');
    const word = await askRegistry(docker.openRegistry(), image, pushed.digest);
    if (word.kind === 'same') return word.image;
    if (word.kind === 'other') throw pushedOther(image, pushed.digest, word.image.digest);
    if (wanted.pushed === true) throw pushedUnseen(image, pushed.digest, word.reason);
    this.#unseen(word.reason, 'the digest that the engine says it has pushed is signed');
    return pushed;
  }

  /** Docker says it once it has found keys that may sign. */
  showExisting(source: Source): void {
    if (source.kind !== 'recorded') return;
    const { digest, signers } = source.signed;
    this.#context.print(`Existing signatures for tag ${this.#request.image.tag} digest ${digest} from:`);
    this.#context.print([...signers].sort().join(', '));
  }

  /** @throws NotaryError DIGEST_CHANGED where the user cannot be asked; ABORTED */
  async #agreed(before: string, now: string): Promise<void> {
    const { image, wanted } = this.#request;
    const { prompter, noInput, log } = this.#context;
    const details = { gun: image.gun, target: image.tag, signed: `sha256:${before}`, registry: now };
    const both = `sha256:${before} is signed for ${image.typed}, and the registry has ${now}`;
    if (wanted.yes) {
      log.warn(`${both}: that of the registry is signed`, 'DIGEST_CHANGED');
      return;
    }
    if (noInput || !prompter.interactive)
      throw new NotaryError('DIGEST_CHANGED', both, {
        details,
        hint: 'Nothing was signed. Look whether the new image is meant; -y signs what the registry has.',
      });
    const question = await this.#wrapped(`${both}. Sign what the registry has? [y/N]`);
    if (await prompter.confirm(`${question} `)) return;
    throw new NotaryError('ABORTED', 'nothing was signed', { details });
  }

  /** Two digests are wider than most terminals. */
  async #wrapped(question: string): Promise<string> {
    const width = this.#context.questionWidth();
    if (width === undefined) return question;
    const { helpWidth, wrapText } = await import('../render/wrap.ts');
    return wrapText(question, helpWidth(width));
  }
}
