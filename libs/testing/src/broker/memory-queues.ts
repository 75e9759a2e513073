import type { IncomingMessage } from '#platform';

type Taker = (message: IncomingMessage) => void;

interface MemoryQueue {
  readonly name: string;
  readonly bindings: { readonly exchange: string; readonly key: string }[];
  readonly waiting: IncomingMessage[];
  /** Each takes one message when it is called; it is gone then. */
  readonly takers: Taker[];
}

/** Exchanges and queues as a broker has them, without a network: topic routing, the default exchange, returns. */
export class MemoryQueues {
  private readonly queues = new Map<string, MemoryQueue>();

  declare(name: string, bindings: readonly { readonly exchange: string; readonly key: string }[] = []): void {
    const queue = this.queues.get(name) ?? { name, bindings: [], waiting: [], takers: [] };
    queue.bindings.push(...bindings);
    this.queues.set(name, queue);
  }

  has(name: string): boolean {
    return this.queues.has(name);
  }

  /** Messages that nobody has taken yet, oldest first. */
  waitingIn(name: string): readonly IncomingMessage[] {
    return this.queues.get(name)?.waiting ?? [];
  }

  /** Number of queues that got the message. */
  route(message: Omit<IncomingMessage, 'queue'>): number {
    const takers = [...this.queues.values()].filter((queue) => takes(queue, message));
    for (const queue of takers) this.put(queue, { ...message, queue: queue.name });
    return takers.length;
  }

  giveBack(message: IncomingMessage): void {
    const queue = this.queues.get(message.queue);
    if (queue === undefined) return;
    queue.waiting.unshift({ ...message, redelivered: true });
    this.serve(queue);
  }

  /** Calls `taker` with the next message, at once or when it comes. Returns how to withdraw. */
  take(name: string, taker: Taker): () => void {
    const queue = this.queues.get(name);
    if (queue === undefined) throw new Error(`no queue ${name}`);
    queue.takers.push(taker);
    this.serve(queue);
    return () => {
      const at = queue.takers.indexOf(taker);
      if (at >= 0) queue.takers.splice(at, 1);
    };
  }

  private put(queue: MemoryQueue, message: IncomingMessage): void {
    queue.waiting.push(message);
    this.serve(queue);
  }

  private serve(queue: MemoryQueue): void {
    while (queue.waiting.length > 0 && queue.takers.length > 0) {
      const message = queue.waiting.shift() as IncomingMessage;
      (queue.takers.shift() as Taker)(message);
    }
  }
}

const takes = (queue: MemoryQueue, { exchange, routingKey }: Omit<IncomingMessage, 'queue'>): boolean =>
  exchange === ''
    ? queue.name === routingKey
    : queue.bindings.some(
        (binding) => binding.exchange === exchange && topicMatches(binding.key, routingKey),
      );

/** `*` is one word, `#` any number of words. */
export const topicMatches = (pattern: string, key: string): boolean =>
  wordsMatch(pattern.split('.'), key === '' ? [] : key.split('.'));

const wordsMatch = (pattern: readonly string[], words: readonly string[]): boolean => {
  const [first, ...rest] = pattern;
  if (first === undefined) return words.length === 0;
  if (first === '#') return words.some((_, at) => wordsMatch(rest, words.slice(at))) || wordsMatch(rest, []);
  return words.length > 0 && (first === '*' || first === words[0]) && wordsMatch(rest, words.slice(1));
};
