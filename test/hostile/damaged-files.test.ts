/** A server, or somebody on the way, without any key: every damage to every file it serves. */

import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/error-codes.ts';
import { type Damage, damages } from './damages.ts';
import { everyRole, expectOutcome, type Fault, type Knowledge, type Verb, world } from './world.ts';

const damaging =
  ({ apply }: Damage, role: string): Fault =>
  (resource, honest) =>
    (resource === role || (role === 'root' && resource.endsWith('.root'))) && honest !== undefined
      ? apply(Buffer.from(honest), role)
      : undefined;

/** What becomes of a damaged file whose checksum and length are known. */
function announced({ apply }: Damage, role: string): ErrorCode | undefined {
  const honest = Buffer.from(world.files.get(role) ?? []);
  return apply(honest, role).length > honest.length ? 'MALICIOUS_SERVER' : 'CHECKSUM_MISMATCH';
}

const bySignature = ['ROLE_THRESHOLD', 'NO_SIGNATURES'];

function expected(damage: Damage, role: string, knowledge: Knowledge): ErrorCode | 'the same' {
  if (role === 'timestamp') return damage.code ?? 'the same';
  if (role !== 'root' || knowledge !== 'no cache') return announced(damage, role) ?? 'the same';
  // A first root is judged by itself; one that says the same is refused when the snapshot names it.
  if (damage.code === undefined || damage.way === 'with its signature repeated') {
    return damage.code ?? announced(damage, role) ?? 'the same';
  }
  // Its type is looked at before its signatures.
  if (damage.way === 'with an empty content') return 'INVALID_METADATA';
  return bySignature.includes(damage.code) ? 'ROOT_VALIDATION' : damage.code;
}

const looked = everyRole.filter((role) => role !== 'targets/c');

function rows(
  verb: Verb,
  knowledge: Knowledge,
  roles: readonly string[],
  chosen: readonly Damage[] = damages,
) {
  return chosen.flatMap((damage) =>
    roles.map((role) => ({
      verb,
      knowledge,
      role,
      damage,
      outcome: expected(damage, role, knowledge),
    })),
  );
}

/** Publishing reads by the same way; one damage of each kind shows it. */
const forPublishing = damages.filter((_, index) => index % 6 === 0);

const cases = [
  ...rows('read', 'no cache', looked),
  ...rows('read', 'a stale cache', looked),
  ...rows('read', 'a fresh cache', ['timestamp']),
  ...rows('publish', 'no cache', looked, forPublishing),
  ...rows('publish', 'a stale cache', looked, forPublishing),
  ...rows('publish', 'a fresh cache', ['timestamp'], forPublishing),
];

describe('G1 a damaged file', () => {
  const titled = cases.map((one) => {
    const { verb, knowledge, role, damage, outcome } = one;
    return [`${verb} with ${knowledge}: ${role} ${damage.way}: ${outcome}`, one] as const;
  });

  it.each(titled)(
    'a damaged file comes to the expected outcome: %s',
    (_, { verb, knowledge, role, damage, outcome }) =>
      expectOutcome(damaging(damage, role), knowledge, verb, { outcome, role }),
  );

  it.each(forPublishing.map((damage) => [damage.way, damage] as const))(
    'a publish with a fresh cache does not look at a root %s',
    (_, damage) =>
      expectOutcome(damaging(damage, 'root'), 'a fresh cache', 'publish', { outcome: 'the same' }),
  );

  it('the list of damages has no damage twice', () => {
    const honest = Buffer.from(world.files.get('timestamp') ?? []);
    const made = damages.map(({ apply }) => Buffer.from(apply(honest, 'timestamp')).toString('hex'));
    expect(new Set(made).size).toBe(damages.length);
  });
});
