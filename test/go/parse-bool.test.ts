import { describe, expect, it } from 'vitest';
import { parseBool } from '../../src/go/parse-bool.ts';

describe('parseBool', () => {
  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('takes %s for true', (word) => {
    expect(parseBool(word)).toBe(true);
  });

  it.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])('takes %s for false', (word) => {
    expect(parseBool(word)).toBe(false);
  });

  it.each(['', 'yes', 'no', 'tRUE', ' true', '2', 'on'])('takes no other word: %j', (word) => {
    expect(parseBool(word)).toBeUndefined();
  });
});
