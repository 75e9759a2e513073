import { Bitfield, type PeerId } from '#core';
import { ANY, GrantPass, UploadQueue } from '#swarm';
import type { Connection } from './connection.js';
import type { Surroundings } from './host.js';
import { isGood, type Piece, type SimPeer, type PeerParts } from './peer-port.js';
import type { Block } from './uplink.js';

/** One file for the whole simulation. */
const FILE = 'file';
/** Data leaves in writes of at least this size, as in the real peer. */
const WRITE = 16_384;
const BLOCKS_PER_CHUNK = 4;

/** The uploading side of a peer (the engine's `Uploads`): requests in, blocks on the uplink out. */
export class SimUploads {
  readonly queue: UploadQueue;
  readonly pass: GrantPass | undefined;
  readonly links = new Map<PeerId, Connection<SimPeer>>();
  private readonly byConn = new Map<string, Connection<SimPeer>>();
  private readonly sending = new Map<string, { cancelled: boolean }>();
  private readonly blockBytes: number;
  private passAnnounced = false;

  constructor(
    private readonly self: SimPeer,
    private readonly around: Surroundings,
    private readonly parts: PeerParts,
  ) {
    const { plan } = around;
    this.blockBytes = plan.blockBytes ?? Math.max(WRITE, Math.ceil(plan.chunkBytes / BLOCKS_PER_CHUNK));
    this.queue = new UploadQueue({
      chunkBytes: (_file, chunk) => parts.bytesOf(chunk === ANY ? 0 : chunk),
      isNear: (conn) => this.byConn.get(conn)?.downloader.rack === self.rack,
      settings: plan.upload ?? {},
    });
    this.pass =
      parts.grantsFrom === undefined
        ? undefined
        : new GrantPass(plan.chunkCount, { start: parts.grantsFrom, random: parts.random });
  }

  get isGranting(): boolean {
    return this.pass?.isOver === false;
  }

  /** What others are shown: nothing while it grants. A copy. */
  announcement(): { has: Bitfield; granting: boolean } {
    const granting = this.isGranting;
    const has = granting ? new Bitfield(this.around.plan.chunkCount) : this.self.swarm.have.clone();
    return { has, granting };
  }

  open(conn: Connection<SimPeer>, has: Bitfield): void {
    conn.downloaderHas = has;
    this.links.set(conn.downloader.id, conn);
    this.byConn.set(conn.id, conn);
    for (const chunk of has) this.pass?.seenElsewhere(chunk, conn.downloader.id);
  }

  closed(conn: Connection<SimPeer>): void {
    if (!this.byConn.delete(conn.id)) return;
    if (this.links.get(conn.downloader.id) === conn) this.links.delete(conn.downloader.id);
    this.queue.closed(conn.id);
    this.pass?.askerGone(conn.downloader.id);
  }

  heard(from: PeerId, chunks: readonly number[]): void {
    const conn = this.links.get(from);
    if (conn === undefined) return;
    for (const chunk of chunks) {
      conn.downloaderHas.set(chunk);
      if (this.isGranting) this.pass?.seenElsewhere(chunk, from);
      this.queue.acknowledged(conn.id, FILE, chunk);
    }
  }

  request(conn: Connection<SimPeer>, chunks: readonly number[]): void {
    for (const chunk of chunks) {
      const mayGive = chunk === ANY ? this.isGranting : this.self.swarm.have.has(chunk);
      const verdict = mayGive ? this.queue.request(conn.id, FILE, chunk) : 'refused';
      if (verdict === 'granted') conn.toDownloader(() => conn.downloader.onNone(conn));
      if (verdict === 'refused') conn.toDownloader(() => conn.downloader.onRefused(conn, chunk, mayGive));
    }
  }

  cancel(conn: Connection<SimPeer>, chunks: readonly number[]): void {
    for (const chunk of chunks) {
      this.queue.cancel(conn.id, FILE, chunk);
      this.stopSending(`${conn.id}/${chunk}`);
    }
  }

  /** Something waits to be sent, or the end of the pass to be told. */
  get mayStart(): boolean {
    return this.queue.waiting > 0 || (this.pass?.isOver === true && !this.passAnnounced);
  }

  private stopSending(key: string): void {
    const sending = this.sending.get(key);
    if (sending !== undefined) sending.cancelled = true;
    this.sending.delete(key);
  }

  /** Starts all that may be started now. */
  pump(): void {
    const { now } = this.around.time;
    for (let sends = this.queue.next(now); sends.length > 0; sends = this.queue.next(now)) {
      for (const { conn, chunk } of sends) this.begin(this.byConn.get(conn) as Connection<SimPeer>, chunk);
    }
    this.announceEndOfPass();
  }

  private begin(conn: Connection<SimPeer>, asked: number): void {
    const to = conn.downloader.id;
    const chunk = asked === ANY ? this.pass?.grant(conn.downloaderHas, to) : asked;
    if (asked === ANY) this.queue.granted(conn.id, FILE, chunk);
    else if (this.isGranting) this.pass?.gave(asked, to);
    if (chunk === undefined) conn.toDownloader(() => conn.downloader.onNone(conn));
    else this.send(conn, chunk);
  }

  private announceEndOfPass(): void {
    if (this.pass?.isOver !== true || this.passAnnounced) return;
    this.passAnnounced = true;
    for (const conn of this.links.values()) {
      const facts = this.announcement();
      conn.toDownloader(() => conn.downloader.onBitfield(conn, facts));
    }
  }

  private send(conn: Connection<SimPeer>, chunk: number): void {
    const key = `${conn.id}/${chunk}`;
    const sending = { cancelled: false };
    this.sending.set(key, sending);
    const size = this.parts.bytesOf(chunk);
    const right = isGood(this.parts);
    const blocks: Block[] = [];
    for (let offset = 0; offset < size; offset += this.blockBytes) {
      const bytes = Math.min(this.blockBytes, size - offset);
      const isLast = offset + bytes === size;
      const piece: Piece = { chunk, bytes, isFirst: offset === 0, isLast, right };
      blocks.push({
        bytes: conn.onWire(bytes),
        isCancelled: () => sending.cancelled || !conn.isOpenAt(this.self),
        left: () => {
          if (isLast && this.sending.get(key) === sending) this.sending.delete(key);
          conn.data(bytes, () => conn.downloader.onPiece(conn, piece));
        },
      });
    }
    this.self.uplink.send(conn, blocks);
  }
}
