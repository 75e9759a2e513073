import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlClient } from '../../../../apps/cli/src/local/control-client.js';
import type { RunningPeer } from '../../../network/network.js';
import type { Run } from '../../../run/run.js';
import type { Workshop } from '../../frame/workshop.js';
import { plainLoopback } from '../../lab/loopback-lab.js';
import type { BenchNetwork } from '../../shoal/bench-network.js';
import { untilDone } from '../../shoal/shoal-tool.js';

interface Peers {
  readonly giver: RunningPeer;
  readonly taker: RunningPeer;
}

/** Two daemons of one machine that stay up for all cases: one has files, the other gets them. */
export class SmallPair {
  private peers: Promise<Peers> | undefined;
  private files = 0;

  constructor(
    readonly workshop: Workshop,
    readonly net: BenchNetwork,
  ) {}

  get run(): Run {
    return this.workshop.run;
  }

  ready(): Promise<Peers> {
    this.peers ??= this.start();
    return this.peers;
  }

  /** Used by nothing before. */
  newName(word: string): string {
    return `${word}-${++this.files}`;
  }

  /** New files of this size, published, and where the other daemon shall put them. */
  async publish(size: number, count: number): Promise<{ readonly name: string; readonly output: string }[]> {
    const { giver, taker } = await this.ready();
    const files = [];
    for (let at = 0; at < count; at++) {
      const name = `${this.newName('small')}.bin`;
      const path = join(giver.roots[0] as string, name);
      await writeFile(path, randomBytes(size));
      await untilDone(new ControlClient(giver.controlSocket).publish({ path }));
      files.push({ name, output: join(taker.roots[0] as string, name) });
    }
    return files;
  }

  async close(): Promise<void> {
    const peers = await this.peers?.catch(() => undefined);
    if (peers !== undefined) await this.net.removePeers(Object.values(peers));
  }

  private async start(): Promise<Peers> {
    const { hosts } = plainLoopback(2);
    const names = ['small-giver', 'small-taker'];
    const plans = hosts.map((host, at) => ({ host, plan: { name: names[at] as string } }));
    const [giver, taker] = (await this.net.addPeers(plans)) as [RunningPeer, RunningPeer];
    return { giver, taker };
  }
}
