import { ShoalError, type Incarnation, type PeerId } from '#core';
import {
  REQUESTS,
  type CommandBody,
  type CommandName,
  type DownloadCommand,
  type FactBody,
  type FactName,
  type RequestBody,
} from '#contracts';
import type { Outgoing } from '#platform';
import type { Registries } from '#registry';
import { manifestOf, memoryRegistries, peerIdFor, peerRecord } from '#testing';
import { Advancing } from '../advancing.js';
import { Announcing } from '../announcing.js';
import { CatchingUp } from '../catching-up.js';
import { Commanding } from '../commanding.js';
import { Distributing } from '../distributing.js';
import { Ending } from '../ending.js';
import { Following } from '../following.js';
import { GoneTargets } from '../gone-targets.js';
import { Outcomes } from '../outcomes.js';
import { Overdue } from '../overdue.js';
import type { Step, Steps } from '../ports.js';
import { Reading } from '../reading.js';
import { Scheduling } from '../scheduling.js';
import { SourceKinds } from '../source-kinds.js';
import { StepWorker } from '../step-worker.js';

export interface SentCommand {
  readonly to: PeerId;
  readonly name: string;
  readonly body: DownloadCommand;
  readonly id: string;
}

export class FakeOutgoing implements Outgoing {
  readonly commands: SentCommand[] = [];
  readonly facts: { name: string; subject: string; id: string; body: FactBody<'distribution.completed'> }[] =
    [];
  readonly online = new Map<PeerId, Incarnation>();
  away = false;

  async command<N extends CommandName>(
    to: { peerId: PeerId; incarnation: Incarnation },
    name: N,
    body: CommandBody<N>,
    id: string,
  ): Promise<boolean> {
    if (this.away) throw new ShoalError('broker-away', 'away', { retry: 'transient' });
    if (this.online.get(to.peerId) !== to.incarnation) return false;
    this.commands.push({ to: to.peerId, name, body: body as DownloadCommand, id });
    return true;
  }

  async fact<N extends FactName>(name: N, subject: string, body: FactBody<N>, id: string): Promise<void> {
    if (this.away) throw new ShoalError('broker-away', 'away', { retry: 'transient' });
    this.facts.push({ name, subject, id, body: body as never });
  }
}

/** Jobs in memory, run by hand. As with real ones, a step that is added while it runs is not added. */
class FakeSteps implements Steps {
  readonly jobs = new Map<string, { step: Step; at: number }>();

  constructor(private readonly now: () => number) {}

  async add(step: Step, afterMs = 0): Promise<void> {
    const key = JSON.stringify(step);
    if (!this.jobs.has(key)) this.jobs.set(key, { step, at: this.now() + afterMs });
  }

  /** Runs the most urgent step that is due by a clock that is ahead by so much. Whether there was one. */
  async runNext(handler: (step: Step) => Promise<void>, aheadMs: number): Promise<boolean> {
    const due = [...this.jobs].filter(([, { at }]) => at <= this.now() + aheadMs);
    const urgency = ({ step }: { step: Step }): number => (step.kind === 'start' ? step.priority : 10);
    const [next] = due.sort(([, a], [, b]) => urgency(b) - urgency(a));
    if (next === undefined) return false;
    await handler(next[1].step);
    this.jobs.delete(next[0]);
    return true;
  }
}

/** A transfer process without its servers: time and jobs go on when a test says so. */
export class TransferWorld {
  time = 20_000;
  readonly clock = { now: () => this.time };
  readonly registries: Registries = memoryRegistries();
  readonly outgoing = new FakeOutgoing();
  readonly steps = new FakeSteps(this.clock.now);
  readonly troubles: unknown[] = [];
  readonly scheduling = new Scheduling(this.steps, this.clock);
  readonly distributing = new Distributing(this.registries, this.scheduling, this.clock);
  readonly reading = new Reading(this.registries.distributions);
  readonly announcing = new Announcing(this.registries.distributions, this.outgoing);
  readonly commanding = new Commanding(
    this.registries.peers,
    this.registries.distributions,
    this.outgoing,
    this.scheduling,
    this.clock,
  );
  readonly advancing = new Advancing(
    this.registries.distributions,
    this.commanding,
    this.scheduling,
    this.clock,
  );
  readonly ending = new Ending(this.registries, this.reading, this.scheduling, this.announcing, this.clock);
  readonly following = new Following(this.registries, this.distributing, this.ending, (_id, error) =>
    this.troubles.push(error),
  );
  readonly outcomes = new Outcomes(
    this.registries.distributions,
    this.scheduling,
    new SourceKinds(this.registries.peers, this.clock.now),
    this.clock,
  );
  private handler: (step: Step) => Promise<void> = async () => undefined;

  private constructor() {}

  static async with(...peers: readonly string[]): Promise<TransferWorld> {
    const world = new TransferWorld();
    const { advancing, ending, commanding, announcing, registries, steps, scheduling, clock } = world;
    const placing = { run: async () => undefined };
    const { distributions, peers: everybody } = registries;
    const goneTargets = new GoneTargets(distributions, everybody, commanding, clock);
    const overdue = new Overdue(distributions, scheduling);
    await new StepWorker(
      { run: (handler) => (world.handler = handler) },
      { start: async () => undefined, stop: () => undefined },
      new CatchingUp(registries.distributions, steps, scheduling, clock),
      { advancing, ending, commanding, placing, announcing, goneTargets, overdue },
    ).start();
    await world.publish('la la la');
    for (const name of peers) await world.join(name);
    await world.work();
    return world;
  }

  async publish(content: string): Promise<number> {
    const { version } = await this.registries.manifests.publish('music.txt', manifestOf(content), this.time);
    return version.version;
  }

  async join(name: string, labels: Record<string, string> = {}, incarnation = 1_000): Promise<void> {
    const storage = { max: 1, free: 1 };
    const peer = peerRecord(name, { incarnation, labels, storage, leaseAt: this.time });
    await this.registries.peers.join(peer);
    this.outgoing.online.set(peer.peerId, incarnation);
  }

  async leave(name: string, incarnation = 1_000): Promise<void> {
    await this.registries.peers.leave(peerIdFor(name), incarnation);
    this.outgoing.online.delete(peerIdFor(name));
  }

  ask(more: Partial<RequestBody<'transfer.download'>> = {}, messageId?: string) {
    const request = { file: 'music.txt', targets: ['host7'], ...more };
    return this.distributing.download(REQUESTS['transfer.download'].request.parse(request), messageId);
  }

  /** Asks, and does what is due at once. Returns the distribution's id. */
  async begin(more: Partial<RequestBody<'transfer.download'>> = {}): Promise<string> {
    const { distributionId } = await this.ask(more);
    await this.work();
    return distributionId;
  }

  /** Does every step that is due, and those that become due by it, at once or by a clock that is ahead of the others. */
  async work(aheadMs = 0): Promise<void> {
    while (await this.steps.runNext(this.handler, aheadMs));
  }

  async after(milliseconds: number): Promise<void> {
    this.time += milliseconds;
    await this.work();
  }

  /** What is done once a minute. */
  async looksForLost(): Promise<void> {
    await this.steps.add({ kind: 'gone', distributionId: 'all' });
    await this.steps.add({ kind: 'overdue', distributionId: 'all' });
    await this.work();
  }

  async states(distributionId: string): Promise<string[]> {
    const status = await this.reading.status({ distributionId, limit: 100 });
    return status.rows.map(({ name, state }) => `${name} ${state}`);
  }

  /** Download commands to this peer. */
  commandsTo(name: string): DownloadCommand[] {
    const to = peerIdFor(name);
    return this.outgoing.commands
      .filter((command) => command.to === to && command.name === 'command.download')
      .map(({ body }) => body);
  }

  cancelsTo(name: string): CommandBody<'command.cancel'>[] {
    const to = peerIdFor(name);
    return this.outgoing.commands
      .filter((command) => command.to === to && command.name === 'command.cancel')
      .map(({ body }) => body as unknown as CommandBody<'command.cancel'>);
  }

  async completes(name: string, from: FactBody<'download.completed'>['from'] = []): Promise<void> {
    const done = { size: 8, sha256: 'c'.repeat(64), path: '/f', milliseconds: 4, from };
    await this.outcomes.completed({ ...this.about(name), ...done });
    await this.work();
  }

  async fails(name: string, code = 'target-exists'): Promise<void> {
    const error = { code, message: 'it is there', retry: 'permanent' } as const;
    await this.outcomes.failed({ ...this.about(name), error });
    await this.work();
  }

  async progresses(name: string, bytes: number): Promise<void> {
    await this.outcomes.progress({ ...this.about(name), bytes, size: 8, rate: 2, sources: 1 });
    await this.work();
  }

  private about(name: string) {
    const { distributionId, fileId, commandId } = this.commandsTo(name).at(-1) as DownloadCommand;
    return { peerId: peerIdFor(name), fileId, distributionId, commandId };
  }
}
