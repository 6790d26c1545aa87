/** `archive list`: lists the repositories of an archive. */

import { NotaryError } from '../../../errors.ts';
import { UsageError } from '../../args/usage-error.ts';
import { defineCommand, rendered } from '../../spec/command-spec.ts';

export const archiveList = defineCommand({
  path: ['archive', 'list'],
  extension: true,
  operands: '<archive>',
  surplus: 'refused',
  short: 'Lists the collections in an archive',
  long:
    'Lists the collections that an archive holds: from which server, as of when, and how much. Nothing is verified; ' +
    'archive verify does that.',
  examples: async () => (await import('../../help/examples/archives.ts')).list,
  flags: {},
  async run(context, { args }) {
    const [path] = args;
    if (path === undefined) throw new UsageError('must specify an archive');
    const archive = await context.openArchive(path);
    const { listedRepository } = await import('../with/archive-reports.ts');
    const { archiveListView } = await import('../../render/archive.ts');
    if (archive.records.size === 0)
      throw new NotaryError('ARCHIVE_INVALID', `${path} holds no archived collection`, {
        details: { file: path },
        hint: 'It is an OCI image layout, and none that archive create has made.',
      });
    const repositories = [];
    for (const record of archive.records.values()) repositories.push(await listedRepository(archive, record));
    for (const { code, message } of archive.findings) context.log.warn(message, code);
    return rendered(archiveListView, { file: path, repositories });
  },
});
