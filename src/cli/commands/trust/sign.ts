/** `trust sign`: signs the tag of an image, as the registry, the engine or other signers have it. */

import { isNotaryError, NotaryError, rephrased } from '../../../errors.ts';
import { type ImageReference, loginCommand, parseReference } from '../../../images/reference.ts';
import { checkSignerName } from '../../../images/signer-name.ts';
import { eachImage, imagesFlag, imagesOf } from '../../docker/each-image.ts';
import type { TaggedReference } from '../../docker/image-to-sign.ts';
import type { DockerTrust } from '../../spec/command-context.ts';
import { defineCommand, type FlagValues, jsonOnly } from '../../spec/command-spec.ts';

const flags = {
  'from-registry': {
    type: 'bool',
    extension: true,
    usage: 'Sign what the registry has, and ask no engine; a digest may stand behind the tag',
  },
  local: { type: 'bool', usage: 'Have the engine push its image, and sign that' },
  repos: imagesFlag,
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
  docker: { least: 1, exact: true, listFlag: 'repos' },
  short: 'Signs a tag of an image',
  long:
    'Signs a tag with the keys of yours that may sign it, and publishes that. Where the tag is signed already, your signature ' +
    'is added to the digest that is recorded, unless the registry has another one by now: then it asks. An image that is not ' +
    'signed yet is pushed by the engine if one answers; else, and with --from-registry, what the registry has is signed, with ' +
    'all its platforms. The first signature of a repository makes its keys and you its first signer. When one image of a list ' +
    'fails, the others are signed all the same, and the status is 1.',
  examples: async () => (await import('../../help/examples/trust.ts')).sign,
  flags,
  async run(context, { args, flags: given }) {
    const parse = (typed: string) => taggedReference(typed, given);
    const images = given.repos === '' ? [parse(args[0] ?? '')] : await imagesOf(context, given.repos, parse);
    const docker = await context.openDocker();
    const { signImage } = await import('../../docker/sign-image.ts');
    const { signer: named, local, yes } = given;
    const wanted = { local, yes, fromRegistry: given['from-registry'] };
    const act = async (image: TaggedReference) => {
      const ports = await docker.openRepository(image, 'pull,push');
      const signer = () => signerName(docker, image, named);
      return { ...(await signImage(context, { image, docker, ports, wanted, signer })) };
    };
    const [image] = images;
    if (given.repos === '' && image !== undefined) return jsonOnly(await act(image));
    return eachImage(context, images, { act, failed: 'failed to sign' });
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

/**
 * The name of the first signer. It is checked before any key is made. (Docker makes keys first, and fails then.)
 *
 * @throws NotaryError SIGNER_NAME_INVALID
 */
async function signerName(docker: DockerTrust, { domain }: ImageReference, given: string): Promise<string> {
  const login = loginCommand(domain);
  const name = given === '' ? await docker.loginName(domain) : given;
  if (name === undefined)
    throw new NotaryError(
      'SIGNER_NAME_INVALID',
      `the first signature names its signer, and there is no login for ${domain}`,
      {
        details: { registry: domain },
        hint: `Run "${login}", whose user name is taken, or give --signer NAME.`,
      },
    );
  try {
    checkSignerName(name);
    return name;
  } catch (error) {
    if (given !== '' || !isNotaryError(error)) throw error;
    throw rephrased(error, (message) => `${message} (it is the user name of "${login}")`, {
      hint: 'Nothing was made. Give another name with --signer.',
    });
  }
}
