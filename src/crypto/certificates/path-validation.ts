/** Validates the path from a leaf certificate to a pinned CA (RFC 5280 section 6, the part that Notary uses.) */

import { X509Certificate } from 'node:crypto';
import { equalBytes } from '../../encoding/bytes.ts';
import { oids } from '../../encoding/der/oids.ts';
import type { Certificate } from './x509.ts';

/** Go's bound: certificates that all sign each other would make the search endless. */
const maxSignatureChecks = 100;
/** So many bytes of certificates cost as much to read as one signature to check. */
const bytesPerCheck = 64 * 1024;

/** How many signatures may be checked for all leaves of one root together: it may list thousands. */
export interface ChainAllowance {
  checks: number;
}

export function chainAllowance(): ChainAllowance {
  return { checks: 10 * maxSignatureChecks };
}

/** Hashes that Go's crypto/x509 still believes in: SHA-256, SHA-384, SHA-512, and Ed25519. */
const strongSignatures: ReadonlySet<string> = new Set([
  oids.signature.rsa.sha256,
  oids.signature.rsa.sha384,
  oids.signature.rsa.sha512,
  oids.signature.ecdsa.sha256,
  oids.signature.ecdsa.sha384,
  oids.signature.ecdsa.sha512,
  oids.signature.ed25519,
]);

/**
 * True when the leaf is one of the roots, or is signed by one of them through CA certificates that
 * come with it, all inside their validity. As Go does by default, every certificate on the way, the
 * root included, must allow server authentication or not restrict its use.
 *
 * @param allowance shared by leaves that come together; when it is spent, none chains to a root any more
 *
 * Path lengths hold. Critical extensions that are not understood, and name constraints over a chain
 * that has alternative names of the kinds that are constrained, make it fail. Go compares these names, and lets those
 * pass that fit.
 */
export function chainsTo(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  now: Date,
  allowance: ChainAllowance = chainAllowance(),
): boolean {
  let checks = 0;
  const issued = (issuer: Certificate, subject: Certificate): boolean => {
    if (!equalBytes(issuer.subject, subject.issuer) || checks++ >= maxSignatureChecks) return false;
    allowance.checks -= 1 + (issuer.der.length + subject.der.length) / bytesPerCheck;
    return allowance.checks >= 0 && signed(issuer, subject);
  };

  /** The chain starts with the leaf; its last certificate looks for an issuer. */
  const reaches = (chain: readonly Certificate[], last: Certificate): boolean => {
    const mayIssue = (issuer: Certificate) =>
      isIssuer(issuer) && isAcceptable(issuer, chain, now) && issued(issuer, last);
    return (
      roots.some(mayIssue) ||
      intermediates.some(
        (issuer) =>
          issuer.isCa && !chain.includes(issuer) && mayIssue(issuer) && reaches([...chain, issuer], issuer),
      )
    );
  };
  if (!isAcceptable(leaf, [], now)) return false;
  return roots.some(({ der }) => equalBytes(der, leaf.der)) || reaches([leaf], leaf);
}

/** @param below the chain from the leaf up to what this certificate would have issued */
function isAcceptable(certificate: Certificate, below: readonly Certificate[], now: Date): boolean {
  const { notBefore, notAfter, pathLength, hasUnknownCritical, constrainedKinds } = certificate;
  return (
    notBefore <= now.getTime() &&
    now.getTime() <= notAfter &&
    allowsServerAuthentication(certificate) &&
    !hasUnknownCritical &&
    (pathLength === undefined || below.length - 1 <= pathLength) &&
    !below.some(({ alternativeKinds }) => alternativeKinds.some((kind) => constrainedKinds.includes(kind)))
  );
}

/**
 * RFC 5280, 4.2.1.9, as Go reads it: a certificate of version 3 has to say that it is a CA. One of version 1 cannot, and
 * may be a root; on the way to one, only certificates that say so may stand.
 */
function isIssuer({ version, hasBasicConstraints, isCa, maySignCertificates }: Certificate): boolean {
  return (isCa || (!hasBasicConstraints && version < 3)) && maySignCertificates;
}

function allowsServerAuthentication({ extendedKeyUsage }: Certificate): boolean {
  return (
    extendedKeyUsage === undefined ||
    extendedKeyUsage.includes(oids.usage.serverAuthentication) ||
    extendedKeyUsage.includes(oids.usage.any)
  );
}

/** The issuer's key has signed the certificate. Identifiers of keys are hints to Go, and decide nothing. */
function signed(issuer: Certificate, subject: Certificate): boolean {
  if (!strongSignatures.has(subject.signatureAlgorithm)) return false;
  return new X509Certificate(subject.der).verify(new X509Certificate(issuer.der).publicKey);
}
