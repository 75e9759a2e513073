import { join } from 'node:path';
import { PROJECT_ROOT } from '../../run/project.js';
import type { Host } from '../lab/host.js';
import type { Distribution, Task, Tool } from '../transfer/tool.js';
import { Talker } from './lines.js';
import { writeTorrent } from './torrent.js';
import { webtorrentModule } from './webtorrent-package.js';

const SCRIPT = join(PROJECT_ROOT, 'tools', 'bench', 'rivals', 'webtorrent-peer.mjs');
const FIRST_PORT = 6_881;

class Peers implements Distribution {
  readonly control: readonly number[] = [];
  private readonly peers: readonly Talker[];

  constructor(
    private readonly task: Task,
    private readonly torrent: string,
    private readonly strategy: string,
  ) {
    this.peers = task.hosts.map((host, at) => this.peer(host, at));
  }

  async ready(): Promise<this> {
    await Promise.all(this.peers.map((peer) => peer.says('ready')));
    return this;
  }

  processes(host: number): readonly number[] {
    return [this.at(host).pid];
  }

  async fetch(host: number): Promise<void> {
    this.at(host).process.kill('SIGUSR2');
    await this.at(host).says('complete');
  }

  kill(host: number): void {
    this.at(host).process.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    await Promise.all(this.peers.map(({ process }) => process.stop(0)));
  }

  private at(host: number): Talker {
    return this.peers[host] as Talker;
  }

  /** Each is told of those before it: twice the same pair would only be closed again. */
  private peer(host: Host, at: number): Talker {
    const { task } = this;
    const before = task.hosts.slice(0, at).map(({ address }, other) => `${address}:${FIRST_PORT + other}`);
    const plan = {
      module: webtorrentModule(),
      torrent: this.torrent,
      folder: at === 0 ? task.file.folder : task.outputFolder(at),
      seeds: at === 0,
      port: FIRST_PORT + at,
      peers: before,
      strategy: this.strategy,
    };
    const args = [SCRIPT, JSON.stringify(plan)];
    return new Talker(task.run, host, { name: `${task.label}-${at}`, command: process.execPath, args });
  }
}

/** WebTorrent on Node, TCP only. Which strategy is the faster one depends on the links. */
export const webtorrent = (strategy: 'sequential' | 'rarest'): Tool => ({
  name: 'webtorrent',
  missing: () => (webtorrentModule() === undefined ? 'webtorrent (npm) is not installed' : undefined),
  start: async (task) => {
    const torrent = await writeTorrent(task.file, task.scratch, 'http://127.0.0.1:1/announce');
    return await new Peers(task, torrent, strategy).ready();
  },
});
