import type { ShoalError } from '#core';
import type { Message } from '#wire';
import type { PeerExchange } from './peer-exchange.js';
import type { Session, SessionOwner } from './session.js';
import type { Uploads } from './uploads.js';

/** Connections that others dialled: they download from here, or just keep a link. */
export class Inbound implements SessionOwner {
  constructor(
    private readonly uploads: Uploads,
    private readonly exchange: PeerExchange,
  ) {}

  ready(): void {
    // Nothing to say first: the dialer knows what it wants.
  }

  message(session: Session, message: Message): void {
    switch (message.type) {
      case 'open':
        return this.uploads.open(session, message);
      case 'have':
        return this.uploads.have(session, message.ranges);
      case 'request':
        return this.uploads.request(session, message.chunks);
      case 'cancel':
        return this.uploads.cancel(session, message.chunks);
      case 'close-file':
        return this.uploads.leave(session);
      default:
        return this.exchange.message(session, message);
    }
  }

  closed(session: Session, _reason: ShoalError): void {
    this.uploads.leave(session);
    this.exchange.closed(session);
  }
}
