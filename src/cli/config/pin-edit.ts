/** Writes a pin into the configuration file, and leaves everything else in it as it is. */

import { equalBytes, fromUtf8, utf8 } from '../../encoding/bytes.ts';
import { asUtf8 } from '../../encoding/foreign-text.ts';
import { setMember } from '../../encoding/json-edit.ts';
import type { JsonObject } from '../../encoding/json-value.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { SharedFile } from '../../ports/shared-file.ts';
import { parseConfigFile } from './config-file.ts';
import { readCertificatePins } from './trust-pins.ts';

export interface PinEdit {
  readonly gun: string;
  /** What the GUN was pinned to when the edit was planned. */
  readonly before: readonly string[] | undefined;
  /** TUF key IDs of root certificates. */
  readonly after: readonly string[];
}

/** The text with comments, or without lists, that cannot be edited without a loss. */
const byHand = 'it is not a JSON file in UTF-8, and is not edited';

/**
 * Sets `trust_pinning.certs` of one GUN. A file that is not there is made.
 *
 * @throws NotaryError CONFIG_NOT_EDITABLE with the lines to be added by hand; CONFIG_UNREADABLE, CONFIG_INVALID,
 * TRUST_PINNING_INVALID; FILE_UNWRITABLE, also when another program has changed the pin meanwhile
 */
export async function writePin(file: SharedFile, edit: PinEdit): Promise<void> {
  await file.hold(async () => {
    const bytes = await read(file);
    const isEditable = file.path.endsWith('.json') && (bytes === undefined || isPlain(bytes));
    if (!isEditable) throw notEditable(file.path, edit, byHand);
    const settings = bytes === undefined ? new Map() : await parseConfigFile(file.path, bytes);
    if (!isSame(pinsIn(file.path, settings).get(edit.gun), edit.before)) throw changedMeanwhile(file.path);
    const text = bytes === undefined ? '{}\n' : fromUtf8(bytes);
    const edited = utf8(setMember(text, pathOf(settings, edit.gun), edit.after, isSameSetting));
    await checkEdited(file.path, settings, edited, edit);
    await file.replace(bytes, edited);
  });
}

async function read(file: SharedFile): Promise<Uint8Array | undefined> {
  const bytes = await file.read();
  if (bytes === undefined && file.named)
    throw new NotaryError('CONFIG_UNREADABLE', `open ${file.path}: no such file or directory`, {
      details: { file: file.path },
    });
  return bytes;
}

/** Without a byte order mark, and in no other encoding: what is written back has neither. */
function isPlain(bytes: Uint8Array): boolean {
  return equalBytes(asUtf8(bytes), bytes);
}

function pinsIn(path: string, settings: JsonObject): ReadonlyMap<string, readonly string[]> {
  return readCertificatePins({ settings, configFile: path });
}

const dotted = 'trust_pinning.certs';

/** A setting may be written with a dot in its name. */
function pathOf(settings: JsonObject, gun: string): readonly [string, ...string[]] {
  const isDotted = [...settings].some(([name, value]) => name.toLowerCase() === dotted && value !== null);
  return isDotted ? [dotted, gun] : ['trust_pinning', 'certs', gun];
}

/** Names of settings have no case; GUNs do. A GUN has a name that no setting has. */
function isSameSetting(name: string, wanted: string, depth: number): boolean {
  const isSetting = wanted === dotted || (depth < 2 && ['trust_pinning', 'certs'].includes(wanted));
  return isSetting ? name.toLowerCase() === wanted : name === wanted;
}

/** What is written must say what was meant, and nothing else differently. */
async function checkEdited(
  path: string,
  before: JsonObject,
  edited: Uint8Array,
  edit: PinEdit,
): Promise<void> {
  const wanted = new Map([...pinsIn(path, before), [edit.gun, edit.after]]);
  try {
    const pins = pinsIn(path, await parseConfigFile(path, edited));
    const isRight =
      pins.size === wanted.size && [...wanted].every(([gun, ids]) => isSame(pins.get(gun), ids));
    if (isRight) return;
  } catch (error) {
    if (!isNotaryError(error)) throw error;
  }
  throw notEditable(path, edit, 'it is written in a way that is not edited');
}

function isSame(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((id, index) => id === other[index]);
}

function changedMeanwhile(path: string): NotaryError {
  return new NotaryError('FILE_UNWRITABLE', `${path} has been changed meanwhile, and is left as it is`, {
    details: { file: path },
    hint: 'Run the command again.',
  });
}

function notEditable(path: string, edit: PinEdit, why: string): NotaryError {
  const lines = linesFor(path, edit);
  return new NotaryError('CONFIG_NOT_EDITABLE', `${path} was left as it is: ${why}`, {
    details: { file: path, gun: edit.gun, lines },
    hint: `Add by hand: ${lines.join(' / ')}`,
  });
}

/** The lines of the pin in the language of the file. */
function linesFor(path: string, { gun, after }: PinEdit): readonly string[] {
  const [name, ids] = [JSON.stringify(gun), `[${after.map((id) => JSON.stringify(id)).join(', ')}]`];
  if (/\.ya?ml$/.test(path)) return ['trust_pinning:', '  certs:', `    ${name}: ${ids}`];
  if (path.endsWith('.toml')) return ['[trust_pinning.certs]', `${name} = ${ids}`];
  return [`"trust_pinning": {"certs": {${name}: ${ids}}}`];
}
