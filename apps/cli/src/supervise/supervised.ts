import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from './backoff.js';

/** A process that is told to end and does not is killed after this. */
const STOP_MS = 10_000;

export interface ProcessPlan {
  readonly name: string;
  /** Path of its JavaScript. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What the supervisor tells; a person reads it. */
export interface SupervisorOutput {
  /** One line that the process wrote. */
  line(name: string, text: string): void;
  /** Something that the supervisor did. */
  say(text: string): void;
}

/** One process that is started again whenever it ends, until it is stopped. */
export class Supervised {
  private child: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();
  private readonly backoff = new Backoff();
  private readonly stopping = new AbortController();

  constructor(
    private readonly plan: ProcessPlan,
    private readonly output: SupervisorOutput,
    private readonly now: () => number,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves when it was stopped and has ended. */
  async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const startedAt = this.now();
      const end = await this.once();
      if (this.stopping.signal.aborted) return;
      const wait = this.backoff.next(this.now() - startedAt);
      this.output.say(`${this.plan.name} ended (${end}); starting it again in ${wait / 1_000} s`);
      await delay(wait, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** SIGTERM, and SIGKILL when that is not enough. Idempotent. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.child?.kill('SIGTERM');
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(timer);
  }

  private async once(): Promise<string> {
    const { name, program, env } = this.plan;
    // The channel is its pipe to us: it closes when we are gone, and the process ends by itself then.
    const child = spawn(process.execPath, [program], {
      env: { ...env, SHOAL_PARENT_PIPE: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null)
        createInterface({ input: stream }).on('line', (text) => this.output.line(name, text));
    }
    if (child.pid !== undefined) this.output.say(`${name} is pid ${child.pid}`);
    const end = endOf(child);
    this.ended = end.then(() => undefined);
    return end;
  }
}

const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
