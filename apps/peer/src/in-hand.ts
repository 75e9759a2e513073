import type { FileId } from '#core';

/** Files that something is being done with which others have to wait for. */
export class InHand {
  private readonly tasks = new Map<FileId, Set<Promise<unknown>>>();

  async during<T>(fileId: FileId, task: () => Promise<T>): Promise<T> {
    const running = task();
    const tasks = this.tasks.get(fileId) ?? new Set();
    this.tasks.set(fileId, tasks.add(running));
    try {
      return await running;
    } finally {
      tasks.delete(running);
      if (tasks.size === 0) this.tasks.delete(fileId);
    }
  }

  /** Resolves when nothing is being done with the file, however that ended. */
  async settled(fileId: FileId): Promise<void> {
    await Promise.allSettled([...(this.tasks.get(fileId) ?? [])]);
  }
}
