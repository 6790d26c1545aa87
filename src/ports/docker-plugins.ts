/** Declares the port to the plugins of the docker CLI: programs in its plugin directories. */

export const pluginNames = ['docker-trust', 'docker-tsnotary'] as const;

export type PluginFileName = (typeof pluginNames)[number];

/** A file in a directory where docker looks for plugins. */
export interface PluginFile {
  /** Absolute. */
  readonly path: string;
  /** Whose it is: tsnotary has made it or it is a link to tsnotary; another's; or it cannot be read. */
  readonly owner: 'tsnotary' | 'other' | 'unreadable';
  /** What it says of itself, where docker can start it. */
  readonly vendor?: string;
  readonly version?: string;
  /** Why docker cannot use it. */
  readonly problem?: string;
}

/** What docker finds under a name. */
export interface PluginState {
  readonly name: PluginFileName;
  /** In the order in which docker looks: it runs the first. */
  readonly found: readonly PluginFile[];
}

/** The docker CLI itself. */
export interface DockerProgram {
  readonly path: string;
  /** Such as `28.2.2`. */
  readonly version: string;
  /** It has a command `trust` of its own, which goes before a plugin of that name (before 29). */
  readonly ownTrust: boolean;
}

/** For the user, or for all users of the machine. */
export type PluginPlace = 'user' | 'system';

export interface DockerPlugins {
  /** Where docker looks, in its order. */
  readonly folders: readonly string[];
  /** Where the plugins of a place are put. @throws NotaryError FILE_UNWRITABLE when no home directory is known */
  folder(place: PluginPlace): string;
  /** Whose the file of a place is; undefined when there is none. Nothing is started. */
  owner(name: PluginFileName, place: PluginPlace): PluginFile['owner'] | undefined;
  /** Looks for a name in all directories, and starts each file that it finds, as docker does. */
  state(name: PluginFileName): Promise<PluginState>;
  /** The docker CLI in `PATH`; undefined when there is none, or another program of that name. */
  docker(): Promise<DockerProgram | undefined>;
  /**
   * Writes the plugin, or replaces one of tsnotary, in one step.
   *
   * @param replace whatever is there, tsnotary's or not
   * @returns its path
   * @throws NotaryError PLUGIN_NOT_OURS, FILE_UNWRITABLE; nothing has been changed then
   */
  install(name: PluginFileName, place: PluginPlace, replace: boolean): string;
  /**
   * Removes the plugin, if it is of tsnotary.
   *
   * @returns false when there is none
   * @throws NotaryError PLUGIN_NOT_OURS, FILE_UNWRITABLE
   */
  remove(name: PluginFileName, place: PluginPlace): boolean;
}
