import { Queue, Worker, type ConnectionOptions, type JobsOptions } from 'bullmq';
import type { Step, Steps } from './ports.js';

export const STEPS_QUEUE = 'steps';

/** A step that fails (Redis or the broker is away) is tried again for about ten minutes, later each time. */
const JOB: JobsOptions = {
  attempts: 12,
  backoff: { type: 'exponential', delay: 250 },
  removeOnComplete: true,
  removeOnFail: { age: 7 * 24 * 3_600, count: 10_000 },
};
const CONCURRENCY = 4;

export interface BullStepsOptions {
  readonly connection: ConnectionOptions;
  /** Of BullMQ's keys in Redis. */
  readonly prefix: string;
  readonly onTrouble: (step: string, error: Error) => void;
}

/** Steps as BullMQ jobs. The job's id is the step's: adding it twice while it waits changes nothing. */
export class BullSteps implements Steps {
  private readonly queue: Queue<Step>;
  private worker: Worker<Step> | undefined;

  constructor(private readonly options: BullStepsOptions) {
    const { connection, prefix } = options;
    this.queue = new Queue<Step>(STEPS_QUEUE, { connection, prefix, defaultJobOptions: JOB });
    this.queue.on('error', (error) => options.onTrouble('the step queue', error));
  }

  async add(step: Step): Promise<void> {
    await this.queue.add(step.kind, step, { jobId: `${step.kind}-${step.distributionId}` });
  }

  /** Starts to run steps, also those that an earlier process left. */
  run(handler: (step: Step) => Promise<void>): void {
    const { connection, prefix, onTrouble } = this.options;
    this.worker = new Worker<Step>(STEPS_QUEUE, (job) => handler(job.data), {
      connection,
      prefix,
      concurrency: CONCURRENCY,
    });
    this.worker.on('error', (error) => onTrouble('the step worker', error));
    this.worker.on('failed', (job, error) => onTrouble(job?.id ?? 'a step', error));
  }

  /** Waits for the steps that run. */
  async close(): Promise<void> {
    await this.worker?.close();
    await this.queue.close();
  }
}
