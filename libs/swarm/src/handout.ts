/**
 * How many of a handout's `limit` holders are complete ones, of `complete` and `partial` that could be given: half, more where
 * partial ones are few, and a guaranteed way to a complete copy while there is one. `HOLDERS` (registry) is the same in Lua.
 */
export const completeShare = (limit: number, complete: number, partial: number): number =>
  Math.min(complete, Math.max(Math.ceil(limit / 2), limit - partial));
