import { Bitfield } from '#core';
import { ANY } from '../decision.js';
import { GrantPass } from '../grant-pass.js';
import { UploadQueue } from '../upload-queue.js';
import { Uplink, type Block } from './link.js';
import type { Announced, Network, NodeOptions, SentBlock } from './sim-ports.js';

/** One file for the whole simulation. */
const FILE = 'file';
/** Data leaves in pieces of this size, as in the real peer. */
const BLOCK = 16_384;

/** The uploading side of a node: requests in, blocks on the uplink out. */
export class SimUploader {
  readonly queue: UploadQueue;
  readonly pass: GrantPass | undefined;
  readonly uplink: Uplink;
  private readonly sending = new Map<string, { cancelled: boolean }>();
  private readonly peerHas = new Map<string, Bitfield>();
  private passAnnounced = false;

  constructor(
    private readonly net: Network,
    private readonly options: NodeOptions,
    private readonly have: Bitfield,
  ) {
    this.queue = new UploadQueue({
      chunkBytes: (_file, chunk) => options.chunkBytes(chunk === ANY ? 0 : chunk),
      settings: options.upload ?? {},
    });
    this.pass = options.grants && new GrantPass(options.chunkCount, options.grants);
    this.uplink = new Uplink(net.time, options.up, () => net.isStopped(options.id));
  }

  /** What others are shown: nothing while it grants. */
  get announced(): Announced {
    const granting = this.pass?.isOver === false;
    return { has: granting ? new Bitfield(this.have.length) : this.have.clone(), granting };
  }

  connected(other: string, has: Bitfield): void {
    this.peerHas.set(other, has.clone());
    for (const chunk of has) this.pass?.seenElsewhere(chunk, other);
  }

  disconnected(other: string): void {
    this.peerHas.delete(other);
    this.uplink.closeFlow(other);
    this.queue.closed(other);
    this.pass?.askerGone(other);
  }

  knows(other: string, chunk: number): boolean {
    return this.peerHas.get(other)?.has(chunk) === true;
  }

  heard(from: string, chunk: number): void {
    this.peerHas.get(from)?.set(chunk);
    this.pass?.seenElsewhere(chunk, from);
    this.queue.acknowledged(from, FILE, chunk);
  }

  request(from: string, chunk: number): void {
    const mayGive = chunk === ANY || this.have.has(chunk);
    if (mayGive && this.queue.request(from, FILE, chunk) !== 'refused') return;
    this.net.tell(this.options.id, from, (other) => other.onRefused(this.options.id, chunk, mayGive));
  }

  cancel(from: string, chunk: number): void {
    this.queue.cancel(from, FILE, chunk);
    const sending = this.sending.get(`${from}/${chunk}`);
    if (sending !== undefined) sending.cancelled = true;
  }

  /** Starts all that may be started now. */
  pump(): void {
    for (let sends = this.queue.next(this.net.time.now); sends.length > 0;) {
      for (const { conn, chunk } of sends) this.begin(conn, chunk);
      sends = this.queue.next(this.net.time.now);
    }
    this.announceEndOfPass();
  }

  private begin(to: string, asked: number): void {
    const chunk = asked === ANY ? this.pass?.grant(this.peerHas.get(to), to) : asked;
    if (asked === ANY) this.queue.granted(to, FILE, chunk);
    else this.pass?.gave(asked, to);
    if (chunk === undefined) this.net.tell(this.options.id, to, (other) => other.onNone(this.options.id));
    else this.send(to, chunk);
  }

  private announceEndOfPass(): void {
    if (this.pass?.isOver !== true || this.passAnnounced) return;
    this.passAnnounced = true;
    for (const peer of this.peerHas.keys()) {
      this.net.tell(this.options.id, peer, (other) => other.onBitfield(this.options.id, this.announced));
    }
  }

  private send(to: string, chunk: number): void {
    const sending = { cancelled: false };
    const right = this.options.random() >= (this.options.lies ?? 0);
    this.sending.set(`${to}/${chunk}`, sending);
    const size = this.options.chunkBytes(chunk);
    const blocks: Block[] = [];
    for (let offset = 0; offset < size; offset += BLOCK) {
      const bytes = Math.min(BLOCK, size - offset);
      const last = offset + bytes === size ? { right } : {};
      const block = { chunk, bytes, isFirst: offset === 0, ...last };
      blocks.push({ bytes, isCancelled: () => sending.cancelled, arrive: () => this.deliver(to, block) });
    }
    this.uplink.send(to, blocks);
  }

  private deliver(to: string, block: SentBlock): void {
    this.net.tell(this.options.id, to, (other) => {
      other.downlink.receive(block.bytes, () => {
        this.net.whenAwake(to, () => other.onBlock(this.options.id, block));
      });
    });
  }
}
