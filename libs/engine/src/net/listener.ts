import { createServer, type Server, type Socket } from 'node:net';
import { ShoalError } from '#core';
import { ENGINE_LIMITS } from '../engine-limits.js';
import { handshakeOptions, type Introduction, type SessionTable } from './session-table.js';
import { Session, type SessionOwner } from './session.js';

export interface ListenRange {
  readonly host: string;
  readonly port: number;
  /** The first free port from `port` to here is taken; only `port` when left out. */
  readonly lastPort?: number;
}

/** Takes connections, at most so many in all, from one address before their handshake, and from one peer after it. */
export class Listener {
  private server: Server | undefined;
  private readonly halfOpen = new Map<Session, string>();
  private readonly handedOn = new WeakSet<Session>();
  private accepted = 0;

  constructor(
    private readonly introduction: Introduction,
    private readonly table: SessionTable,
    private readonly owner: SessionOwner,
    private readonly now: () => number,
  ) {}

  /** Returns the port. @throws ShoalError `bad-config` when none is free or the address is not this machine's */
  async start(range: ListenRange): Promise<number> {
    const last = range.lastPort ?? range.port;
    for (let port = range.port; ; port++) {
      try {
        return await this.listen(range.host, port);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE' && port < last) continue;
        throw new ShoalError(
          'bad-config',
          `cannot listen on ${range.host}:${port}: ${(error as Error).message}`,
          {
            hint: 'Choose another address or port for chunks.',
            cause: error,
          },
        );
      }
    }
  }

  /** Takes no more connections; those that are there stay. */
  stop(): void {
    this.server?.close();
    this.server = undefined;
  }

  private listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true }, (socket) => this.accept(socket));
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        server.on('error', () => undefined);
        this.server = server;
        resolve((server.address() as { port: number }).port);
      });
    });
  }

  private accept(socket: Socket): void {
    const host = socket.remoteAddress ?? '';
    if (this.isFull(host)) {
      socket.destroy();
      return;
    }
    const session = new Session({
      handshake: handshakeOptions('listener', this.introduction, undefined),
      now: this.now,
      owner: {
        ready: (ready) => this.ready(ready),
        message: (from, message) => this.owner.message(from, message),
        closed: (ended, reason) => this.closed(ended, reason),
      },
    });
    this.accepted++;
    this.halfOpen.set(session, host);
    this.table.add(session);
    session.start(socket);
    socket.on('data', (bytes: Buffer) => session.received(bytes));
  }

  private isFull(host: string): boolean {
    if (this.accepted >= ENGINE_LIMITS.accepted || this.halfOpen.size >= ENGINE_LIMITS.halfOpen) return true;
    let same = 0;
    for (const other of this.halfOpen.values()) if (other === host) same++;
    return same >= ENGINE_LIMITS.halfOpenPerHost;
  }

  private ready(session: Session): void {
    this.halfOpen.delete(session);
    if (this.table.countOf('listener', session.remote.peerId) > ENGINE_LIMITS.acceptedPerPeer) {
      throw new ShoalError('limit-exceeded', 'too many connections from one peer');
    }
    this.handedOn.add(session);
    this.owner.ready(session);
  }

  /** The owner hears only of sessions that it was given. */
  private closed(session: Session, reason: ShoalError): void {
    this.accepted--;
    this.halfOpen.delete(session);
    this.table.delete(session);
    if (this.handedOn.has(session)) this.owner.closed(session, reason);
  }
}
