import type { Clock, PeerId } from '#core';
import type { DistributionRegistry, PeerRegistry } from '#registry';
import type { Commanding } from './commanding.js';
import { eachDistribution } from './each-distribution.js';

/** A target that has told something within this time is here, milliseconds. */
const QUIET_MS = 60_000;
/** Peers looked up at the same time. */
const BATCH = 200;

/**
 * Targets that were told and are not here any more, although nobody said that they left: the process that put them out may have
 * died, or lost its broker, before it told the world. Doing it again is harmless.
 */
export class GoneTargets {
  constructor(
    private readonly distributions: Pick<DistributionRegistry, 'list' | 'rows'>,
    private readonly peers: Pick<PeerRegistry, 'find'>,
    private readonly commanding: Pick<Commanding, 'peerLeft'>,
    private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    for await (const { id, state } of eachDistribution(this.distributions)) {
      if (state === 'running') await this.look(id);
    }
  }

  private async look(distributionId: string): Promise<void> {
    const quietSince = this.clock.now() - QUIET_MS;
    const rows = await this.distributions.rows(distributionId);
    const quiet = rows
      .filter(({ state, updatedAt }) => isBusy(state) && updatedAt < quietSince)
      .map(({ peerId }) => peerId);
    for (let at = 0; at < quiet.length; at += BATCH) {
      for (const peerId of await this.gone(quiet.slice(at, at + BATCH)))
        await this.commanding.peerLeft(peerId);
    }
  }

  private async gone(peerIds: readonly PeerId[]): Promise<PeerId[]> {
    const here = new Set((await this.peers.find(peerIds)).map(({ peerId }) => peerId));
    return peerIds.filter((peerId) => !here.has(peerId));
  }
}

const isBusy = (state: string): boolean => state === 'commanded' || state === 'downloading';
