import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Whether requests may be addressed to a host. Without the check, any web page could reach the server by having its own name point at this
 * machine (DNS rebinding).
 */
export type HostCheck = (host: string) => boolean;

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** An address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** As it stands in an address: version 6 in brackets. */
export function inAddress(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** The name in a Host header without its port, in lower case; undefined where it is none. */
export function hostNameOf(header: string | undefined): string | undefined {
  if (header === undefined || !/^[^\s/?#@\\]+$/.test(header) || !URL.canParse(`http://${header}`)) {
    return undefined;
  }
  return new URL(`http://${header}`).hostname;
}

/**
 * Lets pass this machine's own names and those allowed; where the server listens on more than this machine, also any plain address, which no
 * name can be made to stand for, and the machine's name.
 */
export function hostCheck(listening: string, allowed: readonly string[]): HostCheck {
  const names = new Set([...loopbackNames, inAddress(listening).toLowerCase(), ...allowed]);
  const open = !isLoopback(listening);
  if (open) {
    const own = hostname().toLowerCase();
    names.add(own).add(`${own}.local`);
  }
  const isAddress = (name: string) => isIP(name) === 4 || name.startsWith('[');
  return (host) => {
    const name = hostNameOf(host);
    return name !== undefined && (names.has(name) || (open && isAddress(name)));
  };
}
