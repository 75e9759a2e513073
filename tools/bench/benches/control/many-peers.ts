/** From so many peers on the broker is set as docs/OPERATIONS.md advises for thousands: it collects no statistics. */
const MANY_PEERS = 5_000;

export const withStatistics = (peers: number): boolean => peers < MANY_PEERS;

/** What a title says of it. */
export const statisticsOf = (peers: number): string =>
  withStatistics(peers) ? '' : '; the broker collects no statistics';
