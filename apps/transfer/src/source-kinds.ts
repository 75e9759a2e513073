import type { PeerId } from '#core';
import type { BytesBySource, FactBody } from '#contracts';
import type { PeerRegistry } from '#registry';
import { domainsOf } from './placement/fault-domains.js';

/** Peers whose labels are remembered; all are forgotten when there are more. */
const REMEMBERED = 20_000;
/** Labels change when a peer joins anew: they are looked up again after this, milliseconds. */
const FRESH_MS = 60_000;
/** The label of peers beside an anchor that keep what is stored there. */
const STORAGE_LABEL = 'anchor';

interface Known {
  readonly at: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Says where the bytes of a download came from, as its target sees it. */
export class SourceKinds {
  private readonly known = new Map<PeerId, Known>();

  constructor(
    private readonly peers: Pick<PeerRegistry, 'find'>,
    private readonly now: () => number,
  ) {}

  async of({
    peerId,
    from,
  }: Pick<FactBody<'download.completed'>, 'peerId' | 'from'>): Promise<BytesBySource> {
    const bytes = { sameLabel: 0, other: 0, storage: 0 };
    if (from.length === 0) return bytes;
    await this.learn([peerId, ...from.map((source) => source.peerId)]);
    for (const source of from) bytes[this.kindOf(peerId, source.peerId)] += source.bytes;
    return bytes;
  }

  private kindOf(target: PeerId, source: PeerId): keyof BytesBySource {
    const labels = this.known.get(source)?.labels ?? {};
    if (Object.hasOwn(labels, STORAGE_LABEL)) return 'storage';
    const [here, there] = [this.domain(target), this.domain(source)];
    return here === there ? 'sameLabel' : 'other';
  }

  /** The narrowest of the labels that say what stands together; a peer without any stands alone. */
  private domain(peerId: PeerId): string {
    return domainsOf({ peerId, labels: this.known.get(peerId)?.labels ?? {} }).at(-1) as string;
  }

  private async learn(peerIds: readonly PeerId[]): Promise<void> {
    const now = this.now();
    const missing = peerIds.filter((peerId) => (this.known.get(peerId)?.at ?? -FRESH_MS) + FRESH_MS <= now);
    if (missing.length === 0) return;
    if (this.known.size + missing.length > REMEMBERED) this.known.clear();
    const found = new Map((await this.peers.find(missing)).map((peer) => [peer.peerId, peer.labels]));
    // One that has gone meanwhile keeps the labels that it had.
    for (const peerId of missing)
      this.known.set(peerId, { at: now, labels: found.get(peerId) ?? this.known.get(peerId)?.labels ?? {} });
  }
}
