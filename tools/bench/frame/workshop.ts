import { Run } from '../../run/run.js';
import { runBase } from '../../run/run-base.js';
import { startServices } from '../../services/start-services.js';
import type { Services } from '../../services/services.js';
import { Warmer } from '../measure/warm.js';
import type { Options } from './options.js';

/** A file system in memory. */
const MEMORY = '/dev/shm';

/** What every bench works with. */
export class Workshop {
  private readonly warmer: Warmer;
  private started: Promise<Services> | undefined;

  private constructor(
    /** Processes, and files on disk. */
    readonly run: Run,
    /** Files in memory; the same as `run` where there is no such file system. */
    readonly memory: Run,
    readonly options: Options,
    readonly stopped: AbortSignal,
    readonly say: (line: string) => void,
  ) {
    this.warmer = new Warmer(`${run.folder}/holes`);
  }

  static async open(options: Options, stopped: AbortSignal, say: (line: string) => void): Promise<Workshop> {
    const run = await Run.open({ command: 'npm run bench' });
    const memory = await memoryRun(run);
    return new Workshop(run, memory, options, stopped, say);
  }

  /**
   * A broker and a Redis of this command's own, one for all benches.
   * @param listen addresses, besides loopback, on which peers reach the broker
   */
  services(listen: readonly string[] = []): Promise<Services> {
    const environment = { ...process.env, AMQP_URL: undefined, REDIS_URL: undefined };
    this.started ??= startServices(this.run, { say: this.say, environment, listen, anyNetwork: true });
    return this.started;
  }

  /** Fills free memory and reads these files; nothing in a quick run. */
  async warm(files: readonly string[]): Promise<void> {
    if (!this.options.quick) await this.warmer.warm(files, this.stopped);
  }

  async close(): Promise<void> {
    await (await this.started?.catch(() => undefined))?.stop();
    await this.memory.close();
    await this.run.close();
  }
}

const memoryRun = async (run: Run): Promise<Run> => {
  try {
    return await Run.open({ command: 'npm run bench', base: runBase(MEMORY) });
  } catch {
    return run;
  }
};
