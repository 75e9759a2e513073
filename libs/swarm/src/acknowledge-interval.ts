/** Messages a second that all peers together send about what they hold: what anchors are to cope with. */
const PER_SECOND = 2_000;
/** ... and never more often than this each, milliseconds: who begins to download need not know of every chunk at once. */
const LEAST_MS = 500;

/** Milliseconds between two acknowledgements of one peer, when so many are in the network. */
export const acknowledgeInterval = (peers: number): number =>
  Math.max(LEAST_MS, Math.ceil((peers / PER_SECOND) * 1_000));
