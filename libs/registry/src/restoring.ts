import type { NameFact, RestoreOutcome } from '#contracts';

/** For so long after a registry began, versions that peers gave back may replace each other, milliseconds. */
export const RESTORE_WINDOW_MS = 3_600_000;
/** A version that is given back may be so far ahead of the clock here, milliseconds. */
export const AHEAD_MS = 300_000;

/** What came of names that a peer knows. */
export interface Restored {
  /** The registry that answers. */
  readonly registry: string;
  /** One for each name. */
  readonly outcomes: readonly RestoreOutcome[];
}

export type { NameFact, RestoreOutcome };
