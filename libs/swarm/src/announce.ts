/** Shortest and longest time that announcements of new chunks are collected, milliseconds. */
const COLLECT_MIN = 2;
const COLLECT_MAX = 60;
/** From this share of the file on, peers wait for single chunks: no collecting. */
const NEAR_END = 0.95;

/**
 * How long to collect HAVEs for the neighbours before they are sent (R9); the sender of a chunk is always told at once.
 * A 50th of the age of the download: early on, when one chunk is news for everybody, nearly at once.
 */
export const announceDelay = (ageMs: number, shareHeld: number): number =>
  shareHeld >= NEAR_END ? COLLECT_MIN : Math.min(COLLECT_MAX, Math.max(COLLECT_MIN, ageMs / 50));
