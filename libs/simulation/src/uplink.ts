import type { VirtualTime } from './virtual-time.js';

/** Part of a chunk on its way; parts that were cancelled before they left never do. */
export interface Block {
  readonly bytes: number;
  readonly isCancelled: () => boolean;
  /** The last byte has left. */
  readonly left: () => void;
}

/**
 * The uplink of a host: blocks leave one after the other at its rate (bytes a millisecond), the connections taking turns as
 * TCP connections that share a link do.
 */
export class Uplink {
  sentBytes = 0;
  private readonly flows = new Map<object, Block[]>();
  private busy = false;

  constructor(
    private readonly time: VirtualTime,
    private readonly rate: number,
    private readonly isStopped: () => boolean,
  ) {}

  send(flow: object, blocks: readonly Block[]): void {
    const queue = this.flows.get(flow);
    if (queue === undefined) this.flows.set(flow, [...blocks]);
    else queue.push(...blocks);
    this.pump();
  }

  closeFlow(flow: object): void {
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
      block.left();
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
