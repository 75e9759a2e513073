import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Queue, type ConnectionOptions } from 'bullmq';
import { JOBS, parseRedisUrl } from '#registry';

export interface JobBoard {
  /** Express middleware. */
  readonly router: ReturnType<ExpressAdapter['getRouter']>;
  close(): Promise<void>;
}

/** The steps of distributions and placements, to look at: nothing can be changed here. */
export const jobBoard = (
  redisUrl: string,
  networkId: string,
  path: string,
  onTrouble: (error: Error) => void,
): JobBoard => {
  const connection = parseRedisUrl(redisUrl) as ConnectionOptions;
  const queue = new Queue(JOBS.steps, { connection, prefix: JOBS.prefix(networkId) });
  queue.on('error', onTrouble);
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(path);
  createBullBoard({ queues: [new BullMQAdapter(queue, { readOnlyMode: true })], serverAdapter });
  return { router: serverAdapter.getRouter(), close: () => queue.close() };
};
