import { plannedHistories, play } from './play.ts';

const t = performance.now();
const c = process.cpuUsage();
const { findings, published, steps } = await play(plannedHistories);
for (const f of findings) if (f.story !== '') console.log(f.story, '\n');
const u = process.cpuUsage(c);
console.log(
  plannedHistories.title,
  steps,
  published,
  'wall',
  performance.now() - t,
  'cpu',
  (u.user + u.system) / 1000,
);
const kinds = new Map<string, number>();
for (const f of findings) kinds.set(f.kind, (kinds.get(f.kind) ?? 0) + 1);
console.log(Object.fromEntries(kinds));
