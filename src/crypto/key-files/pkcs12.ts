/** Takes private keys out of PKCS#12 (RFC 7292). Loaded on demand, since it brings node-forge along. */

import forge from 'node-forge';
import type { PemBlock } from '../../encoding/pem.ts';
import { NotaryError } from '../../errors.ts';
import { binary, toDer } from '../asn1-writer.ts';

const { asn1, pki, pkcs12 } = forge;

/** What a bag has in truth: node-forge reads RSA keys, and gives out every other one as it stands in the file. */
interface KeyBag {
  readonly key?: forge.pki.PrivateKey | null | undefined;
  readonly asn1?: forge.asn1.Asn1 | undefined;
}

/**
 * The private keys of a file, as blocks of unencrypted PKCS#8 without headers.
 *
 * @throws NotaryError PASSPHRASE_INVALID; INVALID_KEY for what cannot be read, whatever the passphrase
 */
export function keysOfPkcs12(file: Uint8Array, passphrase: string): readonly PemBlock[] {
  const { keyBag, pkcs8ShroudedKeyBag } = pki.oids;
  const bags: readonly KeyBag[] = [keyBag, pkcs8ShroudedKeyBag].flatMap((type) =>
    type === undefined ? [] : (open(file, passphrase).getBags({ bagType: type })[type] ?? []),
  );
  return bags.flatMap(({ key, asn1: other }) => {
    // What is no RSA key comes as it is.
    const info = other ?? (key ? pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(key)) : undefined);
    return info === undefined ? [] : [{ type: 'PRIVATE KEY', headers: new Map(), bytes: toDer(info) }];
  });
}

function open(file: Uint8Array, passphrase: string): forge.pkcs12.Pkcs12Pfx {
  try {
    return pkcs12.pkcs12FromAsn1(asn1.fromDer(binary(file)), false, passphrase);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (/MAC|[Pp]assword|decrypt/.test(reason) && !/[Uu]nsupported/.test(reason)) {
      throw new NotaryError('PASSPHRASE_INVALID', 'could not open PKCS#12', { cause });
    }
    throw new NotaryError('INVALID_KEY', `the PKCS#12 file cannot be read: ${reason}`, { cause });
  }
}
