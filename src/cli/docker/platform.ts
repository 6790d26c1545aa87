/** Reads the platform of an image as docker writes it, `OS/ARCHITECTURE[/VARIANT]` (containerd's platforms, in docker CLI 28.2.2). */

import { NotaryError } from '../../errors.ts';

/** Other names of architectures, and the variant that a name stands for. */
const aliases: Readonly<Record<string, string>> = {
  aarch64: 'arm64',
  armel: 'arm/v6',
  armhf: 'arm',
  i386: '386',
  'x86-64': 'amd64',
  x86_64: 'amd64',
};

/**
 * The platform in docker's own spelling. What docker adds from its own machine, where a part is missing, is not guessed.
 *
 * @throws NotaryError USAGE
 */
export function parsePlatform(typed: string): string {
  const [, os = '', named = '', variant] =
    /^([a-z0-9]+)\/([a-z0-9_-]+)(?:\/([a-z0-9]+))?$/.exec(typed.toLowerCase()) ?? [];
  if (os === '')
    throw new NotaryError('USAGE', `invalid platform ${JSON.stringify(typed)}`, {
      hint: 'A platform is OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT, such as linux/arm64 or linux/arm/v7.',
    });
  const architecture = aliases[named] ?? named;
  const [bare = ''] = architecture.split('/');
  if (variant === undefined) return `${os}/${architecture}`;
  const isNumber = /^[0-9]+$/.test(variant) && bare.startsWith('arm');
  return `${os}/${bare}/${isNumber ? 'v' : ''}${variant}`;
}
