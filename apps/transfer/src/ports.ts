/** Steps of a distribution that run as jobs: done later, done again when they fail, done once each. */
export type Step =
  /** Send the commands of every row that waits. */
  | { readonly kind: 'start'; readonly distributionId: string }
  /** See how far a placement (or 'all') is, and do what comes next. `look`: each has a job of its own. */
  | { readonly kind: 'place'; readonly distributionId: string; readonly look: string }
  /** Tell the world what the outbox holds. */
  | { readonly kind: 'announce'; readonly distributionId: string };

export interface Steps {
  /** Durable when it resolves. The same step twice is one job while it waits or runs. */
  add(step: Step, afterMs?: number): Promise<void>;
}
