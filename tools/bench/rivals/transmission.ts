import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compiled } from '../../run/project.js';
import type { Distribution, Task, Tool } from '../transfer/tool.js';
import { untilTrue } from '../transfer/until.js';
import { whyNoCommand } from './commands-there.js';
import { staying, Talker, untilEnded } from './lines.js';
import { writeTorrent } from './torrent.js';

const FIRST_PORT = 6_881;
const FIRST_RPC_PORT = 9_100;
const TRACKER_PORT = 6_969;
/** It downloads for tens of seconds: looking this often is close enough. */
const LOOK_MS = 50;

const settingsOf = (task: Task, at: number, doneScript: string): object => ({
  'bind-address-ipv4': task.hosts[at]?.address,
  'peer-port': FIRST_PORT + at,
  'rpc-port': FIRST_RPC_PORT + at,
  'rpc-bind-address': '127.0.0.1',
  'rpc-whitelist-enabled': false,
  'rpc-host-whitelist-enabled': false,
  'utp-enabled': false,
  'dht-enabled': false,
  'lpd-enabled': false,
  'pex-enabled': true,
  encryption: 0,
  preallocation: 0,
  'cache-size-mb': 64,
  'download-dir': at === 0 ? task.file.folder : task.outputFolder(at),
  'port-forwarding-enabled': false,
  'peer-limit-global': 500,
  'peer-limit-per-torrent': 200,
  'upload-slots-per-torrent': 100,
  'rename-partial-files': false,
  'script-torrent-done-enabled': at > 0,
  'script-torrent-done-filename': doneScript,
});

class Daemons implements Distribution {
  readonly control: readonly number[];
  private readonly daemons: Talker[] = [];

  constructor(
    private readonly task: Task,
    private readonly tracker: Talker,
    private readonly torrent: string,
  ) {
    this.control = [tracker.pid];
  }

  async startAll(): Promise<this> {
    for (const at of this.task.hosts.keys()) await this.startOne(at);
    await Promise.all(
      this.task.hosts.map((_, at) => untilTrue(() => this.answers(at), `transmission ${at}`)),
    );
    await this.add(0);
    await this.tracker.says(`announced ${FIRST_PORT}`);
    return this;
  }

  processes(host: number): readonly number[] {
    return [(this.daemons[host] as Talker).pid];
  }

  async fetch(host: number): Promise<void> {
    await this.add(host);
    while (!existsSync(this.doneFile(host))) await delay(LOOK_MS);
  }

  kill(host: number): void {
    this.daemons[host]?.process.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    await Promise.all([this.tracker, ...this.daemons].map(({ process }) => process.stop(0)));
  }

  private doneFile(at: number): string {
    return join(this.task.scratch, `done-${at}`);
  }

  private async startOne(at: number): Promise<void> {
    const folder = join(this.task.scratch, `daemon-${at}`);
    await mkdir(folder);
    const script = join(folder, 'done.sh');
    await writeFile(script, `#!/bin/sh\n: > '${this.doneFile(at)}'\n`);
    await chmod(script, 0o755);
    await writeFile(join(folder, 'settings.json'), JSON.stringify(settingsOf(this.task, at, script)));
    const host = this.task.hosts[at] as Task['hosts'][number];
    const request = {
      name: `${this.task.label}-${at}`,
      command: 'transmission-daemon',
      args: ['-f', '-g', folder],
    };
    this.daemons[at] = new Talker(this.task.run, host, request);
  }

  private async answers(at: number): Promise<boolean> {
    return await this.remote(at, '-l').then(
      () => true,
      () => false,
    );
  }

  private add(at: number): Promise<void> {
    return this.remote(at, '-a', this.torrent);
  }

  private async remote(at: number, ...words: readonly string[]): Promise<void> {
    const host = this.task.hosts[at] as Task['hosts'][number];
    const args = [`127.0.0.1:${FIRST_RPC_PORT + at}`, ...words];
    const name = `${this.task.label}-remote-${at}`;
    const client = staying(this.task.run, host, { name, command: 'transmission-remote', args });
    try {
      await untilEnded(client);
    } finally {
      await client.process.stop(0);
    }
  }
}

/** transmission-daemon on every host, told by RPC. It learns of others from a tracker. */
export const transmission: Tool = {
  name: 'transmission',
  missing: () =>
    whyNoCommand('transmission-daemon', 'transmission-daemon') ??
    whyNoCommand('transmission-remote', 'transmission-cli'),
  start: async (task) => {
    const first = task.hosts[0] as Task['hosts'][number];
    const announce = `http://${first.address}:${TRACKER_PORT}/announce`;
    const tracker = new Talker(task.run, first, {
      name: `${task.label}-tracker`,
      command: process.execPath,
      args: [compiled('tools/bench/rivals/tracker-main'), first.address, String(TRACKER_PORT)],
    });
    await tracker.says('listening');
    return await new Daemons(task, tracker, await writeTorrent(task.file, task.scratch, announce)).startAll();
  },
};
