import type { FileId, PeerId, Random } from '#core';
import { GrantPass } from '#swarm';

/** The first passes of the files that are seeded here. A file that came by download is not granted: others have it. */
export class Grants {
  private readonly passes = new Map<FileId, GrantPass>();

  constructor(private readonly random: Random) {}

  /** Several seeders begin at different places. A pass that ran before is not run again. */
  begin(fileId: FileId, chunkCount: number): void {
    if (this.passes.has(fileId)) return;
    const { random } = this;
    this.passes.set(fileId, new GrantPass(chunkCount, { start: Math.floor(random() * chunkCount), random }));
  }

  end(fileId: FileId): void {
    this.passes.delete(fileId);
  }

  /** The pass of a file while it runs. */
  running(fileId: FileId): GrantPass | undefined {
    const pass = this.passes.get(fileId);
    return pass === undefined || pass.isOver ? undefined : pass;
  }

  /** True when this ended the pass. */
  seen(fileId: FileId, peerId: PeerId, chunks: Iterable<number>): boolean {
    const pass = this.running(fileId);
    if (pass === undefined) return false;
    for (const chunk of chunks) pass.seenElsewhere(chunk, peerId);
    return pass.isOver;
  }
}
