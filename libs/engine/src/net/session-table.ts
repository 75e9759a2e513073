import { randomBytes } from 'node:crypto';
import { ShoalError, type Incarnation, type PeerId } from '#core';
import { NONCE_BYTES, type HandshakeOptions, type Role } from '#wire';
import { ENGINE_LIMITS } from '../engine-limits.js';
import type { PeerIdentity } from './identity.js';
import { verifySignature } from './identity.js';
import type { Session } from './session.js';

/** What this side says of itself in every handshake. */
export interface Introduction {
  readonly identity: PeerIdentity;
  readonly networkId: string;
  readonly name: string;
  /** Where it can be dialled; port 0 when it cannot. */
  readonly host: string;
  port: number;
  /** New handshakes carry the present value. */
  incarnation: Incarnation;
}

export const handshakeOptions = (
  role: Role,
  introduction: Introduction,
  expected: HandshakeOptions['expected'],
): HandshakeOptions => ({
  ...introduction,
  role,
  verify: verifySignature,
  nonce: randomBytes(NONCE_BYTES),
  ...(expected === undefined ? {} : { expected }),
});

/** All connections of an engine: keeps them alive, and ends the ones that are dead or too slow to say anything. */
export class SessionTable {
  private readonly sessions = new Set<Session>();
  private sweeper: NodeJS.Timeout | undefined;

  constructor(private readonly now: () => number) {}

  start(): void {
    this.sweeper ??= setInterval(() => this.sweep(), ENGINE_LIMITS.sweepMs);
    this.sweeper.unref();
  }

  add(session: Session): void {
    this.sessions.add(session);
  }

  has(session: Session): boolean {
    return this.sessions.has(session);
  }

  delete(session: Session): void {
    this.sessions.delete(session);
  }

  /** Connections that are past their handshake. */
  readySessions(): Session[] {
    return [...this.sessions].filter((session) => session.isReady);
  }

  /** Connections of one role that are past their handshake with this peer. */
  countOf(role: Role, peerId: PeerId): number {
    let count = 0;
    for (const session of this.sessions) {
      if (session.role === role && session.isReady && session.remote.peerId === peerId) count++;
    }
    return count;
  }

  closeAll(): void {
    clearInterval(this.sweeper);
    this.sweeper = undefined;
    for (const session of [...this.sessions]) session.close();
  }

  sweep(): void {
    const now = this.now();
    for (const session of [...this.sessions]) if (session.isReady) this.check(session, now);
  }

  private check(session: Session, now: number): void {
    const dead = session.isPaused ? undefined : latenessOf(session, now);
    if (dead !== undefined) return session.close(dead);
    // Also while it is paused: who is not read from must still hear that this side is alive.
    if (now - session.lastSentAt >= ENGINE_LIMITS.pingMs) session.send({ type: 'ping' });
  }
}

/** Why a connection that is read from is as good as dead. */
const latenessOf = ({ lastReceivedAt, frameSince }: Session, now: number): ShoalError | undefined => {
  if (now - lastReceivedAt > ENGINE_LIMITS.silenceMs) return late('it went silent');
  if (frameSince !== undefined && now - frameSince > ENGINE_LIMITS.frameMs)
    return late('a message did not end');
  return undefined;
};

const late = (why: string): ShoalError => new ShoalError('timeout', why, { retry: 'transient' });
