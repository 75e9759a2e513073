import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { ShoalError } from '#core';
import { compiled } from '../../../run/project.js';
import type { Run } from '../../../run/run.js';
import type { Answer, CrowdPlan, Order } from './orders.js';

/** Connections of one process. */
const PEERS_PER_PROCESS = 2_500;

class Part {
  private orders = 0;

  constructor(
    private readonly child: ChildProcess,
    readonly count: number,
  ) {
    child.setMaxListeners(0);
  }

  static async start(run: Run, plan: CrowdPlan): Promise<Part> {
    const child = fork(compiled('tools/bench/benches/control/crowd-main'), [JSON.stringify(plan)], {
      env: { ...process.env, ...run.environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return new Part(child, plan.count);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async carryOut(order: Order): Promise<readonly number[]> {
    const id = ++this.orders;
    const answered = new Promise<Answer>((resolve, reject) => {
      this.child.on('message', (answer: Answer) => answer.id === id && resolve(answer));
      this.child.once('exit', () => reject(new ShoalError('internal', 'a process of simulated peers ended')));
    });
    this.child.send({ id, order });
    const { times, error } = await answered;
    if (error !== undefined) throw new ShoalError('internal', `${order.kind}: ${error}`);
    return times ?? [];
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

/** All simulated peers, in as many processes as their connections need. */
export class Crowd {
  private constructor(private readonly parts: readonly Part[]) {}

  static async start(run: Run, plan: Omit<CrowdPlan, 'first'>): Promise<Crowd> {
    const parts: Part[] = [];
    for (let first = 0; first < plan.count; first += PEERS_PER_PROCESS) {
      const count = Math.min(PEERS_PER_PROCESS, plan.count - first);
      parts.push(await Part.start(run, { ...plan, first, count }));
    }
    return new Crowd(parts);
  }

  get pids(): readonly number[] {
    return this.parts.map(({ pid }) => pid);
  }

  get processes(): number {
    return this.parts.length;
  }

  /** @param orderOf an order for a process with so many peers */
  async carryOut(orderOf: (count: number) => Order): Promise<number[]> {
    const times = await Promise.all(this.parts.map((part) => part.carryOut(orderOf(part.count))));
    return times.flat();
  }

  async stop(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.stop()));
  }
}
