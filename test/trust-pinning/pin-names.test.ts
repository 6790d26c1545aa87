import { describe, expect, it } from 'vitest';
import { nearestName, resembles } from '../../src/trust-pinning/pin-names.ts';

const known = ['certs', 'ca', 'disable_tofu'] as const;

describe('the name of a setting for pins', () => {
  it.each(['disable_tofu', 'disableTofu', 'DISABLE-TOFU', 'disable tofu', 'disable_tfo', 'disabletofuxx'])(
    'the setting %j looks like disable_tofu',
    (name) => {
      expect(resembles(name, 'disable_tofu')).toBe(true);
    },
  );

  it.each(['disable', 'tofu', 'certs', '', 'disabletofuxxx'])(
    'the setting %j does not look like disable_tofu',
    (name) => {
      expect(resembles(name, 'disable_tofu')).toBe(false);
    },
  );

  it.each([
    ['cert', 'certs'],
    ['Certs', 'certs'],
    ['cas', 'ca'],
    ['c_a', 'ca'],
    ['disableTofu', 'disable_tofu'],
    ['tofu', 'ca'],
    ['disable_tofus', 'disable_tofu'],
  ])('the setting %j may have been meant as %s', (name, meant) => {
    expect(nearestName(name, [...known])).toBe(meant);
  });

  it('the proposed name is the first of those that are equally far away', () => {
    expect(nearestName('ax', ['ay', 'az'])).toBe('ay');
    expect(nearestName('ax', ['az', 'ay'])).toBe('az');
  });

  it('a setting is compared by its prefix, however long it is', () => {
    const long = 'x'.repeat(64);
    expect(resembles(`${long}yyyyyyyy`, long)).toBe(true);
  });
});
