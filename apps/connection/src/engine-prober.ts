import type { ShoalError } from '#core';
import { probePeer } from '#engine';
import type { PeerRecord } from '#registry';
import type { DialOutcome, Prober } from './ports.js';

/** Connecting and the handshake together, milliseconds. A machine that lost its network does not answer at all. */
const PROBE_TIMEOUT = 2_000;
/** It is this machine that cannot dial or resolve a name: that says nothing about the peer. */
const OWN_TROUBLE = /\b(EMFILE|ENFILE|ENOBUFS|ENOMEM|EADDRNOTAVAIL|ENETDOWN|EAI_AGAIN)\b/;

/** Knocks with the chunk protocol's own handshake, in which the other side proves its key. */
export class EngineProber implements Prober {
  constructor(
    private readonly networkId: string,
    private readonly probe: typeof probePeer = probePeer,
  ) {}

  async dial({
    peerId,
    incarnation,
    address,
  }: Pick<PeerRecord, 'peerId' | 'incarnation' | 'address'>): Promise<DialOutcome> {
    try {
      await this.probe({ networkId: this.networkId, peerId, incarnation, ...address }, PROBE_TIMEOUT);
      return 'same';
    } catch (thrown) {
      return outcomeOf(thrown as ShoalError);
    }
  }
}

const outcomeOf = (error: ShoalError): DialOutcome => {
  if (error.code === 'stale') return 'other-incarnation';
  // Doubt keeps a peer: it is looked at again.
  return OWN_TROUBLE.test(error.message) ? 'same' : 'gone';
};
