import type { Duplex } from 'node:stream';
import { asShoalError, ShoalError } from '#core';
import {
  encodeDataHeader,
  FrameDecoder,
  Handshake,
  type ControlMessage,
  type DataSink,
  type HandshakeOptions,
  type Message,
  type RemotePeer,
  type Role,
} from '#wire';
import { ENGINE_LIMITS } from '../engine-limits.js';
import { ControlOutbox } from './control-outbox.js';

/** Who uses a connection. Called in the order in which things happen; nothing after `closed`. */
export interface SessionOwner {
  /** The handshake is over: `session.remote` is proven. */
  ready(session: Session): void;
  /** @throws ShoalError to close the connection with that reason */
  message(session: Session, message: Message): void;
  /** Called once, whoever closed it and however far it came. */
  closed(session: Session, reason: ShoalError): void;
  /** As in DataSink, for a dialer that takes chunks. The place that it gives stays in use until `closed`. */
  reserve?(session: Session, chunk: number, offset: number, length: number): Uint8Array | undefined;
  arrived?(session: Session, chunk: number, bytes: number): void;
}

export interface SessionParts {
  readonly handshake: HandshakeOptions;
  readonly owner: SessionOwner;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Whoever watches a source hears of its bytes at least this often while they come, milliseconds. */
const TELL_WITHIN_MS = 50;

let nextId = 1;

/**
 * One connection: frames out, messages in, handshake first. It knows the protocol's order but not what a message is good
 * for. Whoever reads the socket calls `received` (bytes elsewhere) or `nextBuffer` and `committed` (bytes in place).
 */
export class Session {
  readonly id = nextId++;
  readonly role: Role;
  /** Milliseconds, for a dialer only: what connecting took, or the handshake if that was faster. Busy processors make both longer. */
  roundTripMs: number | undefined;
  lastReceivedAt: number;
  lastSentAt: number;
  private peer: RemotePeer | undefined;
  private isClosed = false;
  /** Since when a control frame is begun and not whole; undefined when none is. */
  frameSince: number | undefined;
  private toldAt = -Infinity;
  private readonly decoder: FrameDecoder;
  private readonly handshake: Handshake;
  private readonly owner: SessionOwner;
  private readonly now: () => number;
  private socket: Duplex | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private readonly holds = new Set<string>();
  private readonly outbox = new ControlOutbox((bytes) => this.write(bytes));

  constructor(parts: SessionParts) {
    this.role = parts.handshake.role;
    this.owner = parts.owner;
    this.now = parts.now;
    this.lastReceivedAt = this.lastSentAt = this.now();
    this.handshake = new Handshake(parts.handshake);
    this.decoder = new FrameDecoder(this.role, this.sink());
  }

  /** Begins the handshake on a socket that is connected; for a dialer, after so many milliseconds. */
  start(socket: Duplex, connectMs?: number): void {
    this.socket = socket;
    this.roundTripMs = connectMs;
    socket.on('error', (cause: Error) => this.ended(broken(cause)));
    socket.on('end', () => this.ended(lost('the other side closed the connection')));
    socket.on('close', () => this.ended(lost('the connection ended')));
    this.deadline = setTimeout(() => this.close(tooLate()), ENGINE_LIMITS.handshakeMs);
    this.lastSentAt = this.now();
    this.send(...this.handshake.start());
  }

  /** @throws Error before `ready` */
  get remote(): RemotePeer {
    if (this.peer === undefined) throw new Error('no handshake yet');
    return this.peer;
  }

  get isReady(): boolean {
    return this.peer !== undefined && !this.isClosed;
  }

  get closed(): boolean {
    return this.isClosed;
  }

  /** Bytes that the kernel has not taken yet. */
  get queuedBytes(): number {
    return (this.socket?.writableLength ?? 0) + this.outbox.bytes;
  }

  get isPaused(): boolean {
    return this.holds.size > 0;
  }

  /** Where to read to. Valid until the session is closed; then reading must have stopped. */
  nextBuffer(): Uint8Array {
    return this.decoder.nextBuffer();
  }

  committed(count: number): void {
    if (this.isClosed) return;
    const now = this.now();
    this.lastReceivedAt = now;
    if (now - this.toldAt < TELL_WITHIN_MS && this.decoder.skim(count)) return;
    this.toldAt = now;
    this.receive(() => this.decoder.commit(count));
  }

  received(bytes: Uint8Array): void {
    if (this.isClosed) return;
    this.lastReceivedAt = this.now();
    this.receive(() => this.decoder.push(bytes));
  }

  /** Sent in order, those that belong together in one write. A peer that does not read is closed. */
  send(...messages: readonly ControlMessage[]): void {
    if (this.isClosed || messages.length === 0) return;
    this.outbox.add(messages);
    this.checkQueue();
  }

  /** As `send`, but at the end of this turn of the event loop: in one write with what is decided until then. */
  sendThisTurn(message: ControlMessage): void {
    if (this.isClosed) return;
    this.outbox.addForTurn(message);
    this.checkQueue();
  }

  /**
   * A DATA frame, in writes of `writeBytes`, the first with the header. Once the kernel has all of it `bytes` may be used
   * again: at once when nothing is returned, else when the promise resolves.
   * @throws ShoalError when the connection ends before
   */
  sendData(chunk: number, offset: number, bytes: Uint8Array, writeBytes: number): Promise<void> | undefined {
    this.outbox.flush();
    const { socket } = this;
    if (this.isClosed || socket === undefined) throw lost('the connection is closed');
    this.lastSentAt = this.now();
    let settle: ((error?: Error | null) => void) | undefined;
    socket.cork();
    socket.write(encodeDataHeader(chunk, offset, bytes.length));
    for (let at = 0; at < bytes.length; at += writeBytes) {
      const end = Math.min(bytes.length, at + writeBytes);
      socket.write(bytes.subarray(at, end), end === bytes.length ? (error) => settle?.(error) : undefined);
      if (at === 0) socket.uncork();
    }
    // Mostly the kernel takes all of it during the call, which costs no promise then.
    if (socket.writableLength === 0) return undefined;
    return new Promise((resolve, reject) => {
      settle = (error) => (error ? reject(broken(error)) : resolve());
    });
  }

  /** Stops reading until every reason is lifted. TCP then slows the sender down. */
  hold(reason: string): void {
    if (this.holds.size === 0) this.socket?.pause();
    this.holds.add(reason);
  }

  release(reason: string): void {
    if (!this.holds.delete(reason) || this.holds.size > 0 || this.isClosed) return;
    this.lastReceivedAt = this.now();
    this.socket?.resume();
  }

  /** With a reason the other side is told; what waits is sent first. */
  close(reason?: ShoalError): void {
    if (this.isClosed) return;
    if (reason !== undefined)
      this.outbox.add([{ type: 'error', code: reason.code, message: reason.message }]);
    this.outbox.flush();
    this.ended(reason ?? lost('closed here'));
  }

  /** The connection could not be made, or broke. Nothing is sent any more. */
  fail(reason: ShoalError): void {
    this.ended(reason);
  }

  private checkQueue(): void {
    if (this.queuedBytes <= ENGINE_LIMITS.sendQueueBytes) return;
    this.close(new ShoalError('limit-exceeded', 'the other peer does not read what it asked for'));
  }

  private write(bytes: Buffer): void {
    if (this.isClosed || this.socket === undefined) return;
    this.lastSentAt = this.now();
    this.socket.write(bytes);
  }

  private receive(decode: () => readonly Message[]): void {
    try {
      const messages = decode();
      if (!this.decoder.isInFrame) this.frameSince = undefined;
      else if (messages.length > 0 || this.frameSince === undefined) this.frameSince = this.lastReceivedAt;
      for (const message of messages) {
        if (this.closed) return;
        this.handle(message);
      }
    } catch (error) {
      this.close(asShoalError(error));
    }
  }

  private handle(message: Message): void {
    if (this.peer === undefined) return this.shake(message);
    switch (message.type) {
      case 'ping':
        return this.send({ type: 'pong' });
      case 'pong':
        return;
      case 'error':
        return this.ended(new ShoalError(message.code, `the other peer: ${message.message}`));
      default:
        this.owner.message(this, message);
    }
  }

  private shake(message: Message): void {
    if (this.role === 'dialer' && message.type === 'hello') {
      this.roundTripMs = Math.min(this.roundTripMs ?? Infinity, this.now() - this.lastSentAt);
    }
    const { send, remote } = this.handshake.receive(message);
    this.send(...send);
    if (remote === undefined) return;
    clearTimeout(this.deadline);
    this.peer = remote;
    this.owner.ready(this);
  }

  /** None for whoever takes no chunks: DATA is a violation there. */
  private sink(): DataSink | undefined {
    const { owner } = this;
    if (this.role === 'listener' || owner.reserve === undefined) return undefined;
    return {
      reserve: (chunk, offset, length) => owner.reserve?.(this, chunk, offset, length),
      arrived: (chunk, bytes) => owner.arrived?.(this, chunk, bytes),
    };
  }

  private ended(reason: ShoalError): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.deadline);
    this.holds.clear();
    this.shut();
    this.owner.closed(this, reason);
  }

  /**
   * Lets what was written leave, but not for ever. A dialer stops reading at once, since the place that it reads to is
   * given back; a listener reads on and discards, since unread bytes would turn the end into a reset.
   */
  private shut(): void {
    const { socket } = this;
    if (socket === undefined || socket.destroyed) return;
    const giveUp = setTimeout(() => socket.destroy(), ENGINE_LIMITS.lingerMs);
    giveUp.unref();
    socket.once('close', () => clearTimeout(giveUp));
    if (this.role === 'dialer') {
      socket.pause();
      socket.end(() => socket.destroy());
    } else {
      socket.resume();
      socket.end();
    }
  }
}

const tooLate = (): ShoalError =>
  new ShoalError('timeout', 'the handshake took too long', { retry: 'transient' });

/** The other process died, or its machine closed the connection: how the kernel calls that helps nobody. */
const broken = (cause: Error): ShoalError => {
  const { code } = cause as NodeJS.ErrnoException;
  return lost(code === 'EPIPE' || code === 'ECONNRESET' ? 'the connection broke' : cause.message, cause);
};

const lost = (why: string, cause?: unknown): ShoalError =>
  new ShoalError('peer-unreachable', why, { retry: 'transient', ...(cause === undefined ? {} : { cause }) });
