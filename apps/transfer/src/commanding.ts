import type { Clock, PeerId } from '#core';
import type { DownloadCommand } from '#contracts';
import {
  FINAL_ROWS,
  type Distribution,
  type DistributionRegistry,
  type DistributionRow,
  type PeerRecord,
  type PeerRegistry,
} from '#registry';
import type { Outgoing } from '#platform';
import { commandIdOf } from './download-request.js';
import type { Scheduling } from './scheduling.js';

/** Peers looked up, and commands sent, at the same time. */
const BATCH = 200;
/** Of all targets of one distribution together, progress facts a second. */
const PROGRESS_FACTS = 1_000;

/** Sends the commands of a distribution: to whoever is here now, and to the others when they join. */
export class Commanding {
  constructor(
    private readonly peers: PeerRegistry,
    private readonly distributions: DistributionRegistry,
    private readonly outgoing: Outgoing,
    private readonly scheduling: Scheduling,
    private readonly clock: Clock,
  ) {}

  /** Claimed rows get their command, or are offline. */
  async send(distribution: Distribution, rows: readonly DistributionRow[]): Promise<void> {
    for (let at = 0; at < rows.length; at += BATCH) {
      const batch = rows.slice(at, at + BATCH);
      const known = await this.find(batch);
      const sent = await Promise.all(
        batch.map(async (row) => ({
          peerId: row.peerId,
          epoch: row.epoch,
          arrived: await this.command(distribution, row, known.get(row.peerId)),
        })),
      );
      await this.distributions.sent(distribution.id, sent, this.clock.now());
    }
  }

  /** Those that may run what has ended are told to stop; those that are not here when they join. */
  async stop(distributionId: string): Promise<void> {
    const distribution = await this.distributions.get(distributionId);
    if (distribution === undefined) return;
    const rows = await this.distributions.toStop(distributionId);
    for (let at = 0; at < rows.length; at += BATCH) {
      const batch = rows.slice(at, at + BATCH);
      const known = await this.find(batch);
      const told = await Promise.all(
        batch.map((row) => this.tellToStop(distribution, row, known.get(row.peerId))),
      );
      const heard = batch.filter((_row, index) => told[index] === true).map(({ peerId }) => peerId);
      await this.distributions.stopped(distributionId, heard);
    }
  }

  /** A peer is here (again): what waits for it, and what it may have got before and lost. The most urgent first. */
  async peerJoined(peerId: PeerId): Promise<void> {
    const pending = await this.distributions.pendingFor(peerId);
    if (pending.length === 0) return;
    const [peer] = await this.peers.find([peerId]);
    for (const { distribution, row } of pending) await this.comeBack(distribution, row, peer);
  }

  /** A peer has gone: what it was told is offline, and others may have its turn. */
  async peerLeft(peerId: PeerId): Promise<void> {
    const told = (await this.distributions.pendingFor(peerId)).filter(
      ({ row }) => row.state === 'commanded' || row.state === 'downloading' || row.state === 'offline',
    );
    if (told.length === 0 || (await this.peers.find([peerId])).length > 0) return;
    for (const { distribution, row } of told) {
      // Offline already: an earlier try may have ended before its step was there.
      if (row.state === 'offline') {
        await this.scheduling.due(distribution);
        continue;
      }
      const move = { to: 'offline', epoch: row.epoch, now: this.clock.now() } as const;
      const moved = await this.distributions.moveRow(distribution.id, peerId, move);
      if (moved.distribution !== undefined) await this.scheduling.due(moved.distribution);
    }
  }

  private async comeBack(
    distribution: Distribution,
    row: DistributionRow,
    peer: PeerRecord | undefined,
  ): Promise<void> {
    const { id } = distribution;
    if (FINAL_ROWS.includes(row.state)) {
      if (await this.tellToStop(distribution, row, peer)) await this.distributions.stopped(id, [row.peerId]);
    } else if (row.state === 'offline' || row.state === 'waiting') {
      // Waiting already: an earlier try may have ended before its step was there.
      if (row.state === 'offline') await this.distributions.requeue(id, row.peerId, this.clock.now());
      const now = await this.distributions.get(id);
      if (now !== undefined) await this.scheduling.due(now);
    } else {
      await this.command(distribution, row, peer);
    }
  }

  private async find(rows: readonly DistributionRow[]): Promise<Map<PeerId, PeerRecord>> {
    const found = await this.peers.find(rows.map(({ peerId }) => peerId));
    return new Map(found.map((peer) => [peer.peerId, peer]));
  }

  private async command(
    distribution: Distribution,
    row: DistributionRow,
    peer: PeerRecord | undefined,
  ): Promise<boolean> {
    if (peer === undefined) return false;
    const body = commandOf(distribution, row);
    return this.outgoing.command(peer, 'command.download', body, body.commandId);
  }

  /** The epoch of an ended row is one more than that of the command that it had. */
  private async tellToStop(
    { id, keepParts }: Distribution,
    { peerId, epoch }: DistributionRow,
    peer: PeerRecord | undefined,
  ): Promise<boolean> {
    if (peer === undefined) return false;
    const commandId = commandIdOf(id, peerId, epoch - 1);
    const body = { commandId, distributionId: id, epoch, keepParts };
    return this.outgoing.command(peer, 'command.cancel', body, `${commandId}:cancel`);
  }
}

const commandOf = (distribution: Distribution, { peerId, epoch }: DistributionRow): DownloadCommand => {
  const { fileId, name, version, force, folder, saveAs, maxDownRate, options } = distribution.facts;
  const { id, deadline, targets } = distribution;
  return {
    commandId: commandIdOf(id, peerId, epoch),
    ...{ distributionId: id, epoch, fileId, name, version, force, priority: options.priority },
    ...(deadline === undefined ? {} : { deadline }),
    ...(folder === undefined ? {} : { folder }),
    ...(saveAs === undefined ? {} : { saveAs }),
    ...(maxDownRate === undefined ? {} : { maxDownRate }),
    ...(targets > PROGRESS_FACTS ? { progressEveryMs: Math.ceil((targets / PROGRESS_FACTS) * 1_000) } : {}),
  };
};
