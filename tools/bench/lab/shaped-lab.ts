import { runLines } from './commands.js';
import type { Host, Lab } from './host.js';
import type { Hub } from './hub.js';

/** Bits a second. */
export interface LinkRate {
  readonly up: number;
  readonly down: number;
}

export interface ShapedPlan {
  /** One per host; host 0 has the file. */
  readonly links: readonly LinkRate[];
  /** Share of the packets that get lost on their way into a host. */
  readonly loss?: number;
  /** Odd hosts are in a second rack; what goes between the racks shares this rate, each way. */
  readonly betweenRacks?: number;
}

/** Bytes that left a link since it was made. */
export interface LinkBytes {
  readonly sent: number;
  readonly received: number;
}

export interface ShapedLab extends Lab {
  /** Of each host, on the wire: headers and acknowledgements are in it. */
  traffic(): Promise<readonly LinkBytes[]>;
  /** Both ways together; 0 where there is one rack. */
  betweenRacks(): Promise<number>;
}

/** Bucket and longest queue of a link. */
const BURST = '64kb';
const LATENCY = '60ms';

const limit = (namespace: string, link: string, rate: number): string =>
  `tc -n ${namespace} qdisc add dev ${link} root tbf rate ${rate}bit burst ${BURST} latency ${LATENCY}`;

/** Drops whole packets as the kernel passes them, which may be joined ones. */
const lossLine = (namespace: string, loss: number): string => {
  const rule = `meta l4proto tcp numgen random mod 10000 < ${Math.round(loss * 10_000)} drop`;
  const table = `table inet lab { chain lossy { type filter hook input priority 0; iifname "eth0" ${rule}; }; }`;
  return `echo '${table}' | ip netns exec ${namespace} nft -f -`;
};

class Builder {
  private readonly lab: number;
  readonly switch: string;
  readonly hosts: readonly Host[];

  constructor(
    private readonly hub: Hub,
    private readonly plan: ShapedPlan,
  ) {
    this.lab = hub.nextLab();
    this.switch = hub.namespace(`sw${this.lab}`);
    this.hosts = plan.links.map((_, host) => ({
      name: `host${host}`,
      address: hub.measured(host, this.subnetOf(host)),
      within: ['ip', 'netns', 'exec', this.namespaceOf(host)],
    }));
  }

  namespaceOf(host: number): string {
    return this.hub.namespace(`h${this.lab}-${host}`);
  }

  lines(): string[] {
    return [
      `ip netns add ${this.switch}`,
      `ip -n ${this.switch} link set lo up`,
      ...this.racks.flatMap((rack) => [
        `ip -n ${this.switch} link add ${rack} type bridge forward_delay 0`,
        `ip -n ${this.switch} link set ${rack} up`,
      ]),
      ...this.linkBetweenRacks(),
      ...this.plan.links.flatMap((rate, host) => this.hostLines(rate, host)),
    ];
  }

  removal(): string[] {
    return [...this.hosts.map((_, host) => this.namespaceOf(host)), this.switch].map(
      (name) => `ip netns del ${name}`,
    );
  }

  private get racks(): readonly string[] {
    return this.plan.betweenRacks === undefined ? ['rack0'] : ['rack0', 'rack1'];
  }

  /** A rack has a subnet of its own, as real ones do. */
  private subnetOf(host: number): 96 | 99 {
    return host % this.racks.length === 0 ? 99 : 96;
  }

  /** Racks reach each other directly. */
  private routeToOtherRack(host: number): string[] {
    if (this.racks.length === 1) return [];
    const other = this.hub.subnet(this.subnetOf(host) === 99 ? 96 : 99);
    return [`ip -n ${this.namespaceOf(host)} route add ${other} dev eth0`];
  }

  private linkBetweenRacks(): string[] {
    const { betweenRacks } = this.plan;
    if (betweenRacks === undefined) return [];
    return [
      `ip -n ${this.switch} link add up0 type veth peer name up1`,
      ...[0, 1].flatMap((rack) => [
        `ip -n ${this.switch} link set up${rack} master rack${rack} up`,
        limit(this.switch, `up${rack}`, betweenRacks),
      ]),
    ];
  }

  private hostLines({ up, down }: LinkRate, host: number): string[] {
    const namespace = this.namespaceOf(host);
    const { address } = this.hosts[host] as Host;
    return [
      `ip netns add ${namespace}`,
      `ip -n ${namespace} link set lo up`,
      `ip -n ${namespace} link add eth0 type veth peer name p${host} netns ${this.switch}`,
      `ip -n ${namespace} addr add ${address}/24 dev eth0`,
      `ip -n ${namespace} link set eth0 up`,
      ...this.routeToOtherRack(host),
      `ip -n ${this.switch} link set p${host} master rack${host % this.racks.length} up`,
      limit(namespace, 'eth0', up),
      limit(this.switch, `p${host}`, down),
      ...(this.plan.loss === undefined ? [] : [lossLine(namespace, this.plan.loss)]),
      ...this.hub.join(namespace, this.lab, host, [address]),
    ];
  }
}

interface LinkFacts {
  readonly ifname: string;
  readonly stats64: { readonly rx: { readonly bytes: number }; readonly tx: { readonly bytes: number } };
}

const linksOf = async (namespace: string): Promise<readonly LinkFacts[]> =>
  JSON.parse(await runLines([`ip -n ${namespace} -s -j link show`], 'reading counters')) as LinkFacts[];

/** Every host in a namespace of its own behind a link with a rate, both ways, all on one switch. */
export const openShapedLab = async (hub: Hub, plan: ShapedPlan): Promise<ShapedLab> => {
  const builder = new Builder(hub, plan);
  await runLines(builder.lines(), 'the shaped lab');
  const portsOf = async (prefix: string): Promise<LinkFacts[]> => {
    const links = await linksOf(builder.switch);
    return links.filter(({ ifname }) => new RegExp(`^${prefix}\\d+$`).test(ifname));
  };
  return {
    hosts: builder.hosts,
    traffic: async () => {
      const ports = new Map((await portsOf('p')).map((link) => [link.ifname, link.stats64]));
      // What a port of the switch received, its host sent.
      return builder.hosts.map((_, host) => {
        const stats = ports.get(`p${host}`);
        return { sent: stats?.rx.bytes ?? 0, received: stats?.tx.bytes ?? 0 };
      });
    },
    betweenRacks: async () => (await portsOf('up')).reduce((sum, { stats64 }) => sum + stats64.tx.bytes, 0),
    close: async () => void (await runLines(builder.removal(), 'removing the shaped lab')),
  };
};
