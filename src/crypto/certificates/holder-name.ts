/** Reads whom a certificate says that it belongs to: the word of its maker, which proves nothing. */

import { fromUtf8 } from '../../encoding/bytes.ts';
import { oids } from '../../encoding/der/oids.ts';
import { readDer, readOctets, readOid, readSequence } from '../../encoding/der/read.ts';
import { isNotaryError } from '../../errors.ts';

/** The names in a certificate, by where they stand; empty where there is none. */
export interface HolderNames {
  /** The first e-mail address among the alternative names (RFC 5280, 4.2.1.6: rfc822Name). */
  readonly email: string;
  readonly commonName: string;
}

const extensionsTag = 0xa3;
const emailTag = 0x81;

/** @param certificate as `parseCertificate` returns it */
export function holderNames({
  der,
  commonName,
}: {
  readonly der: Uint8Array;
  readonly commonName: string;
}): HolderNames {
  return { email: emailOf(der), commonName };
}

/** Alternative names that cannot be read name no one: Notary does not look at them. */
function emailOf(der: Uint8Array): string {
  try {
    const [body] = readSequence(readDer(der), 'certificate');
    const extensions = readSequence(body, 'certificate body').find(({ tag }) => tag === extensionsTag);
    for (const extension of readSequence(extensions?.children()[0], 'extensions')) {
      const parts = readSequence(extension, 'extension');
      if (readOid(parts[0], 'extension') !== oids.extension.alternativeNames) continue;
      const names = readSequence(readDer(readOctets(parts.at(-1), 'extension value')), 'alternative names');
      const email = names.find(({ tag }) => tag === emailTag);
      return email === undefined ? '' : fromUtf8(email.content);
    }
    return '';
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return '';
  }
}
