import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compiled } from '../../run/project.js';
import type { Distribution, Task, Tool } from '../transfer/tool.js';
import { whyNoCommand } from './commands-there.js';
import { Talker } from './lines.js';
import { writeTorrent } from './torrent.js';

const FIRST_PORT = 6_881;
const TRACKER_PORT = 6_969;

/** Nothing but BitTorrent over TCP through the tracker; buffers large, nothing limited. */
const OPTIONS = [
  '--no-conf=true',
  '--enable-dht=false',
  '--enable-dht6=false',
  '--bt-enable-lpd=false',
  '--enable-peer-exchange=true',
  '--file-allocation=none',
  '--summary-interval=0',
  '--console-log-level=error',
  '--bt-min-crypto-level=plain',
  '--bt-require-crypto=false',
  '--bt-max-peers=0',
  '--disk-cache=64M',
  '--bt-request-peer-speed-limit=1000M',
  '--bt-tracker-interval=2',
  '--seed-ratio=0.0',
  '--seed-time=600',
];

const writeHook = async (folder: string): Promise<string> => {
  const path = join(folder, 'complete.sh');
  await writeFile(path, '#!/bin/sh\necho complete\n');
  await chmod(path, 0o755);
  return path;
};

/** A process for each host that fetches; it starts when it is told to, as `aria2c` is used. */
class Peers implements Distribution {
  readonly control: readonly number[];
  private readonly peers = new Map<number, Talker>();

  constructor(
    private readonly task: Task,
    private readonly tracker: Talker,
    private readonly torrent: string,
    private readonly hook: string,
  ) {
    this.control = [tracker.pid];
  }

  async seed(): Promise<this> {
    this.start(0, this.task.file.folder, ['--bt-seed-unverified=true', '--check-integrity=false']);
    await this.tracker.says(`announced ${FIRST_PORT}`);
    return this;
  }

  processes(host: number): readonly number[] {
    const peer = this.peers.get(host);
    return peer === undefined ? [] : [peer.pid];
  }

  async fetch(host: number): Promise<void> {
    const peer = this.start(host, this.task.outputFolder(host), [`--on-bt-download-complete=${this.hook}`]);
    await peer.says('complete');
  }

  kill(host: number): void {
    this.peers.get(host)?.process.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    const all = [this.tracker, ...this.peers.values()];
    await Promise.all(all.map(({ process }) => process.stop(0)));
  }

  private start(at: number, folder: string, more: readonly string[]): Talker {
    const host = this.task.hosts[at] as Task['hosts'][number];
    const place = [`--interface=${host.address}`, `--listen-port=${FIRST_PORT + at}`, `--dir=${folder}`];
    const args = [...OPTIONS, ...place, ...more, this.torrent];
    const peer = new Talker(this.task.run, host, {
      name: `${this.task.label}-${at}`,
      command: 'aria2c',
      args,
    });
    this.peers.set(at, peer);
    return peer;
  }
}

/** aria2 as a BitTorrent client. It learns of others from a tracker only. */
export const aria2: Tool = {
  name: 'aria2',
  missing: () => whyNoCommand('aria2c', 'aria2'),
  start: async (task) => {
    const [first] = task.hosts as [Task['hosts'][number]];
    const announce = `http://${first.address}:${TRACKER_PORT}/announce`;
    const torrent = await writeTorrent(task.file, task.scratch, announce);
    const tracker = new Talker(task.run, first, {
      name: `${task.label}-tracker`,
      command: process.execPath,
      args: [compiled('tools/bench/rivals/tracker-main'), first.address, String(TRACKER_PORT)],
    });
    await tracker.says('listening');
    return await new Peers(task, tracker, torrent, await writeHook(task.scratch)).seed();
  },
};
