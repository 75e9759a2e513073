import type { FileId } from '#core';
import type { LocalEvent } from '#contracts';
import type { EngineEvent } from '#engine';
import { DownloadRun, type DownloadDone, type DownloadParts, type DownloadWish } from './download-run.js';

/** All running downloads of this peer. The engine's events go through here to the run that they are about. */
export class Downloads {
  private readonly running = new Set<DownloadRun>();
  private readonly turns = new Map<FileId, Promise<unknown>>();

  constructor(private readonly parts: Omit<DownloadParts, 'inTurn'>) {}

  /** @throws ShoalError */
  async run(
    wish: DownloadWish,
    tell: (event: LocalEvent) => void,
    signal: AbortSignal,
  ): Promise<DownloadDone> {
    const parts = {
      ...this.parts,
      inTurn: <T>(fileId: FileId, task: () => Promise<T>) => this.inTurn(fileId, task),
    };
    const run = new DownloadRun(wish, parts, tell, signal);
    this.running.add(run);
    try {
      return await run.run();
    } finally {
      this.running.delete(run);
    }
  }

  handle(event: EngineEvent): void {
    for (const run of this.running) {
      if (!('fileId' in event) || event.fileId === run.fileId) run.handle(event);
    }
  }

  /** One download of a file at a time; the next one of the same file finds its chunks on disk. */
  private inTurn<T>(fileId: FileId, task: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(fileId) ?? Promise.resolve()).then(task);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.turns.set(fileId, settled);
    void settled.then(() => {
      if (this.turns.get(fileId) === settled) this.turns.delete(fileId);
    });
    return turn;
  }
}
