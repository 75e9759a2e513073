import { randomUUID } from 'node:crypto';
import { ShoalError } from '#core';
import { connectRedis, type RedisConnection } from '#registry';
import { within } from './within.js';

const PATIENCE_MS = 60_000;
/** What MONITOR tells as the source of a command that a script calls. */
const SCRIPT = 'lua';

export interface Commands {
  /** Sent by clients; a script is one. */
  readonly sent: number;
  /** Called inside scripts. */
  readonly inside: number;
}

/**
 * Counts what Redis carries out, by MONITOR: `INFO` mixes what clients send with what scripts call. It is exact but for what
 * MONITOR never shows (`AUTH`, `HELLO` and commands of administration, none of which a distribution needs). MONITOR costs Redis
 * time, so nothing else is measured meanwhile.
 */
export class CommandCount {
  private counts = { sent: 0, inside: 0 };

  private constructor(
    private readonly redis: RedisConnection,
    private readonly monitor: Awaited<ReturnType<RedisConnection['client']['monitor']>>,
  ) {}

  static async start(url: string): Promise<CommandCount> {
    const redis = await connectRedis(url, { name: 'bench' });
    const count = new CommandCount(redis, await redis.client.monitor());
    count.monitor.on('monitor', (_time: string, _words: string[], source: string) => {
      if (source === SCRIPT) count.counts.inside++;
      else count.counts.sent++;
    });
    return count;
  }

  /** What was carried out since the start; it ends with this. */
  async end(): Promise<Commands> {
    const mark = randomUUID();
    const seen = new Promise<Commands>((resolve) => {
      this.monitor.on('monitor', (_time: string, words: string[]) => {
        // The mark itself is no part of it.
        if (words[1] === mark) resolve({ ...this.counts, sent: this.counts.sent - 1 });
      });
    });
    await this.redis.client.echo(mark);
    const counts = await within(seen, PATIENCE_MS, 'the last command');
    this.stop();
    if (counts.sent === 0) throw new ShoalError('internal', 'Redis has carried out nothing');
    return counts;
  }

  stop(): void {
    this.monitor.disconnect();
    this.redis.client.disconnect();
  }
}
