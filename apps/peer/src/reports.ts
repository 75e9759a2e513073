import { asShoalError, type Incarnation, type PeerId } from '#core';
import type { EngineEvent } from '#engine';
import type { AnchorLink } from './ports.js';

/** One peer is reported at most once in this time, milliseconds. */
const REPEAT_MS = 5_000;
/** Peers whose last report is remembered. */
const REMEMBERED_MAX = 1_000;

/** Tells the anchors which sources could not be reached or sent wrong bytes. */
export class Reports {
  private readonly last = new Map<string, number>();

  constructor(
    private readonly self: PeerId,
    private readonly anchors: AnchorLink,
    private readonly now: () => number,
    private readonly onTrouble: (error: unknown) => void,
  ) {}

  handle(event: EngineEvent): void {
    if (event.kind === 'source-lost' && event.unreachable) void this.unreachable(event);
    if (event.kind === 'wrong-bytes') void this.misbehaved(event);
  }

  private async unreachable(event: Extract<EngineEvent, { kind: 'source-lost' }>): Promise<void> {
    const { peerId, incarnation, fileId } = event;
    if (!this.isDue('unreachable', peerId, incarnation)) return;
    const reason = event.reason.slice(0, 1_000);
    await this.send(() =>
      this.anchors.report('peer.unreachable', { reporter: this.self, peerId, incarnation, fileId, reason }),
    );
  }

  private async misbehaved(event: Extract<EngineEvent, { kind: 'wrong-bytes' }>): Promise<void> {
    const { peerId, incarnation, fileId, chunk } = event;
    if (!this.isDue('misbehaved', peerId, incarnation)) return;
    const evidence = `chunk ${chunk + 1} did not match the manifest's digest`;
    await this.send(() =>
      this.anchors.report('peer.misbehaved', {
        reporter: this.self,
        peerId,
        incarnation,
        fileId,
        chunk,
        evidence,
      }),
    );
  }

  private isDue(kind: string, peerId: PeerId, incarnation: Incarnation): boolean {
    const key = `${kind} ${peerId} ${incarnation}`;
    const before = this.last.get(key);
    if (before !== undefined && this.now() - before < REPEAT_MS) return false;
    if (this.last.size >= REMEMBERED_MAX) this.last.clear();
    this.last.set(key, this.now());
    return true;
  }

  private async send(report: () => Promise<void>): Promise<void> {
    try {
      await report();
    } catch (error) {
      this.onTrouble(asShoalError(error));
    }
  }
}
