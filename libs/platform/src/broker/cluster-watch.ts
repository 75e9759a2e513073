import { ShoalError } from '#core';
import { redactUrl } from './amqp-url.js';

/** Sees to it that all URLs of a list lead to one cluster: what one anchor's queues know, another's would not. */
export class ClusterWatch {
  /** Cluster that each URL led to the last time. */
  private readonly seen = new Map<string, string>();

  get latest(): string | undefined {
    return [...this.seen.values()].at(-1);
  }

  /** @throws ShoalError `bad-config` when another URL led elsewhere the last time */
  check(url: string, clusterName: string): void {
    this.seen.delete(url);
    const other = [...this.seen].find(([, name]) => name !== clusterName);
    this.seen.set(url, clusterName);
    if (other === undefined) return;
    throw new ShoalError(
      'bad-config',
      `${redactUrl(url)} belongs to the cluster "${clusterName}", ${redactUrl(other[0])} to "${other[1]}"`,
      { hint: 'All broker URLs of a process must be nodes of one RabbitMQ cluster.' },
    );
  }
}
