/** Renders the plugins of docker: a row for each file that docker finds, and what a user should know beside. */

import type { JsonData } from '../../encoding/to-plain-json.ts';
import type { DockerProgram, PluginFile, PluginState } from '../../ports/docker-plugins.ts';
import { listTable } from './fact-table.ts';
import { terminalSafe } from './terminal-escape.ts';
import { type Layout, unlimited, type View } from './view.ts';

export interface ShownPlugins {
  readonly states: readonly PluginState[];
  readonly docker: DockerProgram | undefined;
  /** Without the table: what has been done is printed already. */
  readonly notesOnly: boolean;
}

export const pluginView: View<ShownPlugins> = {
  text: ({ states, docker, notesOnly }, layout = unlimited) =>
    `${notesOnly ? '' : tableOf(states, layout)}${notes(states, docker).join('')}`,
  json: ({ states, docker }) => ({
    plugins: states.map(stateData),
    docker: docker === undefined ? null : { ...docker },
  }),
};

function tableOf(states: readonly PluginState[], layout: Layout): string {
  const rows = states.flatMap(({ name, found }) =>
    found.length === 0
      ? [[name, 'not installed', '']]
      : found.map((file, index) => [index === 0 ? name : '', stateText(file, index === 0), file.path]),
  );
  return listTable(['PLUGIN', 'STATE', 'FILE'], rows, layout);
}

function stateText({ owner, vendor, version, problem }: PluginFile, isFirst: boolean): string {
  const release = version === undefined ? '' : ` ${version}`;
  const whose =
    vendor === undefined ? (owner === 'tsnotary' ? 'tsnotary' : 'unknown') : `${vendor}${release}`;
  if (problem !== undefined) return `${whose}: broken`;
  return isFirst ? whose : `${whose}: not the first`;
}

function notes(states: readonly PluginState[], docker: DockerProgram | undefined): readonly string[] {
  const ofFiles = states.flatMap(({ name, found }) => [
    ...found
      .filter(({ problem }) => problem !== undefined)
      .map(({ path, problem = '' }) => terminalSafe`docker cannot use ${path}: ${problem}.`),
    ...shadowNote(name, found),
  ]);
  const shadowed =
    docker?.ownTrust === true
      ? [
          terminalSafe`docker ${docker.version} (${docker.path}) has a command "trust" of its own, which goes before docker-trust.`,
          'On it, "docker tsnotary trust" is the one of tsnotary.',
        ]
      : [];
  return [...ofFiles, ...shadowed].map((line) => `${line}\n`);
}

function shadowNote(name: string, found: readonly PluginFile[]): readonly string[] {
  const [first] = found;
  const own = found.find(({ owner }) => owner === 'tsnotary');
  if (first === undefined || own === undefined || first.owner === 'tsnotary') return [];
  return [terminalSafe`docker finds ${first.path} first, and does not run ${own.path} as ${name}.`];
}

function stateData({ name, found }: PluginState): JsonData {
  const own = found.find(({ owner }) => owner === 'tsnotary');
  return {
    name,
    installed: own !== undefined,
    first: own !== undefined && found[0]?.owner === 'tsnotary',
    works: own !== undefined && own.problem === undefined,
    found: found.map((file) => ({ ...file })),
  };
}
