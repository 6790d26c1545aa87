/** `trust sign`: signs the tag of an image, as the registry, the engine or other signers have it. */

import type { TagLook } from '../../../client/images/sign-tag.ts';
import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import { isNotaryError, NotaryError, rephrased } from '../../../errors.ts';
import { parseReference } from '../../../images/reference.ts';
import type { ImageToSign, TaggedReference } from '../../docker/image-to-sign.ts';
import { openingError } from '../../docker/server-errors.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, type FlagValues, jsonOnly } from '../../spec/command-spec.ts';

const flags = {
  'from-registry': {
    type: 'bool',
    extension: true,
    usage: 'Sign what the registry has, and ask no engine; a digest may stand behind the tag',
  },
  local: { type: 'bool', usage: 'Have the engine push its image, and sign that' },
  signer: {
    type: 'string',
    extension: true,
    usage: 'Name of the signer that the first signature makes; default: the user name of docker login',
  },
  yes: {
    type: 'bool',
    short: 'y',
    extension: true,
    usage: 'Sign what the registry has without asking, where another digest is signed',
  },
} as const;

type Flags = FlagValues<typeof flags>;

export const trustSign = defineCommand({
  path: ['trust', 'sign'],
  extension: true,
  operands: 'IMAGE:TAG',
  surplus: 'checked',
  hideFlagsInUsage: true,
  docker: { least: 1, exact: true },
  short: 'Signs a tag of an image',
  long:
    'Signs a tag with the keys of yours that may sign it, and publishes that. Where the tag is signed already, your signature ' +
    'is added to the digest that is recorded, unless the registry has another one by now: then it asks. An image that is not ' +
    'signed yet is pushed by the engine if one answers; else, and with --from-registry, what the registry has is signed, with ' +
    'all its platforms. The first signature of a repository makes its keys and you its first signer.',
  examples: async () => (await import('../../help/examples/trust.ts')).sign,
  flags,
  async run(context, { args, flags: given }) {
    const image = taggedReference(args[0] ?? '', given);
    const docker = await context.openDocker();
    const ports = await docker.openRepository(image, 'pull,push');
    const { lookAtTag } = await import('../../../client/images/sign-tag.ts');
    const look = await lookAtTag(ports, image.tag).catch((error: unknown) => {
      throw openingError(error, image.gun);
    });
    const signing = new Signing(context, { image, ports, look, given });
    return jsonOnly(await signing.run());
  },
});

/** @throws NotaryError IMAGE_NAME_INVALID, INVALID_FLAG */
function taggedReference(typed: string, given: Flags): TaggedReference {
  const image = parseReference(typed);
  const { tag, digest } = image;
  if (given.local && given['from-registry'])
    throw new NotaryError('FLAG_CONTRADICTED', '--local and --from-registry contradict each other');
  if (digest !== undefined && !given['from-registry'])
    throw new NotaryError('IMAGE_NAME_INVALID', 'cannot use a digest reference for IMAGE:TAG', {
      details: { image: typed },
      hint: 'With --from-registry a digest may stand behind the tag.',
    });
  if (tag === undefined)
    throw new NotaryError('IMAGE_NAME_INVALID', `no tag specified for ${typed}`, {
      details: { image: typed },
    });
  return { ...image, tag };
}

interface SigningInput {
  readonly image: TaggedReference;
  readonly ports: RepositoryPorts;
  readonly look: TagLook;
  readonly given: Flags;
}

/** One run, after the look at what is signed. */
class Signing {
  readonly #context: CommandContext;
  readonly #input: SigningInput;

  constructor(context: CommandContext, input: SigningInput) {
    this.#context = context;
    this.#input = input;
  }

  async run() {
    const { image, ports, look } = this.#input;
    const { signTag } = await import('../../../client/images/sign-tag.ts');
    const toSign = await this.#choose();
    const signedBefore = look.signed?.digest;
    const { tag, gun } = image;
    try {
      const roles = await signTag(ports, { tag, signedBefore, ...toSign });
      this.#context.print(`Successfully signed ${gun}:${tag}`);
      return { image: image.typed, gun, tag, digest: toSign.digest, roles };
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      throw rephrased(error, (message) => `failed to sign ${gun}:${tag}: ${message}`);
    }
  }

  /** What is signed, and the lines that say it. */
  async #choose(): Promise<ImageToSign> {
    const { image, look, given } = this.#input;
    const { imageInRegistry } = await import('../../docker/image-to-sign.ts');
    const docker = await this.#context.openDocker();
    if (given['from-registry']) {
      const found = await imageInRegistry(docker.openRegistry(), image);
      if (look.signed !== undefined && `sha256:${look.signed.digest}` !== found.digest)
        await this.#agreed(look.signed.digest, found.digest);
      return this.#fromRegistry(found);
    }
    if (look.signed !== undefined && !given.local) return this.#signed(look.signed);
    const engine = await docker.openEngine();
    if (given.local || (await engine.answers())) return this.#fromEngine(engine);
    return this.#fromRegistry(await imageInRegistry(docker.openRegistry(), image));
  }

  #fromRegistry(found: ImageToSign): ImageToSign {
    this.#context.print('Signing and pushing trust metadata');
    return found;
  }

  async #fromEngine(engine: Awaited<ReturnType<OpenEngine>>): Promise<ImageToSign> {
    const { image } = this.#input;
    const { imageInEngine, pushedImage } = await import('../../docker/image-to-sign.ts');
    await imageInEngine(engine, image);
    this.#context.printError(
      `Signing and pushing trust data for local image ${image.typed}, may overwrite remote trust data`,
    );
    const pushed = await pushedImage(this.#context, engine, image);
    this.#context.print('Signing and pushing trust metadata');
    return pushed;
  }

  /** The tag is signed: docker adds a signature to the recorded digest without looking at any image. */
  async #signed(signed: NonNullable<TagLook['signed']>): Promise<ImageToSign> {
    const { image } = this.#input;
    const { askRegistry, recordedImage } = await import('../../docker/image-to-sign.ts');
    const docker = await this.#context.openDocker();
    const word = await askRegistry(docker.openRegistry(), image, signed);
    if (word.kind === 'other') {
      await this.#agreed(signed.digest, word.image.digest);
      return this.#fromRegistry(word.image);
    }
    if (word.kind === 'unknown')
      this.#context.caution(
        word.reason.code,
        `the registry could not be asked what ${image.typed} is now (${word.reason.message}); the digest that is recorded is signed`,
        { gun: image.gun, target: image.tag },
        `the registry could not be asked what ${image.typed} is now (${word.reason.message}), and nothing was signed`,
      );
    this.#context.print(`Signing and pushing trust metadata for ${image.typed}`);
    this.#context.print(`Existing signatures for tag ${image.tag} digest ${signed.digest} from:`);
    this.#context.print([...signed.signers].sort().join(', '));
    return recordedImage(signed);
  }

  /** @throws NotaryError DIGEST_CHANGED where nobody can be asked; ABORTED */
  async #agreed(before: string, now: string): Promise<void> {
    const { image, given } = this.#input;
    const { prompter, noInput, log } = this.#context;
    const both = `sha256:${before} is signed for ${image.typed}, and the registry has ${now}`;
    if (given.yes) {
      log.warn(`${both}: that of the registry is signed`, 'DIGEST_CHANGED');
      return;
    }
    if (noInput || !prompter.interactive)
      throw new NotaryError('DIGEST_CHANGED', both, {
        details: { gun: image.gun, target: image.tag, signed: `sha256:${before}`, registry: now },
        hint: 'Nothing was signed. Look whether the new image is meant; -y signs what the registry has.',
      });
    if (await prompter.confirm(`${both}. Sign what the registry has? [y/N] `)) return;
    throw new NotaryError('ABORTED', 'nothing was signed', {
      details: { gun: image.gun, target: image.tag },
    });
  }
}

type OpenEngine = Awaited<ReturnType<CommandContext['openDocker']>>['openEngine'];
