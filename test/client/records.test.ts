/** What the engine writes down for its next run, and what it says of a record that is damaged. */

import { describe, expect, it } from 'vitest';
import {
  readUploadRecord,
  type UploadRecord,
  writeUploadRecord,
} from '../../src/client/publish/upload-record.ts';
import {
  type RotationRecord,
  readRotation,
  recordRotation,
} from '../../src/client/rotation-record/rotation-record.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { NotaryError } from '../../src/errors.ts';
import { epoch, memoryLog, memoryRotationJournal, memoryUploadJournal } from '../support/memory-ports.ts';
import { failureOf } from '../support/refusal.ts';

describe('the record of the last upload', () => {
  const record: UploadRecord = {
    changes: ['a.change', 'b.change'],
    settled: ['0.change'],
    bases: new Map([['targets', 'ab']]),
    sent: new Map([['targets', { version: 3, sha256: 'cd' }]]),
  };

  it('the record of the last upload is read as it was written', async () => {
    const [journal, log] = [memoryUploadJournal(), memoryLog()];
    expect(await readUploadRecord(journal, log)).toBeUndefined();
    await writeUploadRecord(journal, record);
    expect(await readUploadRecord(journal, log)).toEqual(record);
    expect(JSON.parse(Buffer.from(journal.record ?? []).toString())).toEqual({
      changes: ['a.change', 'b.change'],
      settled: ['0.change'],
      bases: { targets: 'ab' },
      sent: { targets: { version: 3, sha256: 'cd' } },
    });
    expect(log.records).toEqual([]);
  });

  it.each([
    'junk',
    '[]',
    '{}',
    '{"changes":{},"bases":{},"sent":{}}',
    '{"changes":[1],"bases":{},"sent":{}}',
    '{"changes":[],"bases":[],"sent":{}}',
    '{"changes":[],"bases":{"targets":1},"sent":{}}',
    '{"changes":[],"bases":{},"sent":{"targets":1}}',
    '{"changes":[],"bases":{},"sent":{"targets":{"version":"1","sha256":""}}}',
    '{"changes":[],"bases":{},"sent":{"targets":{"version":1}}}',
  ])('the record of the last upload that is damaged counts for nothing, and is named: %s', async (text) => {
    const [journal, log] = [memoryUploadJournal(), memoryLog()];
    await journal.write(Buffer.from(text));
    expect(await readUploadRecord(journal, log)).toBeUndefined();
    expect(log.records).toMatchObject([
      {
        ...{ level: 'warn', code: 'UPLOAD_RECORD_DAMAGED' },
        message: expect.stringContaining('memory:upload') as string,
      },
    ]);
  });

  it('the record of the last upload is not damaged by a defect', async () => {
    const defect = new TypeError('a defect');
    const broken = { ...memoryUploadJournal(), read: () => Promise.reject(defect) };
    await expect(readUploadRecord(broken, memoryLog())).rejects.toBe(defect);
  });
});

describe('the record of a rotation', () => {
  const role = 'targets';
  const [a, b, c] = [asCanonicalKeyId('a'), asCanonicalKeyId('b'), asCanonicalKeyId('c')];
  const rotation: RotationRecord = { newKeys: [a], oldKeys: [b, c], origin: 'made' };

  it.each([
    [rotation],
    [{ ...rotation, origin: 'brought' }],
    [{ ...rotation, origin: 'server', rootVersion: 7 }],
    [{ ...rotation, at: epoch }],
    [{ ...rotation, seen: true }],
  ] as const)('the record of a rotation is read as it was written: %j', async (begun) => {
    const journal = memoryRotationJournal();
    expect(await readRotation(journal, role)).toBeUndefined();
    await recordRotation(journal, role, begun);
    expect(await readRotation(journal, role)).toEqual({
      ...{ rootVersion: undefined, at: undefined, seen: false },
      ...begun,
    });
    expect(await readRotation(journal, 'snapshot')).toBeUndefined();
  });

  it('the record of a rotation leaves out what is not known', async () => {
    const journal = memoryRotationJournal();
    await recordRotation(journal, role, { ...rotation, seen: false });
    expect(JSON.parse(Buffer.from(journal.records.get(role) ?? []).toString())).toEqual({
      ...{ role, origin: 'made', newKeys: ['a'], oldKeys: ['b', 'c'] },
    });
  });

  it.each([
    'junk',
    '[]',
    '{"newKeys":[],"oldKeys":[]}',
    '{"newKeys":[],"oldKeys":[],"origin":"found"}',
    '{"newKeys":[1],"oldKeys":[],"origin":"made"}',
    '{"newKeys":[],"oldKeys":[],"origin":"made","rootVersion":"1"}',
    '{"newKeys":[],"oldKeys":[],"origin":"made","at":1}',
  ])('the record of a rotation that is damaged is an error that names the file: %s', async (text) => {
    const journal = memoryRotationJournal();
    await journal.write(role, Buffer.from(text));
    const file = journal.location(role);
    const failure = await failureOf(readRotation(journal, role));
    expect(failure).toBeInstanceOf(NotaryError);
    expect(failure).toMatchObject({ details: { role, file }, hint: expect.stringContaining(file) as string });
  });
});
