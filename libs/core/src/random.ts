/** The only way chance enters a pure part: a number in [0, 1). */
export type Random = () => number;

/** A repeatable generator for tests and simulations (mulberry32, public domain, Tommy Ettinger 2017). */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** `count` distinct members of `items` in random order (all of them when there are fewer). */
export const sample = <T>(items: readonly T[], count: number, random: Random): T[] => {
  const pool = [...items];
  const wanted = Math.min(count, pool.length);
  for (let position = 0; position < wanted; position++) {
    const other = position + Math.floor(random() * (pool.length - position));
    [pool[position], pool[other]] = [pool[other] as T, pool[position] as T];
  }
  return pool.slice(0, wanted);
};

/** `delay` spread evenly over [1 - share, 1 + share) times itself, so that many peers do not act at once. */
export const jittered = (delay: number, share: number, random: Random): number =>
  delay * (1 - share + 2 * share * random());
