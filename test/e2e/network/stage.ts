import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalStatus, ReplyBody, RequestBody } from '#contracts';
import { AmqpBroker } from '#platform/broker';
import { ControlClient, type PeerEvent } from '../../../apps/cli/src/local/control-client.js';
import {
  startNetwork,
  type Network,
  type NetworkPlan,
  type RunningPeer,
} from '../../../tools/network/network.js';
import { uniqueNetwork } from '../../../tools/network/unique-network.js';
import { Run } from '../../../tools/run/run.js';
import type { Services } from '../../../tools/services/services.js';
import { testServices } from '../../../tools/services/test-environment.js';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

type Holder = ReplyBody<'manifest.get'>['holders'][number];
export type Done = Extract<PeerEvent, { event: 'done' }>;

/** A network of real processes, and one program of an operator that talks to its broker. */
export class Stage {
  private constructor(
    readonly run: Run,
    readonly network: Network,
    readonly broker: AmqpBroker,
  ) {}

  /** `start`: servers of the stage's own, which its tests may kill; else those of the whole test run. */
  static async open(
    plan: Omit<NetworkPlan, 'network'>,
    start: (run: Run) => Promise<Services> = async () => testServices(),
  ): Promise<Stage> {
    const run = await Run.open({ command: 'e2e network' });
    const services = await start(run);
    const network = await startNetwork(run, services, { network: uniqueNetwork(), ...plan });
    const urls = [services.amqpUrl('operator')];
    const broker = new AmqpBroker({ urls, sender: 'cli', connectionName: 'cli/e2e', network: network.id });
    await broker.start(10_000);
    return new Stage(run, network, broker);
  }

  async close(): Promise<void> {
    await this.broker.stop();
    await this.network.stop();
    await this.run.close();
  }

  peer(name: string): RunningPeer {
    return this.network.peer(name);
  }

  client(name: string): ControlClient {
    return new ControlClient(this.peer(name).controlSocket);
  }

  path(peer: string, file: string): string {
    return join(this.peer(peer).roots[0] as string, file);
  }

  read(peer: string, file: string): Buffer {
    return readFileSync(this.path(peer, file));
  }

  async publish(peer: string, file: string, bytes: Uint8Array, chunkSize?: number): Promise<Done> {
    const path = this.path(peer, file);
    writeFileSync(path, bytes);
    const wish = { path, ...(chunkSize === undefined ? {} : { chunkSize }) };
    return doneOf(this.client(peer).publish(wish));
  }

  get(peer: string, file: string, more: { maxDownRate?: number } = {}): AsyncGenerator<PeerEvent> {
    return this.client(peer).get({ file, output: this.path(peer, file), ...more });
  }

  manifest(body: RequestBody<'manifest.get'>): Promise<ReplyBody<'manifest.get'>> {
    return this.broker.request('manifest.get', body);
  }

  async holders(name: string, version?: number): Promise<readonly Holder[]> {
    const file = { name, ...(version === undefined ? {} : { version }) };
    return (await this.manifest({ file, withManifest: false })).holders;
  }

  async holderNames(name: string): Promise<string[]> {
    return (await this.holders(name)).map((holder) => holder.name).sort();
  }

  status(peer: string): Promise<LocalStatus> {
    return this.client(peer).status();
  }
}

/** Follows a long call to its end. @throws ShoalError of the call */
export const doneOf = async (
  events: AsyncGenerator<PeerEvent>,
  onEvent: (event: PeerEvent) => void = () => undefined,
): Promise<Done> => {
  for await (const event of events) {
    onEvent(event);
    if (event.event === 'done') return event;
  }
  throw new Error('the call ended without an end');
};

/** Asks again until it is so, at most `ms`; resolves with how long it took, milliseconds. */
export const untilTrue = async (ask: () => Promise<boolean>, ms = 20_000): Promise<number> => {
  const startedAt = performance.now();
  for (;;) {
    if (await ask()) return performance.now() - startedAt;
    await new Promise(setImmediate);
    if (performance.now() - startedAt > ms) throw new Error(`not so within ${ms} ms`);
  }
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
