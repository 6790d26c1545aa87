import { begin } from './beginnings.ts';
import { History } from './history.ts';
import { inWords, type Step } from './steps.ts';
const h = new History(await begin({ serverSnapshot: true }));
const role = 'targets/a';
const steps: Step[] = [
  { do: 'add', who: 'alice', name: 'a1', role, content: 'red' },
  { do: 'publish', who: 'alice', fault: { kind: 'cut off', at: 'upload', again: false } },
  { do: 'add', who: 'bob', name: 'a1', role, content: 'green' },
  { do: 'publish', who: 'bob' },
  { do: 'publish', who: 'alice' },
];
for (const s of steps) {
  const before = h.published;
  const p = await h.play(s as never);
  console.log(inWords(s), p.outcome, p.code, p.message, p.uploads.length, h.published - before, p.log.records.filter((r) => r.code), [...(await h.look())!.visible].map(([n, v]) => n + ' ' + v.sha256.slice(0, 6)).join());
}
