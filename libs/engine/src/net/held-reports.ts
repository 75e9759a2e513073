import { rangesOf, type FileId } from '#core';
import type { EngineEvent } from '../control.js';
import { ENGINE_LIMITS } from '../engine-limits.js';

interface News {
  readonly chunkCount: number;
  readonly chunks: Set<number>;
}

/**
 * Collects newly held chunks, so that the control plane hears of ranges and never of every chunk. The first after a pause is
 * told at once: it makes this peer a source for others.
 */
export class HeldReports {
  private readonly news = new Map<FileId, News>();
  private timer: NodeJS.Timeout | undefined;
  private toldAt = -Infinity;

  constructor(
    private readonly emit: (event: EngineEvent) => void,
    /** Milliseconds, monotonic. */
    private readonly now: () => number,
  ) {}

  add(fileId: FileId, chunkCount: number, chunk: number): void {
    const news = this.news.get(fileId) ?? { chunkCount, chunks: new Set<number>() };
    news.chunks.add(chunk);
    this.news.set(fileId, news);
    this.timer ??= setTimeout(
      () => this.flush(),
      Math.max(0, this.toldAt + ENGINE_LIMITS.heldMs - this.now()),
    );
  }

  /** Those of a file that is held no more, or of which chunks were lost, are not reported. */
  drop(fileId: FileId): void {
    this.news.delete(fileId);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.news.size === 0) return;
    this.toldAt = this.now();
    for (const [fileId, { chunkCount, chunks }] of this.news) {
      this.emit({ kind: 'held', fileId, chunkCount, ranges: rangesOf(chunks) });
    }
    this.news.clear();
  }
}
