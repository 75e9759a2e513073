import type { FileId } from '#core';
import type { LocalEvent } from '#contracts';
import type { EngineEvent } from '#engine';
import { DownloadRun, type DownloadDone, type DownloadParts, type DownloadWish } from './download-run.js';
import { Turns } from './turns.js';

/** All running downloads of this peer. The engine's events go through here to the run that they are about. */
export class Downloads {
  private readonly running = new Set<DownloadRun>();
  private readonly turns = new Turns();

  constructor(private readonly parts: Omit<DownloadParts, 'turns'>) {}

  /** @throws ShoalError */
  async run(
    wish: DownloadWish,
    tell: (event: LocalEvent) => void,
    signal: AbortSignal,
  ): Promise<DownloadDone> {
    const parts = { ...this.parts, turns: this.turns };
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

  /** Whether something is done with this file now. */
  isBusy(fileId: FileId): boolean {
    return this.turns.isTaken(fileId);
  }

  /** Runs a task between downloads of a file. */
  async inTurn<T>(fileId: FileId, target: string, task: () => Promise<T>): Promise<T> {
    const { signal } = new AbortController();
    const turn = this.turns.take({ fileId, target, signal, patient: true });
    try {
      await turn.others;
      return await task();
    } finally {
      turn.end();
    }
  }
}
