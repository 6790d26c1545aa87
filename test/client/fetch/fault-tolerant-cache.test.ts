import { describe, expect, it } from 'vitest';
import { tolerantCache } from '../../../src/client/fetch/fault-tolerant-cache.ts';
import { NotaryError } from '../../../src/errors.ts';
import { memoryLog, memoryMetadataStore } from '../../support/memory-ports.ts';

const defect = new TypeError('a defect');
const unreadable = new NotaryError('FILE_UNREADABLE', 'open x: denied', { details: { file: 'x' } });

function cacheWith(files: Readonly<Record<string, string>>, failure?: Error) {
  const log = memoryLog();
  const store = memoryMetadataStore(Object.entries(files).map(([role, text]) => [role, Buffer.from(text)]));
  const fail = () => Promise.reject(failure ?? new Error('no failure'));
  const given = failure === undefined ? store : { ...store, get: fail, set: fail };
  return { cache: tolerantCache(given, log), log, store };
}

describe('a cached file', () => {
  it.each(['{}', '{"signed":{}}', '{}\n', '{} \n\n '])(
    'a cached file that is one object is used: %j',
    async (text) => {
      const { cache, log } = cacheWith({ targets: text });
      expect(await cache.get('targets')).toEqual(Buffer.from(text));
      expect(log.records).toEqual([]);
    },
  );

  it.each(['', ' ', '{', '}', '{"signed":', 'x{}', '{}x', ' {}', '{}\t', '{\0}', '[]', '\n'])(
    'a cached file that is obviously none of Notary counts as missing and is named, once: %j',
    async (text) => {
      const { cache, log } = cacheWith({ targets: text });
      expect(await cache.get('targets')).toBeUndefined();
      expect(await cache.get('targets')).toBeUndefined();
      expect(log.records).toEqual([
        {
          ...{ level: 'warn', code: 'CACHE_DAMAGED' },
          message: 'cached metadata cannot be used: read memory:metadata/targets.json: not a metadata file',
        },
      ]);
    },
  );

  it('a cached file that is damaged is named for each role', async () => {
    const { cache, log } = cacheWith({ targets: '', snapshot: '' });
    await cache.get('targets');
    await cache.get('snapshot');
    expect(log.records).toHaveLength(2);
  });

  it('a cached file that is missing is no damage', async () => {
    const { cache, log } = cacheWith({});
    expect(await cache.get('targets')).toBeUndefined();
    expect(log.records).toEqual([]);
  });

  it('a cached file that cannot be read counts as missing and is named', async () => {
    const { cache, log } = cacheWith({}, unreadable);
    expect(await cache.get('targets')).toBeUndefined();
    expect(log.records).toMatchObject([
      { code: 'CACHE_DAMAGED', message: 'cached metadata cannot be used: open x: denied' },
    ]);
  });

  it('a cached root is the anchor: damage is handed on, and one that cannot be read is an error with advice', async () => {
    expect(await cacheWith({ root: 'junk' }).cache.get('root')).toEqual(Buffer.from('junk'));
    await expect(cacheWith({}, unreadable).cache.get('root')).rejects.toMatchObject({
      ...{ code: 'FILE_UNREADABLE', details: { file: 'x' }, cause: unreadable },
      hint: expect.stringContaining('memory:metadata/root.json') as string,
    });
  });

  it('a damaged cached file does not hide a defect', async () => {
    const { cache } = cacheWith({}, defect);
    await expect(cache.get('targets')).rejects.toBe(defect);
    await expect(cache.set('targets', new Uint8Array())).rejects.toBe(defect);
  });
});

describe('a cache that cannot be written', () => {
  it('a cache that cannot be written is reported once, and is no failure', async () => {
    const full = new NotaryError('FILE_UNWRITABLE', 'no space');
    const { cache, log } = cacheWith({}, full);
    await cache.set('targets', new Uint8Array());
    await cache.set('snapshot', new Uint8Array());
    expect(log.records).toEqual([
      {
        ...{ level: 'warn', code: 'CACHE_UNWRITABLE' },
        message: 'verified metadata could not be saved: no space',
      },
    ]);
  });

  it('a cache that cannot be written in one place is written where that works', async () => {
    const { cache, log, store } = cacheWith({});
    await cache.set('targets', Buffer.from('{}'));
    expect(store.files.get('targets')).toEqual(Buffer.from('{}'));
    expect(cache.location('targets')).toBe('memory:metadata/targets.json');
    expect(log.records).toEqual([]);
  });
});
