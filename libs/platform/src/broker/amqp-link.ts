import { setTimeout as wait } from 'node:timers/promises';
import { connect } from 'amqplib';
import type { ChannelModel } from 'amqplib';
import { jittered, type Random, type ShoalError } from '#core';
import { connectError } from './amqp-errors.js';
import { attemptOrder, withHeartbeat } from './amqp-url.js';
import { BROKER_LIMITS } from './broker-limits.js';

/** Something that lives until `ended` resolves. */
export interface Living {
  readonly ended: Promise<unknown>;
}

export interface LinkSteps<S extends Living> {
  /** Makes a session at one URL; rejects with a ShoalError. */
  dial(url: string): Promise<S>;
  /** The session is ready; it lasts until its `ended`. */
  onReady(session: S): void;
  onEnded(session: S): Promise<void>;
  /** Every URL failed; the errors in the order of the attempts. Another round follows. */
  onFailed(errors: readonly ShoalError[], round: number): void;
}

/** Keeps one session alive for ever: dials, waits for its end, dials again with a growing, jittered wait. */
export class AmqpLink<S extends Living> {
  private readonly ending = new AbortController();

  constructor(
    private readonly urls: readonly string[],
    private readonly steps: LinkSteps<S>,
    private readonly random: Random,
  ) {}

  stop(): void {
    this.ending.abort();
  }

  async run(): Promise<void> {
    let round = 0;
    while (!this.stopped) {
      const session = await this.dialRound(round);
      const settled = session !== undefined && (await this.live(session));
      round = settled ? 0 : round + 1;
      await this.pause(round);
    }
  }

  private get stopped(): boolean {
    return this.ending.signal.aborted;
  }

  private async dialRound(round: number): Promise<S | undefined> {
    const errors: ShoalError[] = [];
    for (const url of attemptOrder(this.urls, round, this.random)) {
      if (this.stopped) return undefined;
      try {
        return await this.steps.dial(url);
      } catch (thrown) {
        errors.push(connectError(thrown, url));
      }
    }
    if (!this.stopped) this.steps.onFailed(errors, round);
    return undefined;
  }

  /** Resolves at the end of the session: true when it lasted long enough to start counting anew. */
  private async live(session: S): Promise<boolean> {
    const since = performance.now();
    this.steps.onReady(session);
    await session.ended;
    await this.steps.onEnded(session);
    return performance.now() - since >= BROKER_LIMITS.settledSession;
  }

  private async pause(round: number): Promise<void> {
    const longest = Math.min(
      BROKER_LIMITS.retryLongest,
      BROKER_LIMITS.retryFirst * 2 ** Math.max(0, round - 1),
    );
    await wait(jittered(longest / 2, 1, this.random), undefined, { signal: this.ending.signal }).catch(
      () => {},
    );
  }
}

/** A TCP connection with the AMQP handshake done. `name` shows on the broker's admin page; `heartbeat` is in seconds. */
export const openConnection = async (
  url: string,
  name: string,
  heartbeat: number = BROKER_LIMITS.heartbeatSeconds,
): Promise<ChannelModel> => {
  try {
    return await connect(withHeartbeat(url, heartbeat), {
      clientProperties: { connection_name: name },
      noDelay: true,
      keepAlive: true,
      timeout: BROKER_LIMITS.connectTimeout,
    });
  } catch (thrown) {
    throw connectError(thrown, url);
  }
};
