import { begin } from './beginnings.ts';
import { History } from './history.ts';
import { told } from './expectation.ts';
import { inWords, type Step } from './steps.ts';
const h = new History(await begin({ serverSnapshot: true }));
const role = 'targets/a';
const steps: Step[] = [
  { do: 'serve junk', role, version: 'next' },
  { do: 'delegate', who: 'alice', role: 'targets/a/x', keys: ['carol'], paths: [''] },
  { do: 'publish', who: 'alice', fault: { kind: 'unsent', at: 99, again: false } },
];
console.log(told(h.home('alice').cached(role)!), h.home('alice').cached(role)?.version);
for (const s of steps) {
  if (s.who === undefined) { await h.step(s); continue; }
  const before = h.published;
  try {
  const p = await h.play(s as never);
  console.log(inWords(s), p.outcome, p.code, p.message, p.uploads.length, h.published - before, p.log.records.filter((r) => r.level === 'warn' || r.code), told((await h.look())!.roles.get(role)!.file!));
  } catch (e) { console.log((e as Error).message, told((await h.look())!.roles.get(role)!.file!)); }
}
