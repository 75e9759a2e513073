import type { VirtualTime } from './virtual-time.js';

/** Part of a chunk on its way; cancelled parts that have not left yet never do. */
export interface Block {
  readonly bytes: number;
  readonly arrive: () => void;
  readonly isCancelled: () => boolean;
}

/**
 * The uplink of a node: blocks leave one after the other at its rate (bytes a millisecond), the flows taking turns as TCP
 * connections that share a link do.
 */
export class Uplink {
  sentBytes = 0;
  private readonly flows = new Map<string, Block[]>();
  private busy = false;

  constructor(
    private readonly time: VirtualTime,
    private readonly rate: number,
    private readonly isStopped: () => boolean,
  ) {}

  send(flow: string, blocks: readonly Block[]): void {
    const queue = this.flows.get(flow) ?? [];
    queue.push(...blocks);
    this.flows.set(flow, queue);
    this.pump();
  }

  closeFlow(flow: string): void {
    this.flows.delete(flow);
  }

  /** Goes on after a stop. */
  pump(): void {
    if (this.busy || this.isStopped()) return;
    const block = this.nextBlock();
    if (block === undefined) return;
    this.busy = true;
    this.sentBytes += block.bytes;
    this.time.after(block.bytes / this.rate, () => {
      this.busy = false;
      block.arrive();
      this.pump();
    });
  }

  private nextBlock(): Block | undefined {
    for (const [flow, queue] of this.flows) {
      this.flows.delete(flow);
      let block = queue.shift();
      while (block?.isCancelled() === true) block = queue.shift();
      if (queue.length > 0) this.flows.set(flow, queue);
      if (block !== undefined) return block;
    }
    return undefined;
  }
}

/** The downlink of a node: first come, first through, at its rate. */
export class Downlink {
  private freeAt = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly rate: number,
  ) {}

  receive(bytes: number, arrive: () => void): void {
    this.freeAt = Math.max(this.freeAt, this.time.now) + bytes / this.rate;
    this.time.after(this.freeAt - this.time.now, arrive);
  }
}
