import type { FileSystem } from './file-system.js';

/** Syncs folders for many callers at once: all who come while a sync runs share the next one. */
export class FolderSyncs {
  private readonly running = new Map<string, Promise<void>>();
  private readonly next = new Map<string, Promise<void>>();

  constructor(private readonly fs: FileSystem) {}

  /** Resolves when every change of names before the call is durable. @throws system errors */
  sync(folder: string): Promise<void> {
    const next = this.next.get(folder);
    if (next !== undefined) return next;
    const running = this.running.get(folder);
    if (running === undefined) return this.run(folder);
    const after = (): Promise<void> => {
      this.next.delete(folder);
      return this.run(folder);
    };
    const mine = running.then(after, after);
    this.next.set(folder, mine);
    return mine;
  }

  private run(folder: string): Promise<void> {
    const sync = this.fs.syncFolder(folder).finally(() => {
      if (this.running.get(folder) === sync) this.running.delete(folder);
    });
    this.running.set(folder, sync);
    return sync;
  }
}
