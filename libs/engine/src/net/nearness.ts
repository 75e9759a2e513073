import { isIPv4, isIPv6 } from 'node:net';

/**
 * Whether a host is in the same rack as this one: in the same /24 (IPv4) or /64 (IPv6), as racks are numbered where each
 * has a subnet of its own. What is not known (a name, a wildcard address) counts as near: distance then makes no difference.
 */
export const nearnessTo = (own: string): ((host: string) => boolean) => {
  const subnet = subnetOf(own);
  return (host) => {
    const other = subnetOf(host);
    return subnet === undefined || other === undefined || other === subnet;
  };
};

const MAPPED = '::ffff:';

const subnetOf = (host: string): string | undefined => {
  const address = host.toLowerCase().startsWith(MAPPED) ? host.slice(MAPPED.length) : host;
  if (isIPv4(address)) return address.startsWith('0.') ? undefined : address.split('.').slice(0, 3).join('.');
  if (!isIPv6(address) || address === '::') return undefined;
  return groupsOf(address).slice(0, 4).join(':');
};

/** The eight groups of an IPv6 address without leading zeros. */
const groupsOf = (address: string): string[] => {
  const [head = '', tail] = (address.split('%')[0] as string).toLowerCase().split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  return [...first, ...middle, ...last].map((group) => group.replace(/^0+(?=.)/, ''));
};
