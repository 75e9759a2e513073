import type { OpenFile, FileSystem } from './file-system.js';

/** Files that are open for reading at once; a machine may permit 1,024 to a process, sockets included. */
export const OPEN_FILES_MAX = 256;

interface Entry {
  readonly file: Promise<OpenFile>;
  users: number;
  dropped: boolean;
}

/** Keeps the files that were read last open, so that a peer can hold more files than it may open. */
export class OpenFiles {
  /** Oldest use first. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly fs: FileSystem,
    private readonly max = OPEN_FILES_MAX,
  ) {}

  /** Runs a task on an open file, which stays open until the task is over. */
  async use<T>(path: string, task: (file: OpenFile) => Promise<T>): Promise<T> {
    const entry = this.entries.get(path) ?? this.opening(path);
    entry.users++;
    this.entries.delete(path);
    this.entries.set(path, entry);
    try {
      return await task(await entry.file);
    } finally {
      entry.users--;
      await this.tidy(entry);
    }
  }

  /** Closes a file as soon as nobody uses it; the next use opens what is there then. */
  async drop(path: string): Promise<void> {
    const entry = this.entries.get(path);
    if (entry === undefined) return;
    this.entries.delete(path);
    entry.dropped = true;
    await this.tidy(entry);
  }

  async close(): Promise<void> {
    await Promise.all([...this.entries.keys()].map((path) => this.drop(path)));
  }

  private opening(path: string): Entry {
    const entry: Entry = { file: this.fs.open(path, 'read'), users: 0, dropped: false };
    entry.file.catch(() => {
      if (this.entries.get(path) === entry) this.entries.delete(path);
    });
    return entry;
  }

  private async tidy(entry: Entry): Promise<void> {
    if (entry.dropped && entry.users === 0) await this.shut(entry);
    for (const [path, oldest] of this.entries) {
      if (this.entries.size <= this.max) return;
      if (oldest.users > 0) continue;
      this.entries.delete(path);
      oldest.dropped = true;
      await this.shut(oldest);
    }
  }

  private async shut(entry: Entry): Promise<void> {
    const file = await entry.file.catch(() => undefined);
    await file?.close().catch(() => undefined); // read only: nothing can be lost
  }
}
