/** The record of changes by every kind of parameter. */

import { Collection } from '../../support/server-collection.ts';
import type { Session } from '../../support/server-session.ts';

const numbers = [
  ...[
    '',
    '0',
    '1',
    '2',
    '3',
    '5',
    '8',
    '100',
    '1000',
    '-1',
    '-2',
    '-5',
    '-100',
    '+1',
    '-0',
    '007',
    '2147483647',
    '2147483648',
  ],
  ...[
    '-2147483648',
    '-2147483649',
    '9223372036854775808',
    '1.0',
    '1e1',
    '0x1',
    '1_0',
    ' 1',
    '1 ',
    'x',
    '%31',
    '%zz',
    '1;2',
    '१',
  ],
];

/** The genuine server makes room for as many records as are asked for, and dies of these. */
const tooMany = new Set(['2147483647', '-2147483648']);

const queries = [
  ...[
    '',
    '?',
    '?records',
    '?records=',
    '?RECORDS=1',
    '?records=1&records=2',
    '?change_id=1',
    '?records=1&change_id',
    '?records=1;change_id=2',
  ],
  ...[
    '?records=1&x=y',
    '?x=%zz&records=1',
    '?records=%zz',
    '?change_id=2&records=1',
    '?records=1&change_id=1&change_id=2',
    '?&&records=1&',
  ],
];

/** Three collections published, published again and deleted, then asked about. */
export async function recordsOfChanges(session: Session): Promise<void> {
  const guns = ['a', 'b', 'c/d'].map((name) => session.elsewhere(`${session.gun}/${name}`));
  await askAll(session, [session.gun]);
  for (const own of guns) await Collection.published(own);
  const [first = session, , last = session] = guns;
  await first.publish({});
  await first.ask('DELETE', '');
  await last.ask('DELETE', '');
  await last.ask('DELETE', '');
  await Collection.published(last);
  await askAll(session, [...guns.map(({ gun }) => gun), 'example.com/nobody']);
}

async function askAll(session: Session, guns: readonly string[]): Promise<void> {
  const paths = [...guns.map((gun) => `/v2/${gun}/_trust/changefeed`), '/v2/_trust/changefeed'];
  for (const path of paths) {
    for (const query of queries) await session.send({ method: 'GET', path: path + query });
  }
  for (const path of [paths[0] ?? '', '/v2/_trust/changefeed']) {
    for (const records of numbers.filter((number) => !tooMany.has(number))) {
      for (const changeId of numbers) {
        const query = `records=${encodeURI(records)}&change_id=${encodeURI(changeId)}`.replaceAll('%25', '%');
        await session.send({ method: 'GET', path: `${path}?${query}` });
      }
    }
  }
}
