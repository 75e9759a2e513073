import { connect } from 'node:net';
import { ShoalError, type Incarnation, type PeerId } from '#core';
import { ENGINE_LIMITS } from '../engine-limits.js';
import { handshakeOptions, type Introduction, type SessionTable } from './session-table.js';
import { Session, type SessionOwner } from './session.js';

export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** Anyone else who answers is refused; what is left out is not compared. */
  readonly expected?: { readonly peerId?: PeerId; readonly incarnation?: Incarnation };
}

/** Opens connections whose bytes are read straight to where they belong (only dialled sockets can do that). */
export class Dialer {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly introduction: Introduction,
    private readonly table: SessionTable,
    private readonly now: () => number,
  ) {}

  /**
   * The owner hears `ready`, or `closed` when no connection or no handshake came about (at the earliest in the next turn
   * of the event loop). Dials past the cap wait for their turn. To give up, close the session.
   */
  dial(target: DialTarget, owner: SessionOwner): Session {
    const session = new Session({
      handshake: handshakeOptions('dialer', this.introduction, target.expected),
      now: this.now,
      owner: this.counted(owner),
    });
    this.waiting.push(() => (session.closed ? undefined : this.connect(target, session)));
    setImmediate(() => this.next());
    return session;
  }

  private next(): void {
    while (this.running < ENGINE_LIMITS.dials) {
      const begin = this.waiting.shift();
      if (begin === undefined) return;
      begin();
    }
  }

  private connect(target: DialTarget, session: Session): void {
    this.running++;
    this.table.add(session);
    const dialledAt = this.now();
    const socket = connect({
      host: target.host,
      port: target.port,
      noDelay: true,
      onread: {
        buffer: () => session.nextBuffer(),
        callback: (count) => {
          session.committed(count);
          return true;
        },
      },
    });
    const fail = (why: string): void => {
      socket.destroy();
      session.fail(new ShoalError('peer-unreachable', why, { retry: 'transient' }));
    };
    const timer = setTimeout(() => fail(`${where(target)} did not answer`), ENGINE_LIMITS.dialMs);
    const refused = (error: Error): void => fail(`${where(target)}: ${error.message}`);
    socket.once('error', refused);
    socket.once('close', () => clearTimeout(timer));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', refused);
      if (session.closed) socket.destroy();
      else session.start(socket, this.now() - dialledAt);
    });
  }

  /** The owner, and the end of the dial noticed. */
  private counted(owner: SessionOwner): SessionOwner {
    let over = false;
    const finish = (session: Session): void => {
      if (over || !this.table.has(session)) return;
      over = true;
      this.running--;
      this.next();
    };
    const { reserve, arrived } = owner;
    return {
      ready: (session) => {
        finish(session);
        owner.ready(session);
      },
      message: (session, message) => owner.message(session, message),
      closed: (session, reason) => {
        finish(session);
        this.table.delete(session);
        owner.closed(session, reason);
      },
      ...(reserve === undefined ? {} : { reserve: reserve.bind(owner) }),
      ...(arrived === undefined ? {} : { arrived: arrived.bind(owner) }),
    };
  }
}

const where = ({ host, port }: DialTarget): string => `${host}:${port}`;
