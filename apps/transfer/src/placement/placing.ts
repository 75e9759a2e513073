import type { Clock, PeerId } from '#core';
import type { FactBody } from '#contracts';
import type { Outgoing } from '#platform';
import type {
  HolderRegistry,
  PeerRecord,
  PeerRegistry,
  PlacedRow,
  Placement,
  PlacementRegistry,
} from '#registry';
import { commandIdOf } from '../download-request.js';
import type { Steps } from '../ports.js';
import { decide, type Decision, type Seen } from './decide.js';

/** Placements looked at in one round. */
const OPEN_MAX = 1_000;
/** Peers read at once. */
const PAGE = 500;
/** Peers considered; a larger network has room enough among the first. */
const PEERS_MAX = 2_000;
/** Holders of one file that are looked at. */
const HOLDERS_MAX = 1_000;
/** Changes of one placement that meet each other are tried again so often; then the next round goes on. */
const TRIES = 20;
/** All peers have said that they are done and the anchors do not know it yet: looked at again after this, milliseconds. */
const BEHIND_MS = 150;

export interface PlacingRegistries {
  readonly peers: PeerRegistry;
  readonly holders: HolderRegistry;
  readonly placements: PlacementRegistry;
}

/**
 * Drives placements: compares what is held with what was asked for, and has peers fetch the difference, until there is none.
 * A peer that is lost on the way is only another difference. Doing it again, at once or in two processes, is harmless.
 */
export class Placing {
  constructor(
    private readonly registries: PlacingRegistries,
    private readonly steps: Steps,
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
  ) {}

  /** One placement, or 'all' that are not over. */
  async run(id: string): Promise<void> {
    if (id !== 'all') return this.advance(id);
    for (const one of await this.registries.placements.open(OPEN_MAX)) await this.advance(one);
  }

  /** Somebody came or went: running placements are looked at soon. */
  async peersChanged(): Promise<void> {
    const [any] = await this.registries.placements.open(1);
    if (any !== undefined) await this.steps.add({ kind: 'place', distributionId: 'all', look: 'peers' });
  }

  private async advance(id: string): Promise<void> {
    const { placements } = this.registries;
    for (let tries = 0; tries < TRIES; tries++) {
      const placement = await placements.get(id);
      if (placement === undefined) return;
      if (placement.state !== 'running') return this.tellEnd(placement);
      const seen = await this.look(placement);
      const decision = decide(placement, seen, this.clock.now());
      const next = { ...placement, ...decision.changes };
      if (decision.changes !== undefined && !(await placements.save(next))) continue;
      await this.stopAll(placement, next, seen);
      return this.follow(next, decision, seen);
    }
  }

  private async follow(placement: Placement, decision: Decision, seen: Seen): Promise<void> {
    if (placement.state !== 'running') return this.tellEnd(placement);
    const waiting = placement.rows.filter(({ state }) => state === 'waiting');
    await Promise.all(waiting.map((row) => this.command(placement, row, seen.peers.get(row.peerId))));
    if (!decision.behind) return;
    const look = `t${Math.floor(this.clock.now() / BEHIND_MS)}`;
    await this.steps.add({ kind: 'place', distributionId: placement.id, look }, BEHIND_MS);
  }

  /** Who was given up, or works for a placement that has failed, need not go on. What it has it keeps. */
  private async stopAll(before: Placement, { id, state, rows }: Placement, { peers }: Seen): Promise<void> {
    const working = before.rows.filter((row) => row.state === 'waiting' || row.state === 'placing');
    for (const { peerId, epoch } of working) {
      const peer = peers.get(peerId);
      const now = rows.find((row) => row.peerId === peerId);
      if (peer === undefined || (state === 'running' && now?.state !== 'failed')) continue;
      const commandId = commandIdOf(id, peerId, epoch);
      const body = { commandId, distributionId: id, epoch: epoch + 1, keepParts: true };
      await this.outgoing.command(peer, 'command.cancel', body, `${commandId}:cancel`);
    }
  }

  /** Sent again at every look until the peer says something; a peer runs it once. */
  private async command(
    { id, facts }: Placement,
    { peerId, epoch, ranges }: PlacedRow,
    peer: PeerRecord | undefined,
  ): Promise<void> {
    if (peer === undefined) return;
    const { fileId, name, version } = facts;
    const commandId = commandIdOf(id, peerId, epoch);
    const body = { commandId, distributionId: id, epoch, fileId, name, version, ranges };
    await this.outgoing.command(peer, 'command.store', body, commandId);
  }

  private async tellEnd(placement: Placement): Promise<void> {
    const { id, state, facts, createdAt, finishedAt, error, rows } = placement;
    if (state === 'running' || finishedAt === undefined) return;
    const { fileId, name, version, size, copies, storage } = facts;
    const peers = rows.filter((row) => row.state === 'done').length;
    const body: FactBody<'placement.completed'> = {
      ...{
        placementId: id,
        state,
        fileId,
        name,
        version,
        size,
        copies,
        storage,
        peers,
        createdAt,
        finishedAt,
      },
      ...(error === undefined ? {} : { error }),
    };
    await this.outgoing.fact(`placement.${state}`, id, body, `placement-ended/${id}`);
    await this.registries.placements.settle(id);
  }

  private async look({ facts }: Placement): Promise<Seen> {
    const [peers, holders] = await Promise.all([
      this.allPeers(),
      this.registries.holders.holders(facts.fileId, { limit: HOLDERS_MAX, exclude: new Set(facts.exclude) }),
    ]);
    return {
      peers: new Map(peers.map((peer) => [peer.peerId, peer])),
      holders: new Map(
        holders
          .filter(({ peer, chunks }) => peer.storage !== undefined && chunks.length === facts.chunkCount)
          .map(({ peer, chunks }) => [peer.peerId, chunks]),
      ),
    };
  }

  private async allPeers(): Promise<PeerRecord[]> {
    const all: PeerRecord[] = [];
    for (let after: PeerId | undefined; all.length < PEERS_MAX;) {
      const page = await this.registries.peers.list(after, PAGE);
      all.push(...page);
      if (page.length < PAGE) break;
      after = page.at(-1)?.peerId;
    }
    return all;
  }
}
