import type { Clock, PeerId } from '#core';
import type { DownloadCommand } from '#contracts';
import type {
  Distribution,
  DistributionRegistry,
  DistributionRow,
  PeerRecord,
  PeerRegistry,
} from '#registry';
import { commandIdOf } from './download-request.js';
import type { Outgoing } from '#platform';

/** Peers looked up, and commands sent, at the same time. */
const BATCH = 200;

/** Sends the commands of a distribution: to whoever is here now, and to the others when they join. */
export class Commanding {
  constructor(
    private readonly peers: PeerRegistry,
    private readonly distributions: DistributionRegistry,
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
  ) {}

  /** The first step: every row that waits gets its command, or is offline. Repeating it sends only what is not yet sent. */
  async start(distributionId: string): Promise<void> {
    const distribution = await this.distributions.get(distributionId);
    if (distribution === undefined || distribution.state !== 'running') return;
    const rows = (await this.distributions.rows(distributionId)).filter(({ state }) => state === 'waiting');
    for (let at = 0; at < rows.length; at += BATCH) {
      const batch = rows.slice(at, at + BATCH);
      const found = await this.peers.find(batch.map(({ peerId }) => peerId));
      const known = new Map(found.map((peer) => [peer.peerId, peer]));
      await Promise.all(batch.map((row) => this.command(distribution, row, known.get(row.peerId))));
    }
  }

  /** A peer is here (again): commands that wait for it, also those that it may have got before and lost. */
  async peerJoined(peerId: PeerId): Promise<void> {
    const pending = await this.distributions.pendingFor(peerId);
    if (pending.length === 0) return;
    const [peer] = await this.peers.find([peerId]);
    for (const { distribution, row } of pending) await this.command(distribution, row, peer);
  }

  private async command(
    distribution: Distribution,
    row: DistributionRow,
    peer: PeerRecord | undefined,
  ): Promise<void> {
    const { peerId, epoch } = row;
    const body = commandOf(distribution, row);
    const arrived =
      peer !== undefined && (await this.outgoing.command(peer, 'command.download', body, body.commandId));
    const to = arrived ? 'commanded' : 'offline';
    await this.distributions.moveRow(distribution.id, peerId, { to, epoch, now: this.clock.now() });
  }
}

const commandOf = (distribution: Distribution, { peerId, epoch }: DistributionRow): DownloadCommand => {
  const { fileId, name, version, force, folder, saveAs, maxDownRate } = distribution.facts;
  return {
    commandId: commandIdOf(distribution.id, peerId, epoch),
    distributionId: distribution.id,
    epoch,
    fileId,
    name,
    version,
    force,
    ...(folder === undefined ? {} : { folder }),
    ...(saveAs === undefined ? {} : { saveAs }),
    ...(maxDownRate === undefined ? {} : { maxDownRate }),
  };
};
