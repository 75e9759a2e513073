import { Bitfield } from '#core';
import type { Host, Surroundings } from './host.js';
import type { Message } from './post.js';
import type { Route } from './route.js';

/** One TCP connection: `downloader` dialled `uploader`, and chunks flow towards the one who dialled. */
export class Connection<P extends Host = Host> {
  /** A side that closed hears no more; the other one hears what was said before, and then of the end. */
  private closedHere = false;
  private closedThere = false;
  /** What each side was told that the other has. */
  uploaderHas: Bitfield;
  downloaderHas: Bitfield;
  granting = false;
  askedForPeersAt = -Infinity;
  private readonly there: Route;
  private readonly back: Route;
  private controlThereAt = 0;
  private controlBackAt = 0;
  private dataAt = 0;

  constructor(
    private readonly around: Surroundings,
    readonly id: string,
    readonly downloader: P,
    readonly uploader: P,
  ) {
    const { plan, routes } = around;
    this.uploaderHas = new Bitfield(plan.chunkCount);
    this.downloaderHas = new Bitfield(plan.chunkCount);
    this.there = routes.of(downloader.rack, uploader.rack);
    this.back = routes.of(uploader.rack, downloader.rack);
  }

  get roundTripMs(): number {
    return this.there.latency + this.back.latency;
  }

  /** A message of the downloader. */
  toUploader(run: () => void): void {
    const { at, deliver } = this.messageThere(run);
    this.around.time.at(at, deliver);
  }

  /** A message of the uploader. */
  toDownloader(run: () => void): void {
    const { at, deliver } = this.messageBack(run);
    this.around.time.at(at, deliver);
  }

  /** A message of the downloader, for the caller to set on its way. */
  messageThere(run: () => void): Message {
    this.downloader.counts.messages++;
    this.controlThereAt = this.arrival(this.there, this.controlThereAt);
    return { at: this.controlThereAt, deliver: () => this.deliver(this.uploader, run) };
  }

  messageBack(run: () => void): Message {
    this.uploader.counts.messages++;
    this.controlBackAt = this.arrival(this.back, this.controlBackAt);
    return { at: this.controlBackAt, deliver: () => this.deliver(this.downloader, run) };
  }

  say(from: Host, run: () => void): void {
    if (from === this.downloader) this.toUploader(run);
    else this.toDownloader(run);
  }

  /** Bytes that left the uploader now; `run` once the last of them is through the downloader's link. */
  data(bytes: number, run: () => void): void {
    const { time } = this.around;
    const { latency, far, connectionRate } = this.back;
    const wire = this.back.onWire(bytes);
    const alone = connectionRate === Infinity ? 0 : this.dataAt + wire / connectionRate;
    this.dataAt = Math.max(time.now + latency, alone);
    const at = far === undefined ? this.dataAt : far.pass(wire, this.dataAt);
    time.at(this.downloader.downlink.pass(wire, at), () => this.deliver(this.downloader, run));
  }

  /** Bytes that the uplink carries for a payload. */
  onWire(bytes: number): number {
    return this.back.onWire(bytes);
  }

  isOpenAt(side: Host): boolean {
    return side === this.downloader ? !this.closedHere : !this.closedThere;
  }

  closeAt(side: Host): void {
    if (side === this.downloader) this.closedHere = true;
    else this.closedThere = true;
    if (side === this.uploader) this.uploader.uplink.closeFlow(this);
  }

  /** Messages of one side arrive in their order. */
  private arrival(route: Route, before: number): number {
    const { time, random } = this.around;
    return Math.max(before, time.now + route.messageDelay(random));
  }

  private deliver(to: Host, run: () => void): void {
    if (!this.isOpenAt(to)) return;
    to.awake(() => {
      if (this.isOpenAt(to)) run();
    });
  }
}
