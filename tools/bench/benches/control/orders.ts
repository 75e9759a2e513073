import type { FileId } from '#core';
import type { Pace } from './pace.js';

/** What the bench asks of a process of simulated peers. Each is answered once it is done. */
export type Order =
  | { readonly kind: 'connect'; readonly atOnce: number }
  /** Peers [from, to) of this process. */
  | { readonly kind: 'join'; readonly from: number; readonly to: number; readonly pace: Pace }
  /** How many messages each peer has sent and received since its join. */
  | { readonly kind: 'messages' }
  | { readonly kind: 'get'; readonly fileId: FileId; readonly count: number; readonly pace: Pace }
  | {
      readonly kind: 'acknowledge';
      readonly fileId: FileId;
      readonly chunkCount: number;
      /** Chunks in one message. */
      readonly batch: number;
      readonly atOnce: number;
    };

export interface OrderMessage {
  readonly id: number;
  readonly order: Order;
}

export interface Answer {
  readonly id: number;
  /** Milliseconds of each part of the work. */
  readonly times?: readonly number[];
  readonly error?: string;
}

/** What a process of simulated peers is told in its only argument. */
export interface CrowdPlan {
  readonly first: number;
  readonly count: number;
  readonly amqpUrl: string;
  readonly network: string;
  /** They offer storage and carry out download commands, as far as their control half goes. */
  readonly obeys?: boolean;
}
