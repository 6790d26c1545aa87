/** Requests that need no repository, and what a server answers: paths, methods, keys, forms of uploads. */

import { upload } from '../support/metadata-author.ts';
import type { Session } from '../support/server-session.ts';

export interface Scenario {
  readonly name: string;
  /** How the session ends, as `Session.end` puts it. */
  readonly ends: string;
  readonly run: (session: Session) => Promise<unknown>;
}

/** `METHOD path`, and how it is answered; `GUN` stands for the session's. */
const requests: Readonly<Record<string, string>> = {
  'GET /v2/': '200',
  'GET /v2': '404 METADATA_NOT_FOUND',
  'GET /': '404 METADATA_NOT_FOUND',
  'POST /v2/': '404 METADATA_NOT_FOUND',
  'PUT /v2/': '404 METADATA_NOT_FOUND',
  'HEAD /v2/': '404',
  'HEAD /v2/GUN/_trust/tuf/root.json': '404',
  'PATCH /v2/': '405',
  'OPTIONS /v2/GUN/_trust/tuf/': '405',
  'PATCH /nowhere': '405',
  'GET /_notary_server/health': '200',
  'POST /_notary_server/health': '404 METADATA_NOT_FOUND',
  'GET //v2/': '301',
  'GET /v2//GUN/_trust/tuf/root.json?x=1&y=%20': '301',
  'GET /v2/a/../GUN/./_trust/tuf/': '301',
  "GET /v2//a%20b%21'()*;=:@&+$,-_.~%C3%A9%3F": '301',
  'POST //v2/GUN/_trust/tuf/': '301',
  'PATCH //v2/': '301',
  'GET /v2/%zz': '400',
  'GET /v2/GUN/_trust/tuf/root.json': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/root.json?ignored=1': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/timestamp.json': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/snapshot.json': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/targets/releases.json': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/targets/Other.Name.json': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/other.json': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/root': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/3.root.json': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/0.root.json': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/-1.root.json': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/2.targets/releases.json': '404 METADATA_NOT_FOUND',
  [`GET /v2/GUN/_trust/tuf/root.${'a'.repeat(64)}.json`]: '404 METADATA_NOT_FOUND',
  [`GET /v2/GUN/_trust/tuf/root.${'A'.repeat(96)}.json`]: '404 METADATA_NOT_FOUND',
  [`GET /v2/GUN/_trust/tuf/root.${'0'.repeat(128)}.json`]: '404 METADATA_NOT_FOUND',
  [`GET /v2/GUN/_trust/tuf/root.${'a'.repeat(63)}.json`]: '404 METADATA_NOT_FOUND',
  'GET /v2/GUN%2A/_trust/tuf/root.json': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN*/_trust/tuf/timestamp.key': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN%2Fnested/_trust/tuf/timestamp.key': '200',
  'GET /v2/GUN/_trust/tuf/timestamp.key': '200',
  'GET /v2/GUN/_trust/tuf/snapshot.key': '200',
  'GET /v2/GUN/_trust/tuf/targets.key': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/tuf/root.key': '404 METADATA_NOT_FOUND',
  'POST /v2/GUN/_trust/tuf/timestamp.key': '200',
  'POST /v2/GUN/_trust/tuf/snapshot.key': '200',
  'POST /v2/GUN/_trust/tuf/targets.key': '404 METADATA_NOT_FOUND',
  'DELETE /v2/GUN/_trust/tuf/timestamp.key': '404 METADATA_NOT_FOUND',
  'DELETE /v2/GUN/_trust/tuf/': '200',
  'DELETE /v2/GUN/_trust/tuf': '404 METADATA_NOT_FOUND',
  'DELETE /v2/GUN/_trust/tuf/root.json': '404 METADATA_NOT_FOUND',
  'POST /v2/GUN/_trust/tuf': '404 METADATA_NOT_FOUND',
  'PUT /v2/GUN/_trust/tuf/': '404 METADATA_NOT_FOUND',
  'POST /v2/GUN/_trust/tuf/': '400 MALFORMED_UPLOAD',
  'POST /v2/GUN/_trust/tuf/root.json': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/changefeed':
    '400 INVALID_PARAMETERS invalid records parameter: strconv.ParseInt: parsing "": invalid syntax',
  'GET /v2/GUN/_trust/changefeed?records=many':
    '400 INVALID_PARAMETERS invalid records parameter: strconv.ParseInt: parsing "many": invalid syntax',
  'GET /v2/_trust/changefeed?records=2147483648':
    '400 INVALID_PARAMETERS invalid records parameter: strconv.ParseInt: parsing "2147483648": value out of range',
  'POST /v2/GUN/_trust/changefeed?records=1': '404 METADATA_NOT_FOUND',
  'GET /v2/GUN/_trust/changefeed?records=1&change_id=first': '400 INVALID_PARAMETERS',
};

const single = Object.entries(requests).map(
  ([line, ends]): Scenario => ({
    name: line,
    ends,
    run: (session) => {
      const [method = '', path = ''] = line.split(/ (.*)/);
      return session.send({ method, path: path.replaceAll('GUN', session.gun) });
    },
  }),
);

const part = Buffer.from('{"signed":{"version":1},"signatures":[]}');

/** Bodies of uploads that do not get as far as being judged. */
const forms: readonly Scenario[] = [
  {
    name: 'an upload that is not multipart',
    ends: '400 MALFORMED_UPLOAD',
    run: (session) =>
      session.send({
        method: 'POST',
        path: `/v2/${session.gun}/_trust/tuf/`,
        headers: { 'content-type': 'application/json' },
        body: part,
      }),
  },
  {
    name: 'an upload whose content type lacks the boundary',
    ends: '400 MALFORMED_UPLOAD',
    run: (session) =>
      session.send({
        ...upload([{ filename: 'root', bytes: part }]),
        method: 'POST',
        path: `/v2/${session.gun}/_trust/tuf/`,
        headers: { 'content-type': 'multipart/form-data' },
      }),
  },
  {
    name: 'an upload without parts for an unknown GUN',
    ends: '400 ErrValidation: no pre-existing root and no root provided in update.',
    run: (session) => session.post([]),
  },
  {
    name: 'a part without a file name',
    ends: '400 NO_FILENAME',
    run: (session) => session.post([{ bytes: part }]),
  },
  {
    name: 'a part with an empty file name',
    ends: '400 NO_FILENAME',
    run: (session) => session.post([{ filename: '', bytes: part }]),
  },
  {
    name: 'a part named just .json',
    ends: '400 NO_FILENAME',
    run: (session) => session.post([{ filename: '.json', bytes: part }]),
  },
  ...['other', 'Root', 'targets/Upper', 'targets/', 'targets/a//b', `targets/${'z'.repeat(248)}`, 'a/b'].map(
    (filename): Scenario => ({
      name: `a part for the role ${filename.slice(0, 20)}`,
      ends: `400 INVALID_ROLE ${filename}`,
      run: (session) => session.post([{ filename, bytes: part }]),
    }),
  ),
  ...[
    '',
    'no JSON',
    '[]',
    '"text"',
    '{"signed":[]}',
    '{"signed":{"version":"1"}}',
    '{"signed":{"version":1.5}}',
    '{"signed":{"version":1,"expires":"soon"}}',
    '{"signed":{"version":1,"expires":"2029-02-30T00:00:00Z"}}',
    '{"signed":{"version":1,"_type":1}}',
    '{"signed":{"version":1},"signatures":{}}',
    '{"signed":{"version":1},"signatures":[{"sig":"?"}]}',
    '{"signed":{"version":1}',
  ].map(
    (text): Scenario => ({
      name: `a part that reads ${text}`,
      ends: '400 MALFORMED_JSON',
      run: (session) => session.post([{ filename: 'root', bytes: Buffer.from(text) }]),
    }),
  ),
  {
    name: 'a first part that is wrong answers before a later one',
    ends: '400 INVALID_ROLE nobody',
    run: (session) =>
      session.post([
        { filename: 'nobody', bytes: part },
        { filename: 'root', bytes: Buffer.from('no JSON') },
      ]),
  },
  {
    name: 'a part with .json at the end of its name',
    ends: '400 ErrValidation: no pre-existing root and no root provided in update.',
    run: (session) => session.publish({ 'targets/releases.json': part }),
  },
  {
    name: 'two requests for a key of an unknown GUN give two keys',
    ends: '200',
    run: async (session) => {
      const first = await session.serverKey('timestamp');
      const second = await session.serverKey('timestamp');
      if (first.value === second.value) throw new Error('the keys are the same');
    },
  },
];

export const requestScenarios: readonly Scenario[] = [...single, ...forms];
