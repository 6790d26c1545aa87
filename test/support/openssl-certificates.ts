/** Certificates and chains made by OpenSSL in a directory of their own. */

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificate, leafOfBundle } from '../../src/crypto/certificates/x509.ts';
import { mustRun } from './genuine/programs.ts';
import { makeScratch } from './genuine/scratch.ts';

export interface IssuedCertificate {
  readonly pem: string;
  readonly certificate: Certificate;
  readonly key: KeyObject;
  readonly files: { readonly certificate: string; readonly key: string };
}

export interface Issue {
  readonly name: string;
  readonly issuer?: IssuedCertificate;
  /** Lines of an OpenSSL extension section. */
  readonly extensions?: readonly string[];
  /** As `openssl req -newkey` has it; default P-256. */
  readonly newKey?: readonly string[];
  readonly digest?: string;
  readonly days?: number;
}

export const p256Key = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
export const authorityExtensions = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
];
export const leafExtensions = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature'];

let folder: string | undefined;
let count = 0;

/** Makes one certificate, self-signed without an issuer. No extension is there that was not asked for. */
export async function issue(options: Issue): Promise<IssuedCertificate> {
  const {
    name,
    issuer,
    extensions = leafExtensions,
    newKey = p256Key,
    digest = 'sha256',
    days = 365,
  } = options;
  folder ??= makeScratch();
  const at = (suffix: string) => join(folder ?? '', `${count}.${suffix}`);
  count++;
  const files = { certificate: at('crt'), key: at('key') };
  writeFileSync(
    at('cnf'),
    [
      '[req]',
      'distinguished_name=dn',
      'x509_extensions=ext',
      'prompt=no',
      'utf8=yes',
      'string_mask=utf8only',
      '[dn]',
      `CN=${name}`,
      '[ext]',
      ...extensions,
      '',
    ].join('\n'),
  );
  await mustRun('openssl', [
    ...[
      'req',
      '-x509',
      '-config',
      at('cnf'),
      `-${digest}`,
      '-days',
      `${days}`,
      '-nodes',
      '-newkey',
      ...newKey,
    ],
    ...['-keyout', files.key, '-out', files.certificate],
    ...(issuer === undefined ? [] : ['-CA', issuer.files.certificate, '-CAkey', issuer.files.key]),
  ]);
  const pem = readFileSync(files.certificate, 'utf8');
  return {
    ...{ pem, files },
    certificate: leafOfBundle(Buffer.from(pem)),
    key: createPrivateKey(readFileSync(files.key)),
  };
}
