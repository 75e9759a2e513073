import type { FileId } from '#core';
import type { FileIdentity } from '#chunking';

/** Digests remembered: one per file that is being published; each is used within seconds. */
const REMEMBERED_MAX = 1_000;

/** What files looked like when they were digested, so that serving one notices a change in between. */
export class DigestMemory {
  private readonly seen = new Map<string, FileIdentity>();

  remember(path: string, fileId: FileId, identity: FileIdentity): void {
    this.seen.set(key(path, fileId), identity);
    for (const oldest of this.seen.keys()) {
      if (this.seen.size <= REMEMBERED_MAX) return;
      this.seen.delete(oldest);
    }
  }

  get(path: string, fileId: FileId): FileIdentity | undefined {
    return this.seen.get(key(path, fileId));
  }
}

const key = (path: string, fileId: FileId): string => `${fileId} ${path}`;
