/**
 * Translates the command line of a plugin of the docker CLI (docker/cli, cli-plugins): docker runs
 * `PATH [GLOBAL FLAGS] NAME WORDS…`, `PATH help NAME WORDS…` and `PATH __complete NAME WORDS…`, and leaves its global
 * flags to the plugin.
 */

import { parseBool } from '../../go/parse-bool.ts';

/** The names of the plugins after `docker-`, and the words of this program that they stand for. */
const plugins = { trust: ['trust'], tsnotary: [] } as const;

export type PluginName = keyof typeof plugins;

/** What is known of how this process was started. */
export interface Started {
  /** The words after the program. */
  readonly words: readonly string[];
  /** Names that the program was called by: paths, or names alone. */
  readonly calledAs: readonly (string | undefined)[];
  /** `DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND` is set. */
  readonly byDocker: boolean;
}

/** A command line of this program. */
export interface PluginStart {
  readonly words: readonly string[];
  /** Variables to be set, or with undefined to be removed, before anything reads them. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What the user types before these words: `docker`, `docker tsnotary`. */
  readonly program: string;
  /** Why docker would not go on. */
  readonly problem?: string;
}

/** What docker tells a plugin, and programs that the plugin starts must not take for theirs. */
const ofDocker = {
  DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND: undefined,
  DOCKER_CLI_PLUGIN_SOCKET: undefined,
} as const;

const hiddenWords: readonly string[] = ['__complete', '__completeNoDesc'];

/**
 * The command line that a start as a plugin stands for; undefined for an ordinary start. A launcher puts `docker-NAME`
 * before the words of docker.
 */
export function pluginStart({ words, calledAs, byDocker }: Started): PluginStart | undefined {
  const launched = nameOf(words[0]);
  if (launched !== undefined) return translated(launched, words.slice(1));
  const called = calledAs.map(nameOf).find((name) => name !== undefined);
  if (called !== undefined) return translated(called, words);
  // Called by another name: docker's own words say which plugin is meant.
  const named = byDocker ? namedIn(parseGlobals(words).rest) : undefined;
  return named === undefined ? undefined : translated(named, words);
}

/** `docker-trust`, with or without a directory and `.exe`. */
function nameOf(path: string | undefined): PluginName | undefined {
  const [, name = ''] = /(?:^|[/\\])docker-([a-z]+)(?:\.exe)?$/.exec(path ?? '') ?? [];
  return isPlugin(name) ? name : undefined;
}

function isPlugin(name: string | undefined): name is PluginName {
  return name !== undefined && Object.hasOwn(plugins, name);
}

function namedIn([first = '', second]: readonly string[]): PluginName | undefined {
  const word = first === 'help' || hiddenWords.includes(first) ? second : first;
  return isPlugin(word) ? word : undefined;
}

/**
 * Takes docker's global flags and the plugin's name off: `--config` becomes `DOCKER_CONFIG` of this process, `-H`
 * `DOCKER_HOST`, `-c` `DOCKER_CONTEXT`, `--tls` and `--tlsverify` their variables, `-D` the flag of this program; the
 * others are accepted. Words without the plugin's name, of a start by hand, are its own.
 */
function translated(name: PluginName, words: readonly string[]): PluginStart {
  const before = parseGlobals(words);
  const [first = '', ...others] = before.rest;
  const own = (rest: readonly string[]) => [...plugins[name], ...(rest[0] === name ? rest.slice(1) : rest)];
  if (hiddenWords.includes(first)) {
    const after = parseGlobals(others, before.globals);
    return start(name, [first, ...own(after.rest)], after.globals);
  }
  if (first === 'help') return start(name, ['help', ...own(others)], before.globals);
  const debug = before.globals.debug ? ['-D'] : [];
  return start(name, [...debug, ...own(before.rest)], before.globals);
}

function start(name: PluginName, words: readonly string[], globals: Globals): PluginStart {
  const program = plugins[name].length > 0 ? 'docker' : `docker ${name}`;
  const variables: Record<string, string | undefined> = { ...ofDocker };
  const { config, context, hosts, tls, tlsverify } = globals;
  if (config !== undefined) variables['DOCKER_CONFIG'] = config;
  if (tls !== undefined) variables['DOCKER_TLS'] = tls ? '1' : undefined;
  if (tlsverify !== undefined) variables['DOCKER_TLS_VERIFY'] = tlsverify ? '1' : undefined;
  const [host, ...more] = hosts;
  if (host !== undefined) variables['DOCKER_HOST'] = host;
  if (context !== undefined) {
    variables['DOCKER_CONTEXT'] = context;
    // The flag goes before the variable, which docker lets go before DOCKER_CONTEXT.
    variables['DOCKER_HOST'] = host;
  }
  const problem =
    more.length > 0
      ? 'Specify only one -H'
      : host !== undefined && context !== undefined
        ? 'conflicting options: cannot specify both --host and --context'
        : undefined;
  return { words, variables, program, ...(problem !== undefined && { problem }) };
}

interface Globals {
  config?: string;
  context?: string;
  readonly hosts: string[];
  debug: boolean;
  tls?: boolean;
  tlsverify?: boolean;
}

const switches: readonly string[] = ['debug', 'tls', 'tlsverify'];
const settings: readonly string[] = [
  'config',
  'context',
  'host',
  'log-level',
  'tlscacert',
  'tlscert',
  'tlskey',
];
const letters: ReadonlyMap<string, string> = new Map([
  ['D', 'debug'],
  ['c', 'context'],
  ['H', 'host'],
  ['l', 'log-level'],
]);

interface GlobalWords {
  readonly globals: Globals;
  /** From the first word on that is no global flag of docker. */
  readonly rest: readonly string[];
}

function parseGlobals(words: readonly string[], given?: Globals): GlobalWords {
  const globals: Globals = given === undefined ? { hosts: [], debug: false } : { ...given };
  let at = 0;
  while (at < words.length) {
    const used =
      words[at]?.startsWith('--') === true ? longFlag(words, at, globals) : letterFlags(words, at, globals);
    if (used === 0) break;
    at += used;
  }
  return { globals, rest: words.slice(at) };
}

/** @returns how many words it takes; 0 for what is none of docker's flags, which is left to this program */
function longFlag(words: readonly string[], at: number, globals: Globals): number {
  const [, name = '', given] = /^--([a-z-]+)(?:=(.*))?$/s.exec(words[at] ?? '') ?? [];
  if (switches.includes(name)) {
    const value = given === undefined ? true : parseBool(given);
    if (value === undefined) return 0;
    setSwitch(globals, name, value);
    return 1;
  }
  const value = given ?? words[at + 1];
  if (!settings.includes(name) || value === undefined) return 0;
  set(globals, name, value);
  return given === undefined ? 2 : 1;
}

/** `-D`, `-H HOST`, `-HHOST`, `-H=HOST`, and `-DH HOST`, as pflag reads them. */
function letterFlags(words: readonly string[], at: number, globals: Globals): number {
  const word = words[at] ?? '';
  if (!/^-[A-Za-z]/.test(word)) return 0;
  for (let index = 1; index < word.length; index++) {
    const name = letters.get(word.charAt(index));
    if (name === undefined) return 0;
    if (switches.includes(name)) {
      setSwitch(globals, name, true);
      continue;
    }
    const attached = word.slice(index + 1);
    const value = attached === '' ? words[at + 1] : attached.replace(/^=/, '');
    if (value === undefined) return 0;
    set(globals, name, value);
    return attached === '' ? 2 : 1;
  }
  return 1;
}

function setSwitch(globals: Globals, name: string, value: boolean): void {
  if (name === 'debug') globals.debug = value;
  else if (name === 'tls') globals.tls = value;
  else globals.tlsverify = value;
}

function set(globals: Globals, name: string, value: string): void {
  if (name === 'config') globals.config = value;
  else if (name === 'context') globals.context = value;
  else if (name === 'host') globals.hosts.push(value);
}
