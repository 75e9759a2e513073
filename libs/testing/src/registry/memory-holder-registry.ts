import { sample, type FileId, type PeerId, type Random } from '#core';
import { holdingsDigest, type HeldFile } from '#contracts';
import {
  chunksOf,
  type FileHolder,
  type HolderCounts,
  type HolderMoment,
  type HolderOutcome,
  type HolderQuery,
  type HolderRegistry,
  type ReleaseResult,
} from '#registry';
import { HoldingsHistory, type Holdings } from './holdings-history.js';
import { isLive, type MemoryPeerRegistry, type MembershipWatcher } from './memory-peer-registry.js';

/** Never answers `report-needed`: it keeps all messages and can order every one. */
export class MemoryHolderRegistry implements HolderRegistry, MembershipWatcher {
  private readonly histories = new Map<PeerId, HoldingsHistory>();

  constructor(
    private readonly peers: MemoryPeerRegistry,
    private readonly random: Random,
  ) {
    peers.watcher = this;
  }

  async acknowledge(moment: HolderMoment, files: readonly HeldFile[]): Promise<HolderOutcome> {
    files.forEach(chunksOf);
    const { sequence } = moment;
    return this.change(moment, (history) => history.add({ kind: 'acknowledged', sequence, files }));
  }

  async retract(moment: HolderMoment, files: readonly FileId[]): Promise<HolderOutcome> {
    const { sequence } = moment;
    return this.change(moment, (history) => history.add({ kind: 'retracted', sequence, files }));
  }

  async report(
    moment: HolderMoment,
    part: number,
    parts: number,
    files: readonly HeldFile[],
  ): Promise<HolderOutcome> {
    files.forEach(chunksOf);
    return this.change(moment, (history) => history.addPart(moment.sequence, part, parts, files));
  }

  async release(moment: HolderMoment, file: HeldFile): Promise<ReleaseResult> {
    const wanted = chunksOf(file);
    const { peerId, sequence } = moment;
    if (this.histories.get(peerId)?.retractedAt(file.fileId, sequence) === true) {
      return { outcome: 'ignored', released: true };
    }
    const others = this.liveHolders(file.fileId).filter(
      ({ peer, chunks }) =>
        peer.peerId !== peerId && peer.storage !== undefined && chunks.length === file.chunkCount,
    );
    for (const chunk of wanted) {
      if (!others.some(({ chunks }) => chunks.has(chunk))) return { outcome: 'applied', released: false };
    }
    const outcome = await this.retract(moment, [file.fileId]);
    return { outcome, released: outcome === 'applied' };
  }

  async holders(fileId: FileId, { limit, exclude, chunk }: HolderQuery): Promise<FileHolder[]> {
    const wanted = this.liveHolders(fileId).filter(
      ({ peer, chunks }) => !exclude.has(peer.peerId) && (chunk === undefined || chunks.has(chunk)),
    );
    const complete = wanted.filter(({ chunks }) => chunks.isFull);
    const partial = wanted.filter(({ chunks }) => !chunks.isFull);
    const share = Math.min(complete.length, Math.max(Math.ceil(limit / 2), limit - partial.length));
    return [
      ...sample(complete, share, this.random),
      ...sample(partial, Math.max(0, limit - share), this.random),
    ];
  }

  async counts(fileIds: readonly FileId[]): Promise<HolderCounts[]> {
    return fileIds.map((fileId) => {
      const holders = this.liveHolders(fileId);
      return { holders: holders.length, seeders: holders.filter(({ chunks }) => chunks.isFull).length };
    });
  }

  async digest(peerId: PeerId): Promise<string> {
    return holdingsDigest([...this.holdings(peerId)].map(([fileId, chunks]) => [fileId, chunks.count]));
  }

  async fileCounts(peerIds: readonly PeerId[]): Promise<number[]> {
    return peerIds.map((peerId) => this.holdings(peerId).size);
  }

  replaced(peerId: PeerId): void {
    this.histories.set(peerId, new HoldingsHistory(this.holdings(peerId)));
  }

  left(peerId: PeerId): void {
    this.histories.delete(peerId);
  }

  private change(moment: HolderMoment, apply: (history: HoldingsHistory) => boolean): HolderOutcome {
    const known = this.peers.peek(moment.peerId)?.incarnation;
    if (known === undefined || moment.incarnation > known) return 'unknown-peer';
    if (moment.incarnation < known) return 'ignored';
    const history = this.histories.get(moment.peerId) ?? new HoldingsHistory();
    this.histories.set(moment.peerId, history);
    return apply(history) ? 'applied' : 'ignored';
  }

  private liveHolders(fileId: FileId): FileHolder[] {
    return [...this.histories.keys()].flatMap((peerId) => {
      const peer = this.peers.peek(peerId);
      const chunks = this.holdings(peerId).get(fileId);
      return peer !== undefined && isLive(peer) && chunks !== undefined ? [{ peer, chunks }] : [];
    });
  }

  private holdings(peerId: PeerId): Holdings {
    return this.histories.get(peerId)?.holdings() ?? new Map();
  }
}
