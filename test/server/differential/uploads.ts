/** Uploads whose form is damaged: content type, boundaries, headers of parts, JSON that is none. */

import type { Session } from '../../support/server-session.ts';
import { asked, type Form, form, part } from './form.ts';

const file =
  '{"signed":{"_type":"Root","expires":"2049-01-01T00:00:00Z","keys":{},"roles":{},"version":1},"signatures":[]}';
const good = part('root', file);

/** Values of the header `Content-Type`; a body with the boundary `b` follows. */
const contentTypes = [
  ...[
    'multipart/form-data; boundary=b',
    'multipart/form-data;boundary=b',
    'multipart/form-data; boundary="b"',
  ],
  ...[
    'Multipart/Form-Data; Boundary=b',
    'multipart/form-data; charset=utf-8; boundary=b',
    ' multipart/form-data ; boundary=b ',
  ],
  ...[
    'multipart/mixed; boundary=b',
    'multipart/related; boundary=b',
    'multipart/; boundary=b',
    'multipart; boundary=b',
  ],
  ...[
    'multipart/form-data',
    'multipart/form-data;',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
  ],
  ...[
    'multipart/form-data; boundary',
    'multipart/form-data; boundary=c',
    'multipart/form-data; boundary=b; boundary=b',
  ],
  ...[
    'multipart/form-data; boundary=b; boundary=c',
    'multipart/form-data, boundary=b',
    'multipart/form-data boundary=b',
  ],
  ...[
    'multipart/form-data; boundary = b',
    'multipart/form-data; boundary= b',
    'multipart/form-data; boundary=b;',
    'multipart/form-data;; boundary=b',
  ],
  ...[
    'multipart/form-data; boundary="b',
    'multipart/form-data; boundary=b"',
    "multipart/form-data; boundary='b'",
    'multipart/form-data; boundary="\\b"',
  ],
  ...[
    'multipart/form-data; boundary=b x',
    'multipart/form-data; boundary=b;x',
    'multipart/form-data; x=y=z; boundary=b',
    'text/plain; boundary=b',
  ],
  ...[
    "multipart/form-data; boundary*=utf-8''b",
    'multipart/form-data; boundary*0=b',
    'application/octet-stream',
    '',
    'x',
    ';',
    'multipart/form-data; boundary=B',
  ],
  ...[
    'multipart/form data; boundary=b',
    'multipart/form-data; boundary=b, text/plain',
    'multipart/form-data;\tboundary=b',
  ],
];

/** Bodies whose boundary is `b`. */
const bodies: readonly string[] = [
  ...[
    '',
    '-',
    '--',
    '--b',
    '--b-',
    '--b--',
    '--b--\r\n',
    '--b--\n',
    '--b-- ',
    '--b-- \r\n',
    '--b--x',
    '--b\r\n',
    '--b\n',
    '--b \r\n',
    '--b\r\n\r\n',
  ],
  ...[
    '\r\n',
    '\r\n--b--',
    '\n--b--',
    'text',
    'text\r\n',
    'text\r\n--b--',
    'text\n--b--',
    'text--b--',
    ' --b--',
    '--c--',
    '--bb--',
    '--B--',
  ],
  ...[
    good,
    `${good}--b`,
    `${good}--b-`,
    `${good}--b--`,
    `${good}--b--\r\n`,
    `${good}--b--\n`,
    `${good}--b--text`,
    `${good}--b-- text`,
    `${good}--b--\r\ntext`,
  ],
  ...[
    `${good}--b--\r\n${good}`,
    `${good}--b\r\n`,
    `${good}--b\r\n--b--`,
    `${good}--b\r\n\r\n--b--`,
    `${good}\r\n--b--`,
    `${good}--bx--`,
  ],
  ...[
    `text\r\n${good}--b--`,
    `\r\n${good}--b--`,
    `${'x'.repeat(5000)}\r\n${good}--b--`,
    `${'x\r\n'.repeat(3000)}${good}--b--`,
  ],
  ...[
    `${good}${good}--b--`,
    `${good}${part('targets', file)}--b--`,
    `${good.replace('--b', '--b  \t')}--b--`,
    `${good.replace('--b', '--b x')}--b--`,
  ],
  ...[
    `${good}--b--`.replaceAll('\r\n', '\n'),
    `${good}--b--`.replace('\r\n', '\n'),
    `${good}--b--`.replaceAll('\r\n', '\r'),
    `${good}--b--`.replaceAll('\n', '\r\n'),
  ],
  ...[
    `${good.slice(0, -2)}--b--`,
    `${good.slice(0, -2)}\n--b--`,
    `${good.slice(0, -2)}\r--b--`,
    `${good.slice(0, -2)} \r\n--b--`,
  ],
  ...[
    `--b\r\n${file}\r\n--b--`,
    `--b\r\n\r\n${file}\r\n--b--`,
    `--b\r\nx\r\n\r\n${file}\r\n--b--`,
    `--b\r\n: x\r\n\r\n${file}\r\n--b--`,
  ],
  ...[
    `${part('root', '--b--')}--b--`,
    `${part('root', '\r\n--b--')}--b--`,
    `${part('root', `${file}\r\n--bx`)}--b--`,
    `${part('root', `${file}\r\n--b-`)}--b--`,
  ],
  ...[
    `${part('root', `${file}\r\n-`)}--b--`,
    `${part('root', `${file}\r\n--`)}--b--`,
    `${part('root', '')}--b--`,
    `${part('root', '')}${part('root', '')}--b--`,
  ],
];

/** Headers of the one part. */
const partHeaders: readonly string[] = [
  ...[
    'form-data; name="files"; filename="root"',
    'form-data; filename="root"',
    'form-data; filename=root',
    'attachment; filename="root"',
    'filename="root"',
  ],
  ...[
    'form-data; FILENAME="root"',
    'form-data;filename="root"',
    'form-data ; filename = "root"',
    'form-data; filename="root";',
    'form-data; filename="root"; x',
  ],
  ...[
    'form-data; filename="root"; filename="root"',
    'form-data; filename="root"; filename="targets"',
    'form-data; filename="ro\\ot"',
    'form-data; filename="\\root"',
  ],
  ...[
    "form-data; filename*=utf-8''root",
    "form-data; filename*=UTF-8''r%6Fot",
    'form-data; filename="targets"; filename*=utf-8\'\'root',
    'form-data; filename*0=ro; filename*1=ot',
  ],
  ...[
    'form-data; filename="root.json"',
    'form-data; filename="root.json.json"',
    'form-data; filename="root.JSON"',
    'form-data; filename="/root"',
    'form-data; filename="a/root"',
  ],
  ...[
    'form-data; filename="./root"',
    'form-data; filename="targets/../root"',
    'form-data; filename="root/"',
    'form-data; filename=" root"',
    'form-data; filename="root "',
  ],
  ...[
    'form-data; filename=targets/releases',
    'form-data; filename="targets/releases"',
    'form-data; filename="targets\\releases"',
    'form-data; filename="C:\\\\root"',
  ],
  ...[
    'form-data; filename="targets/é"',
    'form-data; filename="root',
    'form-data; filename=root"',
    'form-data; filename=',
    'form-data; filename=""',
    'form-data; filename',
    'form-data',
  ],
  ...[
    '',
    ';',
    '; filename="root"',
    'form-data; name="filename=\\"root\\""',
    'form-data; name="a;filename=root"',
    'form-data, filename="root"',
    'form-data; x=" "; filename="root"',
  ],
  ...[
    'form data; filename="root"',
    'form-data; filename="root\t"',
    'form-data; filename="timestamp"',
    'form-data; filename="snapshot"',
    'form-data; filename=<root>',
    'form-data; filename="targets/*"',
  ],
].map((value) => `Content-Disposition: ${value}`);

const otherHeaders: readonly string[] = [
  ...[
    'content-disposition: form-data; filename="root"',
    'CONTENT-DISPOSITION:form-data; filename="root"',
    'Content-Disposition:\tform-data; filename="root"',
  ],
  ...[
    'Content-Disposition : form-data; filename="root"',
    ' Content-Disposition: form-data; filename="root"',
    'Content-Disposition: form-data;\r\n filename="root"',
  ],
  ...[
    'X: y\r\nContent-Disposition: form-data; filename="root"',
    'Content-Disposition: form-data; filename="root"\r\nContent-Disposition: form-data; filename="targets"',
  ],
  ...[
    'Content-Disposition: form-data; filename="root"\r\nno colon',
    'no colon\r\nContent-Disposition: form-data; filename="root"',
    'Content-Disposition: form-data; filename="root"\r\n: x',
  ],
  ...[
    'Content-Disposition: form-data; filename="root"\r\nContent-Transfer-Encoding: quoted-printable',
    'Content-Disposition: form-data; filename="root"\r\nContent-Transfer-Encoding: base64',
  ],
  ...[
    'Content-Disposition: form-data; filename="root"\r\nContent-Length: 1',
    'Content-Disposition: form-data; filename="root"\nX: y',
    `X: ${'y'.repeat(9000)}\r\nContent-Disposition: form-data; filename="root"`,
  ],
  ...[
    'Content-Type: text/plain',
    'X\u0000: y\r\nContent-Disposition: form-data; filename="root"',
    'X: \u0000\r\nContent-Disposition: form-data; filename="root"',
  ],
];

/** What the one part holds. */
const texts: readonly string[] = [
  ...[
    file,
    ` ${file}`,
    `${file} `,
    `${file}\n`,
    `\ufeff${file}`,
    `${file}x`,
    `${file}${file}`,
    `${file},`,
    `${file}}`,
    `${file}]`,
    `${file}\u0000`,
    `${file}${' '.repeat(5000)}x`,
  ],
  ...[
    'null',
    'true',
    '1',
    '""',
    '{}',
    '[]',
    '{"signed":null}',
    '{"signed":{}}',
    '{"signed":{"version":null}}',
    '{"signed":{"version":0}}',
    '{"signed":{"version":-1}}',
  ],
  ...[
    '1.0',
    '1e0',
    '1E2',
    '2147483648',
    '9223372036854775807',
    '9223372036854775808',
    '99999999999999999999',
    '01',
    '+1',
    '-0',
    '0x1',
    '1.5',
    '"1"',
    'true',
    '[]',
    '{}',
    'NaN',
    '1 ',
  ].map((version) => file.replace('"version":1', `"version":${version}`)),
  ...[
    '"soon"',
    '1',
    'null',
    '""',
    '"2049-01-01"',
    '"2049-01-01T00:00:00"',
    '"2049-01-01T00:00:00z"',
    '"2049-01-01t00:00:00Z"',
    '"2049-13-01T00:00:00Z"',
    '"2049-01-01T24:00:00Z"',
  ].map((expires) => file.replace('"2049-01-01T00:00:00Z"', expires)),
  ...[
    '"2049-01-01T00:00:60Z"',
    '"2049-01-01T00:00:00+24:00"',
    '"2049-01-01T00:00:00+0000"',
    '"2049-01-01T00:00:00,5Z"',
    '"2049-1-1T0:0:0Z"',
    '"10000-01-01T00:00:00Z"',
    '"0000-01-01T00:00:00Z"',
  ].map((expires) => file.replace('"2049-01-01T00:00:00Z"', expires)),
  ...[
    'null',
    '[]',
    '[null]',
    '[{}]',
    '[1]',
    '["x"]',
    '{}',
    '""',
    '[{"keyid":1}]',
    '[{"method":1}]',
    '[{"sig":1}]',
    '[{"sig":"?"}]',
    '[{"sig":"YQ"}]',
    '[{"sig":"YQ=="}]',
    '[{"sig":"YR=="}]',
    '[{"sig":"Y Q="}]',
    '[{"sig":"YQ==\\n"}]',
    '[{"sig":null}]',
    '[{"sig":[1,2]}]',
    '[{"sig":{}}]',
  ].map((signatures) => file.replace('"signatures":[]', `"signatures":${signatures}`)),
  ...['"Root"', '"root"', 'null', '1', '[]', '""'].map((type) => file.replace('"Root"', type)),
  ...[
    '{"signed":{"version":1}',
    '{"signed":{"version":1}}}',
    '{"signed":{"version":1},}',
    "{'signed':{}}",
    '{"signed" {}}',
    '{"signed":{"version":1}/**/}',
    '{signed:{}}',
    '{"a":\u0001}',
    '{"a":"\u0001"}',
    '{"a":"\\x"}',
    '{"a":"\\ud800"}',
    '{"a":"\\u12"}',
  ],
  ...[
    '{"Signed":{"version":1}}',
    '{"SIGNED":{"VERSION":1}}',
    '{"signed":{"version":1},"signed":{"version":2}}',
    '{"signed":{"version":1,"version":2}}',
    '{"signed":{"Version":5}}',
    `${'['.repeat(200)}${']'.repeat(200)}`,
    `{"a":${'['.repeat(9000)}${']'.repeat(9000)}}`,
  ],
];

const forms: readonly Form[] = [
  ...contentTypes.map((contentType) =>
    form({
      name: `content type ${contentType}`,
      contentType,
      body: `${good}--b--\r\n`,
    }),
  ),
  ...bodies.map((body) => form({ name: `body ${body}`, body })),
  ...[...partHeaders, ...otherHeaders].map((headers) =>
    form({
      name: `header ${headers}`,
      body: `--b\r\n${headers}\r\n\r\n${file}\r\n--b--\r\n`,
    }),
  ),
  ...texts.map((text) => form({ name: `text ${text}`, body: `${part('root', text)}--b--\r\n` })),
];

/** Nothing of this gets past the reading of the form, or at most to a root that is none. */
export async function damagedForms(session: Session): Promise<void> {
  for (const one of forms) await session.send(asked(session.gun, one));
}

/** A sound form, cut off after every few bytes, with the length told that it has. */
export async function cutForms(session: Session): Promise<void> {
  const whole = `${good}${part('targets', file)}--b--\r\n`;
  for (let length = 0; length <= whole.length; length++) {
    await session.send(
      asked(
        session.gun,
        form({
          name: `the first ${length} bytes`,
          body: whole.slice(0, length),
        }),
      ),
    );
  }
}

/** A sound form with one byte changed, at every place. */
export async function changedForms(session: Session): Promise<void> {
  const whole = `${good}${part('targets', file)}--b--\r\n`;
  for (let at = 0; at < whole.length; at++) {
    for (const byte of [' ', '\n', '"', 'b', '-']) {
      if (whole[at] === byte) continue;
      const body = whole.slice(0, at) + byte + whole.slice(at + 1);
      await session.send(asked(session.gun, form({ name: `byte ${at} is ${JSON.stringify(byte)}`, body })));
    }
  }
}
