import { afterEach, describe, expect, it } from 'vitest';
import { plainLogLine, terminalLogLine } from '../../../src/cli/render/log-line.ts';

const record = (message: string, code?: string) => ({ level: 'warning' as const, message, code });
const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

describe('a record that is not for a terminal', () => {
  const instant = new Date('2026-11-22T13:49:05.999Z');

  it('a record that is not for a terminal has whole seconds, the level in full and the message in Go quotes', () => {
    process.env['TZ'] = 'UTC';
    expect(plainLogLine(record('a "b"\n'), instant)).toBe(
      'time="2026-11-22T13:49:05Z" level=warning msg="a \\"b\\"\\n"\n',
    );
  });

  it.each([
    ['Asia/Kolkata', '2026-11-22T19:19:05+05:30'],
    ['America/St_Johns', '2026-11-22T10:19:05-03:30'],
  ])('a record in %s has the local time', (name, time) => {
    process.env['TZ'] = name;
    expect(plainLogLine(record('x'), instant)).toContain(`time="${time}"`);
  });

  it('a record that is not for a terminal leaves a single plain word unquoted', () => {
    expect(plainLogLine(record('EOF'), instant)).toMatch(/ msg=EOF\n$/);
  });

  it('a record that is not for a terminal ends in a code when the original has no such record', () => {
    expect(plainLogLine(record('a b', 'WEAK_KEY'), instant)).toMatch(/ msg="a b" code=WEAK_KEY\n$/);
  });
});

describe('a record for a terminal', () => {
  it('a record for a terminal has a coloured level, the seconds since start, and a message of 44 columns', () => {
    expect(terminalLogLine(record('short'), 7)).toBe(`\x1b[33mWARN\x1b[0m[0007] ${'short'.padEnd(44)} \n`);
  });

  it('a record for a terminal has no colours where the user wants none', () => {
    const coded = { ...record('short'), code: 'ROLE_HIDDEN' };
    expect(terminalLogLine(coded, 7, true)).toBe(`WARN[0007] ${'short'.padEnd(44)}  code=ROLE_HIDDEN\n`);
  });

  it('a record for a terminal keeps control characters of the message away from the terminal', () => {
    expect(terminalLogLine(record('a\x1b]0;x\x07\nb'), 0)).toContain('a\\x1b]0;x\\x07\\x0ab');
  });

  it('a record for a terminal shows a code as a coloured field', () => {
    expect(terminalLogLine(record('x', 'WEAK_KEY'), 0)).toMatch(/ \x1b\[33mcode\x1b\[0m=WEAK_KEY\n$/);
  });
});
