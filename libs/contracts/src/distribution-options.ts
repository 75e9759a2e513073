import { z } from 'zod';
import { DEFAULT_PRIORITY, HIGHEST_PRIORITY } from '#core';
import { MESSAGE_LIMITS } from './limits.js';
import { timestamp } from './fields.js';

/** A target as it was written; `parseTarget` says what it means. */
export const target = z.union(
  [z.string().min(1).max(MESSAGE_LIMITS.selectorCharacters), z.record(z.string(), z.unknown())],
  `must be text of at most ${MESSAGE_LIMITS.selectorCharacters} characters, or a selector as JSON`,
);

export const priority = z.number().int().min(0).max(HIGHEST_PRIORITY);

/** Milliseconds since 1970, or a date as ISO 8601 has it with its offset: `2026-12-01T06:00:00Z`. */
const moment = z.union(
  [timestamp, z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))],
  'must be milliseconds since 1970 or a date like 2026-12-01T06:00:00Z',
);

const share = z.number().gt(0, 'must be more than 0').max(1, 'must be at most 1');
/** Targets of the first waves: how many are in it and all waves before it, `5` or `"10%"`. */
const wave = z.union(
  [
    z.number().int().min(1).max(MESSAGE_LIMITS.targets),
    z
      .string()
      .regex(/^\d{1,3}(\.\d{1,3})?%$/)
      .refine((text) => Number.parseFloat(text) > 0 && Number.parseFloat(text) <= 100),
  ],
  'must be a number of targets or a share of them like "10%"',
);

/** How a distribution goes about it. */
export const distributionOptions = z.object({
  /** 9 goes first. */
  priority: priority.default(DEFAULT_PRIORITY),
  startAt: moment.optional(),
  /** What is not done by then has failed. */
  deadline: moment.optional(),
  /** Targets that download at the same time; all when left out. */
  concurrency: z.number().int().min(1).max(MESSAGE_LIMITS.targets).optional(),
  /** First so few, then more; the rest comes after the last wave named. All at once when left out. */
  waves: z.array(wave).max(MESSAGE_LIMITS.waves).optional(),
  /** A wave starts when this share of all targets before it is done. */
  successShare: share.default(1),
  /** When this share of the targets up to the current wave has failed, all is given up. */
  abortShare: share.optional(),
  /** Tries after the first, for failures that may pass. */
  retries: z.number().int().min(0).max(MESSAGE_LIMITS.retries).default(3),
  /** Before the first of them, milliseconds; twice as long before each further one. */
  retryDelayMs: z.number().int().min(0).max(MESSAGE_LIMITS.retryDelayMs).default(2_000),
  /** Whatever is published under the name later, and whoever joins later and is meant, too. */
  follow: z.boolean().default(false),
});
export type DistributionOptions = z.output<typeof distributionOptions>;

export const startsBeforeItsDeadline = ({
  startAt,
  deadline,
}: Pick<DistributionOptions, 'startAt' | 'deadline'>): boolean =>
  startAt === undefined || deadline === undefined || startAt < deadline;
