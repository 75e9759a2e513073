/** Steps of a distribution that run as jobs: done later, done again when they fail, done once each. */
export type Step =
  /** Send the commands of every row that waits. */
  | { readonly kind: 'start'; readonly distributionId: string }
  /** Tell the world what the outbox holds. */
  | { readonly kind: 'announce'; readonly distributionId: string };

export interface Steps {
  /** Durable when it resolves. The same step twice is one job while it waits or runs. */
  add(step: Step): Promise<void>;
}
