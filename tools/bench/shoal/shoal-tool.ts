import { join } from 'node:path';
import { ShoalError } from '#core';
import { ControlClient, type PeerEvent } from '../../../apps/cli/src/local/control-client.js';
import type { RunningPeer } from '../../network/network.js';
import { SHOAL } from '../frame/port.js';
import type { Distribution, Task, Tool } from '../transfer/tool.js';
import type { BenchNetwork } from './bench-network.js';

/** Follows a long call to its end. @throws ShoalError of the call */
export const untilDone = async (
  events: AsyncGenerator<PeerEvent>,
): Promise<Extract<PeerEvent, { event: 'done' }>> => {
  for await (const event of events) if (event.event === 'done') return event;
  throw new ShoalError('internal', 'the call ended without an end');
};

/** A peer that anchors cannot dial is handed out to nobody: a swarm of such would measure nothing. */
const requireReachable = async ({ controlSocket, name }: RunningPeer): Promise<void> => {
  const { connected, reachable } = await new ControlClient(controlSocket).status();
  if (!connected || !reachable) {
    throw new ShoalError('peer-unreachable', `${name} is not ${connected ? 'reachable' : 'connected'}`);
  }
};

class Daemons implements Distribution {
  constructor(
    private readonly net: BenchNetwork,
    private readonly task: Task,
    private readonly peers: readonly RunningPeer[],
  ) {}

  get control(): readonly number[] {
    return this.net.control;
  }

  async publish(): Promise<this> {
    const { file, label } = this.task;
    await Promise.all(this.peers.map(requireReachable));
    await untilDone(this.client(0).publish({ path: file.path, name: `${label}.bin` }));
    return this;
  }

  processes(host: number): readonly number[] {
    return [this.at(host).process.pid];
  }

  async fetch(host: number): Promise<void> {
    const { file, label, outputFolder } = this.task;
    await untilDone(
      this.client(host).get({ file: `${label}.bin`, output: join(outputFolder(host), file.name) }),
    );
  }

  /** The engine ends with its parent. */
  kill(host: number): void {
    this.at(host).process.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.net.removePeers(this.peers);
  }

  private at(host: number): RunningPeer {
    return this.peers[host] as RunningPeer;
  }

  private client(host: number): ControlClient {
    return new ControlClient(this.at(host).controlSocket);
  }
}

/** The whole system: a daemon on every host, told by its control socket, new for every run. */
export const shoalTool = (net: BenchNetwork): Tool => ({
  name: SHOAL,
  missing: () => undefined,
  start: async (task) => {
    const peers = await net.addPeers(
      task.hosts.map((host, at) => ({
        host,
        plan: {
          name: `${task.label}-${host.name}`,
          dataFolder: join(task.scratch, host.name),
          roots: [at === 0 ? task.file.folder : task.outputFolder(at)],
        },
      })),
    );
    return await new Daemons(net, task, peers).publish();
  },
});
