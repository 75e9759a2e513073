import { ShoalError, asShoalError, type Incarnation, type PeerId } from '#core';
import type { RemotePeer } from '#wire';
import { Dialer } from './dialer.js';
import { ephemeralIdentity, type PeerIdentity } from './identity.js';
import { SessionTable } from './session-table.js';

export interface ProbeTarget {
  readonly networkId: string;
  readonly host: string;
  readonly port: number;
  readonly peerId: PeerId;
  /** Not compared when left out. */
  readonly incarnation?: Incarnation;
}

/** One for the process: making a key costs more than the rest of a probe. */
let prober: PeerIdentity | undefined;

/**
 * Dials a peer's chunk port once and does the handshake: resolves when that peer, in that incarnation, is there and
 * proved its key.
 * @throws ShoalError `peer-unreachable` | `timeout` (no answer) | `stale` (another incarnation) | `handshake-failed`
 * (another peer) | `wrong-network` | `wrong-version` | `bad-frame`
 */
export const probePeer = (target: ProbeTarget, timeoutMs: number): Promise<RemotePeer> => {
  const now = (): number => performance.now();
  const identity = (prober ??= ephemeralIdentity());
  const introduction = {
    identity,
    networkId: target.networkId,
    name: 'probe',
    host: '',
    port: 0,
    incarnation: 0,
  };
  const { host, port, peerId, incarnation } = target;
  const expected = { peerId, ...(incarnation === undefined ? {} : { incarnation }) };
  return new Promise((resolve, reject) => {
    const session = new Dialer(introduction, new SessionTable(now), now).dial(
      { host, port, expected },
      {
        ready: (ready) => {
          clearTimeout(timer);
          resolve(ready.remote);
          ready.close();
        },
        message: () => undefined,
        closed: (_session, reason) => {
          clearTimeout(timer);
          reject(asShoalError(reason));
        },
      },
    );
    const timer = setTimeout(() => {
      const reason = new ShoalError('timeout', `${host}:${port} did not answer in ${timeoutMs} ms`, {
        retry: 'transient',
      });
      session.fail(reason);
    }, timeoutMs);
  });
};
