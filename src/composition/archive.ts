/** Opens archives for reading, and new ones to be filled; the adapters are loaded when first needed. */

import type { OpenArchive } from '../client/archive/open-archive.ts';
import type { ArchiveDraft } from '../ports/archive.ts';
import type { Files } from '../ports/files.ts';

/** The archives that one run reads, each opened once. */
export class OpenArchives {
  readonly #files: Pick<Files, 'absolute'>;
  readonly #opened = new Map<string, Promise<OpenArchive>>();

  constructor(files: Pick<Files, 'absolute'>) {
    this.#files = files;
  }

  /** @throws NotaryError FILE_UNREADABLE, ARCHIVE_INVALID */
  open(path: string): Promise<OpenArchive> {
    const absolute = this.#files.absolute(path);
    const opened = this.#opened.get(absolute) ?? openFrom(absolute, path);
    this.#opened.set(absolute, opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const one of await Promise.allSettled(this.#opened.values()))
      if (one.status === 'fulfilled') await one.value.file.close();
  }
}

async function openFrom(absolute: string, shown: string): Promise<OpenArchive> {
  const { openArchiveFile } = await import('../adapters/archive/archive-file.ts');
  const { openArchive } = await import('../client/archive/open-archive.ts');
  const file = await openArchiveFile(absolute, shown);
  try {
    return await openArchive(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Begins an archive. @throws NotaryError ARCHIVE_UNFINISHED, FILE_UNWRITABLE */
export async function beginArchive(
  files: Pick<Files, 'absolute'>,
  path: string,
  options: { readonly resume: boolean },
): Promise<ArchiveDraft> {
  const { openArchiveDraft } = await import('../adapters/archive/archive-draft.ts');
  return openArchiveDraft({ path: files.absolute(path), shown: path }, options);
}
