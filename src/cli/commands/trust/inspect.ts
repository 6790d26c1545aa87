/** `trust inspect`: shows what is signed for images, by whom, and with which keys. */

import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import { isNotaryError, type NotaryError, rephrased } from '../../../errors.ts';
import { type ImageReference, parseReference } from '../../../images/reference.ts';
import { reposFlag, repositoriesOf } from '../../docker/each-repository.ts';
import {
  type InspectedImage,
  inspectionDocument,
  inspectionJson,
  prettyInspection,
} from '../../render/image-signatures.ts';
import { escapeForTerminal } from '../../render/terminal-escape.ts';
import type { CommandContext, DockerTrust } from '../../spec/command-context.ts';
import { defineCommand, jsonOnly, type Shown } from '../../spec/command-spec.ts';
import { archiveFlag } from '../with/reading.ts';
import { openImage } from '../with/reading-images.ts';

export const trustInspect = defineCommand({
  path: ['trust', 'inspect'],
  extension: true,
  operands: 'IMAGE[:TAG] [IMAGE[:TAG]...]',
  surplus: 'checked',
  hideFlagsInUsage: true,
  docker: { least: 1, listFlag: 'repos' },
  short: 'Shows the signatures and the keys of images',
  long:
    'Shows every released tag of an image with its digest and its signers, all signers with their keys, and the keys of ' +
    'the repository, after checking all signatures. A tag is released when it is in targets/releases or in targets.',
  examples: async () => (await import('../../help/examples/trust.ts')).inspect,
  flags: {
    archive: archiveFlag,
    pretty: { type: 'bool', usage: 'Print tables to be read by people' },
    repos: { ...reposFlag, usage: 'File of more images, one a line; - for standard input' },
  },
  async run(context, { args, flags }) {
    const images = await repositoriesOf(context, args, flags.repos);
    const docker = await context.openDocker();
    const request = { args: images, archive: flags.archive };
    return flags.pretty && !context.forProgram
      ? pretty(context, docker, request)
      : asDocument(context, docker, request);
  },
});

interface Request {
  readonly args: readonly string[];
  /** Empty for the server. */
  readonly archive: string;
}

/** The first failure ends the run; what was printed before it stays. */
async function pretty(
  context: CommandContext,
  docker: DockerTrust,
  { args, archive }: Request,
): Promise<Shown> {
  for (const [index, typed] of args.entries()) {
    if (index > 0) context.write('\n\n');
    context.write(prettyInspection(await inspect(context, docker, typed, archive)));
  }
  return jsonOnly(null);
}

async function asDocument(
  context: CommandContext,
  docker: DockerTrust,
  { args, archive }: Request,
): Promise<Shown> {
  const found: InspectedImage[] = [];
  const failures: { readonly typed: string; readonly error: NotaryError }[] = [];
  for (const typed of args) {
    try {
      found.push(await inspect(context, docker, typed, archive));
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      failures.push({ typed, error });
    }
  }
  context.write(inspectionDocument(found));
  for (const { error } of failures) {
    context.printError(escapeForTerminal(error.message));
    if (error.hint !== undefined) context.log.error(error.hint, error.code);
  }
  return {
    text: () => '',
    json: () => inspectionJson(found, failures),
    status: failures.length > 0 ? 1 : 0,
  };
}

/** @throws NotaryError every code of `parseReference`, `openImage` and `readSignatures`; TARGET_NOT_THERE when strict */
async function inspect(
  context: CommandContext,
  docker: DockerTrust,
  typed: string,
  archive: string,
): Promise<InspectedImage> {
  const image = parseReference(typed);
  const { gun, tag, digest } = image;
  const ports = await openImage(context, docker, image, archive);
  const all = await signaturesOf(image, ports, context.log);
  // With a digest docker shows everything.
  if (tag === undefined || digest !== undefined) return { image, signatures: all };
  const tags = all.tags.filter((one) => one.tag === tag);
  if (tags.length === 0)
    context.caution('TARGET_NOT_THERE', `no signature for ${tag} of ${gun} is released`, {
      gun,
      target: tag,
    });
  return { image, signatures: { ...all, tags } };
}

/** Docker has one sentence for every failure; the reason follows it as the hint. */
async function signaturesOf(image: ImageReference, ports: RepositoryPorts, log: CommandContext['log']) {
  const { readSignatures } = await import('../../../client/images/signatures.ts');
  try {
    return await readSignatures(ports);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    log.debug(error.message);
    throw rephrased(error, () => `no signatures or cannot access ${image.typed}`, {
      hint: [`${error.message}.`, error.hint].filter((words) => words !== undefined).join(' '),
    });
  }
}
