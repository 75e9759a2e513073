import type { Follow, FollowRegistry } from '#registry';

export class MemoryFollowRegistry implements FollowRegistry {
  private readonly follows = new Map<string, Follow>();

  async put(follow: Follow, max: number): Promise<boolean> {
    if (this.follows.has(follow.id)) return true;
    if (this.follows.size >= max) return false;
    this.follows.set(follow.id, follow);
    return true;
  }

  async remove(id: string): Promise<boolean> {
    return this.follows.delete(id);
  }

  async all(): Promise<Follow[]> {
    return [...this.follows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}
