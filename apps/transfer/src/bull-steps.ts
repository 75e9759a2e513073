import { Queue, Worker, type ConnectionOptions, type JobsOptions } from 'bullmq';
import type { RedisOptions } from 'ioredis';
import { HIGHEST_PRIORITY } from '#core';
import { fromRedisError, JOBS } from '#registry';
import type { Step, Steps } from './ports.js';

/**
 * A step that fails (Redis or the broker is away) is tried again for about ten minutes, later each time. One that failed for
 * good leaves nothing behind: its rows are still there, and the next start of a transfer process takes them up.
 */
const JOB: JobsOptions = {
  attempts: 12,
  backoff: { type: 'exponential', delay: 250 },
  removeOnComplete: true,
  removeOnFail: true,
};
const CONCURRENCY = 4;
/**
 * A step whose process died is another one's after about the time of a lock and of a look for lost locks, milliseconds. A process
 * that is only too busy to renew its lock loses the step as well: doing it again is harmless, and so is doing it often.
 */
const LOCK_MS = 6_000;
const LOOK_FOR_LOST_MS = 3_000;
const LOST_TIMES_MAX = 100;
/** A regular step that has not come for so many of its times has stopped. */
const LATE_TIMES = 5;

export interface BullStepsOptions {
  readonly redis: RedisOptions;
  /** Of BullMQ's keys in Redis. */
  readonly prefix: string;
  readonly onTrouble: (step: string, error: Error) => void;
}

/** Steps as BullMQ jobs. The job's id is the step's: adding it twice while it waits changes nothing. */
export class BullSteps implements Steps {
  private queue: Queue<Step> | undefined;
  private worker: Worker<Step> | undefined;

  constructor(private readonly options: BullStepsOptions) {}

  /** Adds work from now on. A call fails at once while Redis is away. */
  start(): void {
    const { redis, prefix, onTrouble } = this.options;
    const connection = connectionOf(redis, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
    this.queue = new Queue<Step>(JOBS.steps, { connection, prefix, defaultJobOptions: JOB });
    this.queue.on('error', (error) => onTrouble('the step queue', error));
  }

  /** Runs steps from now on, also those that an earlier process left. */
  run(handler: (step: Step) => Promise<void>): void {
    const { redis, prefix, onTrouble } = this.options;
    // BullMQ's worker waits in a blocking call and wants it to wait for Redis as long as it takes.
    const connection = connectionOf(redis, { maxRetriesPerRequest: null });
    this.worker = new Worker<Step>(JOBS.steps, (job) => handler(job.data), {
      connection,
      prefix,
      concurrency: CONCURRENCY,
      lockDuration: LOCK_MS,
      stalledInterval: LOOK_FOR_LOST_MS,
      maxStalledCount: LOST_TIMES_MAX,
    });
    this.worker.on('error', (error) => onTrouble('the step worker', error));
    this.worker.on('failed', (job, error) => onTrouble(job?.id ?? 'a step', error));
  }

  async add(step: Step, afterMs = 0): Promise<void> {
    if (this.queue === undefined) throw new Error('steps are added before the queue is started');
    try {
      await this.queue.add(step.kind, step, { jobId: jobIdOf(step), delay: afterMs, ...priorityOf(step) });
    } catch (error) {
      throw fromRedisError(error);
    }
  }

  /** Adds this step again and again from now on, once for all transfer processes of a network, unless it comes already. */
  async repeat(step: Step, everyMs: number): Promise<void> {
    const id = `${step.kind}-regularly`;
    const there = await this.queue?.getJobScheduler(id);
    const isLate = (there?.next ?? 0) < Date.now() - LATE_TIMES * everyMs;
    if (there?.every === everyMs && !isLate) return;
    await this.queue?.upsertJobScheduler(
      id,
      { every: everyMs },
      { name: step.kind, data: step, opts: { attempts: 1, removeOnComplete: true, removeOnFail: true } },
    );
  }

  /** Waits for the steps that run. */
  async stop(): Promise<void> {
    await this.worker?.close();
    await this.queue?.close();
  }
}

const jobIdOf = (step: Step): string => {
  const which = 'look' in step ? `-${step.look}` : 'why' in step ? `-${step.why}` : '';
  return `${step.kind}-${step.distributionId}${which}`;
};

/** BullMQ takes jobs without a priority first, then those with the lowest number: what ends or tells something never waits. */
const priorityOf = (step: Step): { priority?: number } =>
  step.kind === 'start' ? { priority: 1 + HIGHEST_PRIORITY - step.priority } : {};

/** BullMQ hands these to ioredis; its own type of them is narrower than ioredis's. */
const connectionOf = (redis: RedisOptions, more: RedisOptions): ConnectionOptions =>
  ({ ...redis, ...more }) as ConnectionOptions;
