/** Tells which hosts are this machine, and which addresses are in a range. */

import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * Whether a host is `localhost` or an address of this machine's own network interface. A name that only resolves to
 * such an address is not: who answers for the name would decide.
 *
 * @param host in small letters, without brackets and port
 */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return isIP(host) !== 0 && (inRange('127.0.0.0', 8, host) || inRange('::1', 128, host));
}

/** Whether an address is in a range; an IPv4 address is in no range of IPv6 addresses. */
export function inRange(network: string, bits: number, address: string): boolean {
  const list = new BlockList();
  list.addSubnet(network, bits, family(network));
  return list.check(address, family(address));
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
