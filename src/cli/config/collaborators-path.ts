/** Decides where the file with the names of collaborators lies. */

import type { Files } from '../../ports/files.ts';
import type { GlobalValues } from '../spec/global-flags.ts';
import { type Config, pathInConfig } from './config.ts';
import { textSetting } from './settings.ts';

export interface CollaboratorsPath {
  /** Absolute. */
  readonly path: string;
  /** A flag or the configuration names it. */
  readonly named: boolean;
}

/** What `--collaborators` names, else the setting `collaborators`, else the file beside Notary's own configuration. */
export function collaboratorsPath(
  files: Pick<Files, 'absolute' | 'beside'>,
  { settings, configFile, home = '' }: Pick<Config, 'settings' | 'configFile' | 'home'>,
  { collaborators: flag }: Pick<GlobalValues, 'collaborators'>,
): CollaboratorsPath {
  if (flag !== '') return { path: files.absolute(flag), named: true };
  const setting = textSetting(settings, 'collaborators') ?? '';
  if (setting !== '')
    return { path: files.absolute(pathInConfig(files, { configFile, home }, setting)), named: true };
  return {
    path: files.absolute(`${home === '' ? '' : `${home}/`}.notary/collaborators.yaml`),
    named: false,
  };
}
