import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { MIB } from '#core';
import { PROJECT_ROOT } from '../../run/project.js';
import type { Host } from '../lab/host.js';
import type { Distribution, Task, Tool } from '../transfer/tool.js';
import { Talker } from './lines.js';
import type { DebianPackage } from './provide.js';
import { writeTorrent } from './torrent.js';

/** Debian's, for which python3-libtorrent is built. */
const PYTHON = '/usr/bin/python3';
const SCRIPT = join(PROJECT_ROOT, 'tools', 'bench', 'rivals', 'libtorrent_peer.py');
const FIRST_PORT = 6_881;

type Settings = Readonly<Record<string, number | boolean | string>>;

/** What a closed test network needs: TCP only, no discovery, no encryption, everybody at once. */
const NETWORK: Settings = {
  enable_outgoing_utp: false,
  enable_incoming_utp: false,
  enable_dht: false,
  enable_lsd: false,
  enable_upnp: false,
  enable_natpmp: false,
  in_enc_policy: 2,
  out_enc_policy: 2,
  allow_multiple_connections_per_ip: true,
  ssrf_mitigation: false,
  min_reconnect_time: 1,
  connection_speed: 500,
};

/** The best of the settings tried on loopback: deep queues, large buffers, both cores. */
const FAST: Settings = {
  connections_limit: 500,
  unchoke_slots_limit: -1,
  active_limit: -1,
  request_queue_time: 3,
  max_out_request_queue: 3_000,
  max_allowed_in_request_queue: 4_000,
  send_buffer_watermark: 8 * MIB,
  send_buffer_low_watermark: MIB,
  send_buffer_watermark_factor: 200,
  max_queued_disk_bytes: 64 * MIB,
  aio_threads: 2,
  hashing_threads: 2,
  no_atime_storage: true,
  tick_interval: 100,
};

/** The best of the settings tried behind slow links: defaults, but nobody is choked and queues are short. */
const SHAPED: Settings = { unchoke_slots_limit: -1, request_queue_time: 1 };

let imported = false;
const canImport = (): boolean => {
  imported ||= spawnSync(PYTHON, ['-c', 'import libtorrent'], { stdio: 'ignore' }).status === 0;
  return imported;
};

export const LIBTORRENT_PACKAGE: DebianPackage = { name: 'python3-libtorrent', isThere: canImport };

class Peers implements Distribution {
  readonly control: readonly number[] = [];
  private readonly peers: readonly Talker[];

  constructor(
    private readonly task: Task,
    private readonly torrent: string,
    private readonly settings: Settings,
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

  private peer(host: Host, at: number): Talker {
    const { task } = this;
    const seeds = at === 0;
    const port = (other: number): number => FIRST_PORT + other;
    const others = task.hosts.map(({ address }, other) => [address, port(other)] as const);
    const listen = { listen_interfaces: `${host.address}:${port(at)}`, outgoing_interfaces: host.address };
    const plan = {
      settings: { ...NETWORK, ...this.settings, ...listen },
      torrent: this.torrent,
      folder: seeds ? task.file.folder : task.outputFolder(at),
      seeds,
      peers: seeds ? [] : others.filter((_, other) => other !== at),
    };
    const request = { name: `${task.label}-${at}`, command: PYTHON, args: [SCRIPT, JSON.stringify(plan)] };
    return new Talker(task.run, host, request);
  }
}

/** libtorrent 2 through its Python module; every peer is told of every other one. */
export const libtorrent = (links: 'fast' | 'shaped'): Tool => ({
  name: 'libtorrent',
  missing: () => (canImport() ? undefined : 'python3-libtorrent (Debian) is not installed'),
  start: async (task) => {
    const torrent = await writeTorrent(task.file, task.scratch, 'http://127.0.0.1:1/announce');
    return await new Peers(task, torrent, links === 'fast' ? FAST : SHAPED).ready();
  },
});
