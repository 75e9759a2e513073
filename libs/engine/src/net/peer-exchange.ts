import { sample, type FileId, type PeerId, type Random } from '#core';
import { WIRE_LIMITS, type ExchangedPeer, type Message, type Peers } from '#wire';
import { ShoalError } from '#core';
import type { ManifestExchange } from './manifest-exchange.js';
import type { Session } from './session.js';

export interface PeerExchangeParts {
  /** Known peers of a file (this one too, when it holds it), or of the network. */
  readonly peersOf: (fileId: FileId | undefined) => Iterable<ExchangedPeer>;
  /** Peers of a file, told by a peer; nothing about them is proven. */
  readonly told: (fileId: FileId, peers: readonly ExchangedPeer[]) => void;
  readonly manifests: ManifestExchange;
  readonly random: Random;
}

/** What peers ask each other on any connection, whatever it is used for otherwise. */
export class PeerExchange {
  constructor(private readonly parts: PeerExchangeParts) {}

  /** @throws ShoalError `bad-frame` for a message that is not of this kind */
  message(session: Session, message: Message): void {
    switch (message.type) {
      case 'get-peers':
        return this.tell(session, message.fileId);
      case 'peers':
        return this.received(message);
      case 'get-manifest':
        return this.parts.manifests.serve(session, message.fileId);
      case 'manifest':
        return this.parts.manifests.received(session, message);
      default:
        throw new ShoalError('bad-frame', `${message.type} has no place on this connection`);
    }
  }

  closed(session: Session): void {
    this.parts.manifests.closed(session);
  }

  /** Some of those who are known to have a file, or to be in the network; the answer to GET_PEERS. */
  tell(session: Session, fileId: FileId | undefined): void {
    const known = new Map<PeerId, ExchangedPeer>();
    for (const peer of this.parts.peersOf(fileId)) if (peer.port !== 0) known.set(peer.peerId, peer);
    known.delete(session.remote.peerId);
    const peers = sample([...known.values()], WIRE_LIMITS.peers, this.parts.random);
    session.send({ type: 'peers', peers, ...(fileId === undefined ? {} : { fileId }) });
  }

  private received({ fileId, peers }: Peers): void {
    if (fileId !== undefined) this.parts.told(fileId, peers);
  }
}
