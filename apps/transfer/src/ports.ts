/** Steps of a distribution that run as jobs: done later, done again when they fail, done once each. */
export type Step =
  /**
   * Send the commands of rows whose turn it is. `why` tells one turn from another: the state that made it due, or the moment.
   * Those of a higher priority (9) run first.
   */
  | {
      readonly kind: 'start';
      readonly distributionId: string;
      readonly why: string;
      readonly priority: number;
    }
  /** Its time is over: what is not done has failed. */
  | { readonly kind: 'deadline'; readonly distributionId: string; readonly why: string }
  /** Too many targets failed. */
  | { readonly kind: 'abort'; readonly distributionId: string; readonly why: string }
  /** Tell those that may run it still that it has ended. */
  | { readonly kind: 'stop'; readonly distributionId: string; readonly why: string }
  /** See how far a placement (or 'all') is, and do what comes next. `look`: each has a job of its own. */
  | { readonly kind: 'place'; readonly distributionId: string; readonly look: string }
  /** Look for targets that have gone without a word. */
  | { readonly kind: 'gone'; readonly distributionId: string }
  /** Look for running distributions of which a step was lost. */
  | { readonly kind: 'overdue'; readonly distributionId: string }
  /** Tell the world what the outbox holds. */
  | { readonly kind: 'announce'; readonly distributionId: string };

export interface Steps {
  /** Durable when it resolves. The same step twice is one job while it waits or runs. */
  add(step: Step, afterMs?: number): Promise<void>;
}
