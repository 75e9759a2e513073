import { anchorList, type PeerPlan } from '../../network/app-environment.js';
import { startNetwork, type Network, type RunningPeer } from '../../network/network.js';
import type { Services } from '../../services/services.js';
import type { Workshop } from '../frame/workshop.js';
import type { Host } from '../lab/host.js';

/** Peers that start at the same time: each takes a second of CPU to begin. */
const AT_ONCE = 4;

/**
 * Broker, Redis and one anchor for all benches of the command. They run on the machine itself; peers on hosts reach them
 * through the hub.
 */
export class BenchNetwork {
  private constructor(
    readonly services: Services,
    readonly network: Network,
    /** Where hosts reach the broker. */
    private readonly brokerHost: string,
  ) {}

  static async open(workshop: Workshop, brokerHost: string): Promise<BenchNetwork> {
    const services = await workshop.services(brokerHost === '127.0.0.1' ? [] : [brokerHost]);
    const network = await startNetwork(workshop.run, services, { anchors: ['server1'], logLevel: 'warn' });
    return new BenchNetwork(services, network, brokerHost);
  }

  /** First processes of broker, Redis and the anchor. */
  get control(): readonly number[] {
    const servers = [this.services.broker?.pid, this.services.redis?.pid].filter((pid) => pid !== undefined);
    const anchors = [...this.network.anchors.values()];
    return [
      ...servers,
      ...anchors.flatMap(({ processes }) => Object.values(processes).map(({ pid }) => pid)),
    ];
  }

  async addPeers(plans: readonly { readonly host: Host; readonly plan: PeerPlan }[]): Promise<RunningPeer[]> {
    const peers: RunningPeer[] = [];
    for (let at = 0; at < plans.length; at += AT_ONCE) {
      const some = plans.slice(at, at + AT_ONCE);
      peers.push(...(await Promise.all(some.map(({ host, plan }) => this.addPeer(host, plan)))));
    }
    return peers;
  }

  async removePeers(peers: readonly RunningPeer[]): Promise<void> {
    await Promise.all(peers.map(({ process }) => process.stop()));
    for (const { name } of peers) this.network.peers.delete(name);
  }

  async close(): Promise<void> {
    await this.network.stop();
  }

  private addPeer(host: Host, plan: PeerPlan): Promise<RunningPeer> {
    return this.network.addPeer({
      ...plan,
      listen: `${host.address}:0`,
      within: host.within,
      environment: { ANCHORS: this.anchors(), ...plan.environment },
    });
  }

  private anchors(): string {
    const names = [...this.network.anchors.keys()];
    const list = anchorList({ services: this.services, anchors: names }, 'peer');
    return list.replaceAll('@127.0.0.1:', `@${this.brokerHost}:`);
  }
}
