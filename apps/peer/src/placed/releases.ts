import type { ChunkRange, FileId, Incarnation, PeerId } from '#core';
import type { PlaceInfo } from '#engine';
import type { HoldingsLedger } from '../holdings-ledger.js';
import type { AnchorLink, EngineHost } from '../ports.js';

export interface ReleaseParts {
  readonly peerId: PeerId;
  readonly engine: Pick<EngineHost, 'discardPlace'>;
  readonly anchors: AnchorLink;
  readonly ledger: HoldingsLedger;
  readonly incarnation: () => Incarnation | undefined;
  /** The ledger has news. */
  readonly wake: () => void;
}

/**
 * Gives up what was placed here. Chunks that lie nowhere else on this machine go only when the anchors have found another
 * holder of each and have struck this one off, in one step of theirs; only then are bytes deleted.
 */
export class Releases {
  constructor(private readonly parts: ReleaseParts) {}

  /** False when it has to stay: some chunk has no other holder, or nobody could be asked. Call it in the file's turn. */
  async giveUp({ fileId, target, only }: PlaceInfo): Promise<boolean> {
    const { engine, ledger, wake } = this.parts;
    if (only.length === 0) return engine.discardPlace(fileId, target);
    try {
      if (!(await this.isGranted(fileId, only)) || !ledger.release(fileId)) return false;
      return await engine.discardPlace(fileId, target);
    } finally {
      ledger.claimAgain(fileId);
      wake();
    }
  }

  private async isGranted(fileId: FileId, only: readonly ChunkRange[]): Promise<boolean> {
    const { peerId, anchors, ledger } = this.parts;
    const incarnation = this.parts.incarnation();
    if (incarnation === undefined) return false;
    const asked = ledger.withhold(fileId);
    if (asked === undefined) return false;
    const { sequence, chunkCount } = asked;
    const ranges = only.map(({ start, end }): [number, number] => [start, end]);
    const body = { peerId, incarnation, sequence, file: { fileId, chunkCount, ranges } };
    try {
      return (await anchors.request('holdings.release', body)).released;
    } catch {
      // Not known: it is claimed again, under a newer number than the release had.
      return false;
    }
  }
}
