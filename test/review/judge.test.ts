/** What is wrong with a state of a repository, and what a staged one would cost. */

import { describe, expect, it } from 'vitest';
import { newFindings } from '../../src/review/finding.ts';
import { judge } from '../../src/review/judge.ts';
import type { RepositoryState } from '../../src/review/state.ts';
import { stateWith, type WantedRole } from './states.ts';

const now = new Date('2026-06-01T00:00:00Z');
const role = 'targets/releases';
const withRole = (wanted: WantedRole) => stateWith({ targets: {}, [role]: wanted });
const codes = (state: RepositoryState) =>
  judge(state, now).map(({ code, severity, role: about }) => [code, severity, about]);

/** The second state, as what is staged on the first. */
function staged(
  basis: RepositoryState,
  after: RepositoryState,
  asked: Readonly<Record<string, readonly string[]>> = {},
): RepositoryState {
  const names = new Map(Object.entries(asked).map(([name, targets]) => [name, new Set(targets)]));
  return { ...after, staged: { basis, problems: [], asked: names } };
}

describe('a state', () => {
  it('a state in which readers believe everything has no findings', () => {
    expect(codes(withRole({ targets: { v1: 'x' } }))).toEqual([]);
  });

  it.each([
    ['without keys', { keys: [] }, 'ROLE_WITHOUT_KEYS', 'error'],
    ['with fewer keys than must sign', { keys: ['a'], threshold: 2 }, 'ROLE_BELOW_THRESHOLD', 'error'],
    ['that too few keys have signed', { standing: 'untrusted' }, 'ROLE_NEEDS_WITNESS', 'error'],
    ['whose file cannot be read', { standing: 'unreadable' }, 'ROLE_UNREADABLE', 'error'],
    ['that has expired', { expires: '2026-05-31T00:00:00Z' }, 'EXPIRED', 'error'],
    ['that expires within six months', { expires: '2026-11-30T00:00:00Z' }, 'EXPIRES_SOON', 'note'],
  ] as const)('a role %s is found', (_, wanted, code, severity) => {
    expect(codes(withRole(wanted))).toEqual([[code, severity, role]]);
  });

  it('a role that expires in more than six months is not found', () => {
    expect(codes(withRole({ expires: '2026-12-02T00:00:00Z' }))).toEqual([]);
  });

  it('a base role that expires is found by the ends, a timestamp only once it has expired', () => {
    const ends = new Map([
      ['root', { version: 1, expires: '2026-07-01T00:00:00Z' }],
      ['timestamp', { version: 1, expires: '2026-06-02T00:00:00Z' }],
    ]);
    expect(codes({ ...withRole({}), ends })).toEqual([['EXPIRES_SOON', 'note', 'root']]);
    const late = new Map([['timestamp', { version: 1, expires: '2026-05-02T00:00:00Z' }]]);
    expect(codes({ ...withRole({}), ends: late })).toEqual([['EXPIRED', 'error', 'timestamp']]);
  });

  it('findings that were there before are not new', () => {
    const broken = withRole({ keys: [] });
    const findings = judge(broken, now);
    expect(newFindings(findings, findings)).toEqual([]);
    expect(newFindings(findings, [])).toEqual(findings);
  });
});

describe('a staged state', () => {
  const basis = stateWith({ targets: { targets: { v0: 'x' } }, [role]: { targets: { v1: 'x', v2: 'y' } } });

  it('what would break is a warning, since nothing is broken yet', () => {
    const after = stateWith({
      targets: { targets: { v0: 'x' } },
      [role]: { keys: [], targets: { v1: 'x', v2: 'y' }, standing: 'untrusted' },
    });
    expect(codes(staged(basis, after))).toEqual([
      ['ROLE_WITHOUT_KEYS', 'warning', role],
      ['TAGS_WOULD_VANISH', 'warning', role],
    ]);
  });

  it('targets vanish with a role that goes, and are said to be elsewhere with the same content only', () => {
    const after = stateWith({ targets: { targets: { v0: 'x', v1: 'x', v2: 'other' } } });
    const [finding] = judge(staged(basis, after), now);
    expect(finding).toMatchObject({ code: 'TAGS_WOULD_VANISH', targets: ['v1', 'v2'] });
    expect(finding?.message).toBe(
      '2 tags of targets/releases would vanish; readers find 1 of them in another role as well',
    );
  });

  it('targets whose removal is staged by name do not vanish', () => {
    const after = stateWith({ targets: { targets: { v0: 'x' } }, [role]: { targets: { v2: 'y' } } });
    expect(codes(staged(basis, after, { [role]: ['v1'] }))).toEqual([]);
    expect(codes(staged(basis, after))).toEqual([['TAGS_WOULD_VANISH', 'warning', role]]);
  });

  it('targets outside the paths that are left vanish', () => {
    const after = stateWith({
      targets: { targets: { v0: 'x' } },
      [role]: { paths: ['v1'], targets: { v1: 'x', v2: 'y' } },
    });
    expect(judge(staged(basis, after), now)).toMatchObject([{ code: 'TAGS_WOULD_VANISH', targets: ['v2'] }]);
  });

  it('targets below a role that is not believed vanish with it', () => {
    const nested = `${role}/deep`;
    const before = stateWith({ targets: {}, [role]: {}, [nested]: { targets: { d: 'x' } } });
    const after = stateWith({
      targets: {},
      [role]: { standing: 'untrusted' },
      [nested]: { targets: { d: 'x' } },
    });
    expect(judge(staged(before, after), now)).toMatchObject([
      { code: 'ROLE_NEEDS_WITNESS', role },
      { code: 'TAGS_WOULD_VANISH', role: nested, targets: ['d'] },
    ]);
  });

  it('targets come back with a role that is believed again', () => {
    const before = stateWith({ targets: {}, [role]: { standing: 'untrusted', targets: { v1: 'x' } } });
    const after = stateWith({ targets: {}, [role]: { targets: { v1: 'x' } } });
    expect(judge(staged(before, after), now)).toMatchObject([{ code: 'TAGS_COME_BACK', targets: ['v1'] }]);
    expect(codes(staged(before, after, { [role]: ['v1'] }))).toEqual([]);
  });
});
