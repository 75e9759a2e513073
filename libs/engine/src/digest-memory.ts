/** What files (or trees) looked like when they were digested, so that serving one notices a change in between. */
export class DigestMemory<Look> {
  private readonly seen = new Map<string, Look>();

  /** @param max remembered: one for each that is being published; each is used within seconds */
  constructor(private readonly max: number) {}

  /** @param content digest of the content */
  remember(path: string, content: string, look: Look): void {
    this.seen.set(key(path, content), look);
    for (const oldest of this.seen.keys()) {
      if (this.seen.size <= this.max) return;
      this.seen.delete(oldest);
    }
  }

  get(path: string, content: string): Look | undefined {
    return this.seen.get(key(path, content));
  }
}

const key = (path: string, content: string): string => `${content} ${path}`;
