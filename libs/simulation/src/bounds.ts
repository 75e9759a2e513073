/** What a transfer cannot be faster than, milliseconds; rates in bytes a millisecond. */
export interface BoundFacts {
  /** Bytes that every peer needs. */
  readonly bytes: number;
  /** ... of them those that only the seeders have. */
  readonly seededBytes: number;
  readonly chunkBytes: number;
  readonly seederRates: readonly number[];
  readonly up: readonly number[];
  readonly down: readonly number[];
}

/** max(F/us, F/dmin, N F/(us + sum ui)): Mundinger, Weber, Weiss 2008. */
export const fluidBound = ({ bytes, seededBytes, seederRates, up, down }: BoundFacts): number => {
  const seeders = sum(seederRates);
  const slowest = down.reduce((least, rate) => Math.min(least, rate), Infinity);
  return Math.max(seededBytes / seeders, bytes / slowest, (up.length * bytes) / (seeders + sum(up)));
};

/**
 * As above for a file in chunks that are passed on only when they are whole: the last chunk that a seeder sends out is then at
 * two places, and reaches all in so many doublings as it takes at the fastest uplink.
 */
export const chunkedBound = (facts: BoundFacts): number => {
  const fastest = [...facts.up, ...facts.seederRates].reduce((most, rate) => Math.max(most, rate), 0);
  const doublings = Math.floor(Math.log2(Math.max(1, facts.up.length)));
  const firstPass = facts.seededBytes / sum(facts.seederRates);
  return Math.max(fluidBound(facts), firstPass + (doublings * facts.chunkBytes) / fastest);
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
