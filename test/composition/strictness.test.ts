import { describe, expect, it } from 'vitest';
import { cautionFor } from '../../src/composition/strictness.ts';
import { memoryLog } from '../support/memory-ports.ts';

const words = ['it was not removed', { role: 'r' }, 'nothing was published'] as const;

describe('a caution', () => {
  it('a caution is a warning in the words of what was done', () => {
    const log = memoryLog();
    cautionFor('none', log)('ROLE_NOT_THERE', ...words);
    expect(log.records).toMatchObject([{ code: 'ROLE_NOT_THERE', message: 'it was not removed' }]);
  });

  it('a caution that refuses the command says that nothing was done', () => {
    const refuse = () => cautionFor('all', memoryLog())('TARGETS_HIDDEN', ...words);
    expect(refuse).toThrow('nothing was published');
  });

  it('a caution of a name that is not there refuses what a program asks for, others do not', () => {
    const log = memoryLog();
    const caution = cautionFor('for-programs', log);
    expect(() => caution('ROLE_NOT_THERE', ...words)).toThrow('nothing was published');
    caution('TARGETS_HIDDEN', 'hidden');
    expect(log.records).toMatchObject([{ code: 'TARGETS_HIDDEN', message: 'hidden' }]);
  });

  it('a caution of a collection that is not there refuses only what the server was asked to delete', () => {
    const caution = cautionFor('for-programs', memoryLog());
    caution('COLLECTION_NOT_THERE', 'not here', { gun: 'g' });
    const onServer = () => caution('COLLECTION_NOT_THERE', 'not there', { gun: 'g', server: 's' });
    expect(onServer).toThrow('not there');
  });
});
