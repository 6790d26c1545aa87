/**
 * Reads the staged changes of one publish, and compares them with what this machine has uploaded before.
 *
 * The record of an upload is written before anything is sent and removed with the changes. With it, a second run
 * can tell whether the server has taken the first one, although its answer was lost: what was taken is not applied
 * again, so that nothing that another client has published since is undone.
 */

import { type Change, parseChange, parseTargetContent } from '../../changelist/change.ts';
import { notInEffect } from '../../changelist/in-effect.ts';
import { digest } from '../../crypto/signatures/digest.ts';
import { toHex } from '../../encoding/bytes.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError, rephrased, sameWords } from '../../errors.ts';
import { type FileMeta, sameFileMeta } from '../../metadata/file-meta.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { isTargetsRole } from '../../metadata/role-name.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { parseTargets, type Targets } from '../../metadata/targets.ts';
import type { StoredChange } from '../../ports/trust-dir.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { SignedFile } from '../sign/sign.ts';
import { readUploadRecord, type SentFile, type UploadRecord, writeUploadRecord } from './upload-record.ts';

type StagedPorts = Pick<RepositoryPorts, 'gun' | 'changelist' | 'uploads' | 'remote' | 'log' | 'caution'>;

interface NamedChange {
  readonly name: string;
  readonly change: Change;
}

/** What a role's targets were when a change was first to be published from here. */
type Before = ReadonlyMap<string, Targets>;

export class StagedChanges {
  readonly #ports: StagedPorts;
  readonly #staged: readonly StoredChange[];
  #changes: readonly NamedChange[];
  /** Of an earlier run, until it is known what became of its upload. */
  #earlier: UploadRecord | undefined;
  #before: Before | undefined;
  /** Names of changes that were found to be published already. */
  readonly #settled: Set<string>;
  #baseHashes: ReadonlyMap<string, string> = new Map();

  private constructor(
    ports: StagedPorts,
    staged: readonly StoredChange[],
    earlier: UploadRecord | undefined,
  ) {
    this.#ports = ports;
    this.#staged = staged;
    this.#settled = new Set(earlier?.settled);
    this.#changes = staged
      .map((stored, index) => ({ name: stored.name, change: readChange(stored, index, ports.gun) }))
      .filter(({ name }) => !this.#settled.has(name));
    this.#earlier = earlier;
  }

  get isEmpty(): boolean {
    return this.#staged.length === 0;
  }

  /**
   * Reads what is staged, and the record of an earlier upload.
   *
   * @throws NotaryError MALFORMED_JSON for a damaged change, naming its file
   */
  static async read(ports: StagedPorts): Promise<StagedChanges> {
    const staged = await ports.changelist.list();
    const earlier = await readUploadRecord(ports.uploads, ports.log);
    const names = new Set(staged.map(({ name }) => name));
    const recorded = [...(earlier?.changes ?? []), ...(earlier?.settled ?? [])];
    const concerned = recorded.some((name) => names.has(name));
    return new StagedChanges(ports, staged, concerned ? earlier : undefined);
  }

  /**
   * The changes to apply to the state that has been loaded: without those that the server has taken already.
   *
   * @throws NotaryError TARGET_CHANGED_MEANWHILE when strict; the server's codes
   */
  async pending(loaded: LoadedRepo): Promise<readonly Change[]> {
    const earlier = this.#earlier;
    this.#earlier = undefined;
    if (earlier !== undefined && (await this.#wasTaken(earlier.sent, loaded)))
      await this.#settle(earlier, loaded);
    else if (earlier !== undefined) this.#before ??= await this.#contentsOf(earlier.bases, loaded);
    const before = this.#before;
    if (before !== undefined) this.#warnOfChanged(before, loaded);
    this.#before ??= this.#contentsNow(loaded);
    if (this.#baseHashes.size === 0) this.#baseHashes = earlier?.bases ?? this.#hashesNow(loaded);
    return this.#changes.map(({ change }) => change);
  }

  /** Records what is about to be sent. Where nothing can be written, publishing goes on without. */
  async record(files: ReadonlyMap<string, SignedFile>): Promise<void> {
    if (this.#changes.length === 0) return;
    const sent = new Map<string, SentFile>();
    for (const [role, { envelope }] of files) {
      if (!isTargetsRole(role)) continue;
      sent.set(role, { version: Number(envelope.signed.get('version')), sha256: sha256(envelope.bytes) });
    }
    const changes = this.#changes.map(({ name }) => name);
    try {
      const settled = [...this.#settled];
      await writeUploadRecord(this.#ports.uploads, { changes, settled, bases: this.#baseHashes, sent });
    } catch (error) {
      if (!isNotaryError(error, 'FILE_UNWRITABLE')) throw error;
      this.#ports.log.debug(`the upload is not recorded: ${error.message}`);
    }
  }

  /** The upload has been seen by now, so that a directory that cannot be written is no failure of the publish. */
  async clear(): Promise<void> {
    const { gun, changelist, uploads, log } = this.#ports;
    const names = this.#staged.map(({ name }) => name);
    try {
      await changelist.remove(names);
      await uploads.remove();
    } catch (error) {
      if (!isNotaryError(error, 'FILE_UNWRITABLE')) throw error;
      const own = new Set(names);
      const left = (await changelist.list()).flatMap(({ name }, index) => (own.has(name) ? [index] : []));
      if (left.length === 0) return;
      log.warn(
        `the changes to ${gun} are published, but stay staged as well: ${error.message}. To remove them later: tsnotary reset ${shellWord(gun)} -n ${left.join(',')}`,
        'CHANGES_NOT_CLEARED',
      );
    }
  }

  /**
   * The server has what an earlier run has sent: its changes are done, and are removed at once, so that no later
   * run applies them again.
   *
   * @throws NotaryError CHANGE_NOT_IN_EFFECT for a change of a delegation that is not in effect
   */
  async #settle(earlier: UploadRecord, loaded: LoadedRepo): Promise<void> {
    const { gun, log } = this.#ports;
    const taken = new Set(earlier.changes);
    const done = this.#changes.filter(({ name }) => taken.has(name));
    const undone = notInEffect(
      done.map(({ change }) => change),
      (role) => loaded.targets.get(role)?.content,
    );
    if (undone.length > 0) throw undoneChanges(gun, undone);
    this.#changes = this.#changes.filter(({ name }) => !taken.has(name));
    log.warn(
      `an earlier upload to ${gun} had reached the server although its answer did not arrive: ${done.length} of the staged changes are published already`,
      'PUBLISH_RESUMED',
    );
    for (const { scope, path, wanted } of targetsOf(done)) {
      const now = loaded.targets.get(scope)?.content.targets.get(path);
      if (isSame(now, wanted)) continue;
      const changed = `${JSON.stringify(path)} in ${scope} of ${gun} was published from here and has been changed by another publish since`;
      this.#ports.caution(
        'TARGET_CHANGED_MEANWHILE',
        `${changed}; it stays as it is now. To put it back, stage it again`,
        { gun, role: scope, target: path },
        `${changed}; nothing was sent`,
      );
    }
    for (const { name } of done) this.#settled.add(name);
    await this.#remove(done.map(({ name }) => name));
  }

  /** A directory that cannot be written now is named once everything is published. */
  async #remove(names: readonly string[]): Promise<void> {
    try {
      await this.#ports.changelist.remove(names);
    } catch (error) {
      if (!isNotaryError(error, 'FILE_UNWRITABLE')) throw error;
    }
  }

  #warnOfChanged(before: Before, loaded: LoadedRepo): void {
    const { gun, caution } = this.#ports;
    for (const { scope, path, wanted } of targetsOf(this.#changes)) {
      const role = loaded.targets.get(scope)?.content;
      const known = before.get(scope);
      if (role === undefined || known === undefined) continue;
      const now = role.targets.get(path);
      if (isSame(known.targets.get(path), now) || isSame(now, wanted)) continue;
      const changed = `${JSON.stringify(path)} in ${scope} of ${gun} was changed by another publish since its change was first to be published from here`;
      caution(
        'TARGET_CHANGED_MEANWHILE',
        `${changed}; the staged change replaces that`,
        { gun, role: scope, target: path },
        `${changed}; the staged change would replace that, and nothing was sent`,
      );
    }
  }

  /** The files that were sent are what is served, or the server has them and what is served is newer. */
  async #wasTaken(sent: ReadonlyMap<string, SentFile>, loaded: LoadedRepo): Promise<boolean> {
    if (sent.size === 0) return false;
    for (const [role, { version, sha256: hash }] of sent) {
      const current = loaded.targets.get(role) ?? loaded.unusable.get(role);
      if (current !== undefined && sha256(current.envelope.bytes) === hash) continue;
      if (current !== undefined && current.content.version <= version) return false;
      if ((await this.#fetch(role, hash)) === undefined) return false;
    }
    return true;
  }

  async #fetch(role: string, hash: string): Promise<Uint8Array | undefined> {
    try {
      const bytes = await this.#ports.remote.get(`${role}.${hash}`, sizeLimits.file);
      return sha256(bytes) === hash ? bytes : undefined;
    } catch (error) {
      if (isNotaryError(error, 'METADATA_NOT_FOUND', 'SERVER_UNAVAILABLE')) return undefined;
      throw error;
    }
  }

  /** The content of each role that changes are staged for, as it was when the record was written. */
  async #contentsOf(hashes: ReadonlyMap<string, string>, loaded: LoadedRepo): Promise<Before> {
    const contents = new Map<string, Targets>();
    for (const [role, hash] of hashes) {
      const current = loaded.targets.get(role);
      if (current !== undefined && sha256(current.envelope.bytes) === hash)
        contents.set(role, current.content);
      else {
        const bytes = await this.#fetch(role, hash);
        if (bytes !== undefined) contents.set(role, parseTargets(parseEnvelope(bytes), role).content);
      }
    }
    return contents;
  }

  #contentsNow(loaded: LoadedRepo): Before {
    return new Map(this.#rolesNow(loaded).map(([role, { content }]) => [role, content]));
  }

  #hashesNow(loaded: LoadedRepo): ReadonlyMap<string, string> {
    return new Map(this.#rolesNow(loaded).map(([role, { envelope }]) => [role, sha256(envelope.bytes)]));
  }

  #rolesNow(loaded: LoadedRepo) {
    const scopes = new Set(this.#changes.map(({ change }) => change.scope));
    return [...loaded.targets].filter(([role]) => scopes.has(role));
  }
}

/** The error for changes that an upload of this machine has published and that are not in effect. */
function undoneChanges(gun: string, changes: readonly Change[]): NotaryError {
  const numbers = changes.flatMap(({ number }) => number ?? []);
  const what = changes.map(({ action, type, scope }) => `${action} ${type} ${scope}`).join(', ');
  return new NotaryError(
    'CHANGE_NOT_IN_EFFECT',
    `an earlier upload of staged changes to ${gun} had reached the server, but not all of them are in effect: ${what}`,
    {
      details: { gun, changes: numbers.map(String) },
      hint: `Another client has undone them since, or the server never took them; nothing was sent. To drop them: tsnotary reset ${shellWord(gun)} -n ${numbers.join(',')}. To make them again, stage them again after that.`,
    },
  );
}

/** What is wanted of each target; the last change of a name counts. */
function targetsOf(changes: readonly NamedChange[]) {
  const wanted = new Map<string, Change>();
  for (const { change } of changes) {
    if (change.type === 'target') wanted.set(`${change.scope}\0${change.path}`, change);
  }
  return [...wanted.values()].map((change) => ({
    ...change,
    wanted: change.action === 'delete' ? undefined : parseTargetContent(change),
  }));
}

function isSame(one: FileMeta | undefined, other: FileMeta | undefined): boolean {
  return one === undefined || other === undefined ? one === other : sameFileMeta(one, other);
}

function sha256(bytes: Uint8Array): string {
  return toHex(digest('sha256', bytes));
}

function readChange({ name, bytes }: StoredChange, index: number, gun: string): Change {
  try {
    return { ...parseChange(bytes), number: index };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, sameWords, {
      details: { file: name },
      hint: `The staged change ${name} is damaged; tsnotary reset ${shellWord(gun)} -n ${index} removes just this one.`,
    });
  }
}
