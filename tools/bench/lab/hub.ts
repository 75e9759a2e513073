import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { namespacePrefix } from '../../run/namespaces.js';
import type { Run } from '../../run/run.js';
import { runLines } from './commands.js';

const FIRST_HOST = 10;
/** Hosts of one lab: what fits in a subnet. */
export const HOSTS_MAX = 240;

/** Why there can be no network namespaces here; undefined when there can. */
export const whyNoNamespaces = (): string | undefined => {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const hasIp = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'].some((path) => existsSync(path));
  return hasIp ? undefined : 'iproute2 (ip, tc) is not installed';
};

/** A number for the third byte of every address, so that no address of this machine is used again. */
const freeOctet = (): number => {
  const taken = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address),
  );
  for (;;) {
    const octet = randomInt(1, 251);
    if (!taken.some((address) => new RegExp(`^10\\.9[6-9]\\.${octet}\\.`).test(address))) return octet;
  }
};

/**
 * The way between the machine itself, where broker and anchors run, and the hosts of a lab. It is a network of its own
 * beside the one that is measured, without any limit: only control goes over it, since peers dial each other's measured
 * addresses. It lives in a namespace of the run and goes with it.
 */
export class Hub {
  private labs = 0;

  private constructor(
    private readonly run: Run,
    private readonly octet: number,
  ) {}

  static async open(run: Run): Promise<Hub> {
    const hub = new Hub(run, freeOctet());
    await runLines(hub.lines(), 'the hub of the lab');
    return hub;
  }

  /** Where hosts reach the machine itself. */
  get address(): string {
    return `10.97.${this.octet}.1`;
  }

  /** The addresses that are measured, shaped (99, a second rack 96) or on one loopback interface (98). */
  measured(host: number, kind: 96 | 98 | 99): string {
    return `10.${kind}.${this.octet}.${FIRST_HOST + host}`;
  }

  /** The subnet of the addresses of a kind. */
  subnet(kind: 96 | 99): string {
    return `10.${kind}.${this.octet}.0/24`;
  }

  namespace(name: string): string {
    return `${namespacePrefix(this.run.id)}${name}`;
  }

  /** For names of links, which go away some time after their namespace. */
  nextLab(): number {
    return ++this.labs;
  }

  /** Lines that join a namespace to the hub; `reaches` are addresses that the machine itself shall reach through it. */
  join(namespace: string, lab: number, host: number, reaches: readonly string[]): string[] {
    const own = `10.97.${this.octet}.${FIRST_HOST + host}`;
    const port = `m${lab}-${host}`;
    return [
      `ip -n ${namespace} link add hub type veth peer name ${port} netns ${this.namespace('hub')}`,
      `ip -n ${this.namespace('hub')} link set ${port} master br0 up`,
      `ip -n ${namespace} addr add ${own}/24 dev hub`,
      `ip -n ${namespace} link set hub up`,
      ...reaches.map((address) => `ip route replace ${address} via ${own} dev ${this.link}`),
    ];
  }

  /** At most 15 characters. It goes when its other end goes. */
  private get link(): string {
    return `sh${this.run.id}`;
  }

  private lines(): string[] {
    const hub = this.namespace('hub');
    return [
      `ip netns add ${hub}`,
      `ip -n ${hub} link set lo up`,
      `ip -n ${hub} link add br0 type bridge forward_delay 0`,
      `ip -n ${hub} link set br0 up`,
      `ip link add ${this.link} type veth peer name machine netns ${hub}`,
      `ip -n ${hub} link set machine master br0 up`,
      `ip addr add ${this.address}/24 dev ${this.link}`,
      `ip link set ${this.link} up`,
    ];
  }
}
