import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KIB } from '#core';
import { ControlClient } from '../../../../apps/cli/src/local/control-client.js';
import { startNetwork, type RunningPeer } from '../../../network/network.js';
import { Run } from '../../../run/run.js';
import { freePorts } from '../../../services/ports.js';
import { startServices } from '../../../services/start-services.js';
import type { Measured } from '../../frame/port.js';
import { percentileOf } from '../../frame/statistics.js';
import { ForeignLoad } from '../../measure/foreign.js';
import { Bell } from './bell.js';
import { Operator } from './operator.js';
import { RequestTap } from './request-tap.js';

const SIZE = 64 * KIB;
const PATIENCE_MS = 20_000;

/** A network at rest: each message is published when the download before it has ended. */
export const idleRun = async (messages: number): Promise<Measured> => {
  const run = await Run.open({ command: 'npm run bench' });
  const requested = new Bell();
  const ended = new Bell();
  const [port] = (await freePorts(1)) as [number];
  const tap = await RequestTap.before(port, requested.ring);
  let operator: Operator | undefined;
  try {
    const environment = { ...process.env, AMQP_URL: undefined, REDIS_URL: undefined };
    const services = await startServices(run, { environment });
    const advertise = { PEER_ADVERTISE: `127.0.0.1:${tap.port}` };
    const source = { name: 'source', listen: `127.0.0.1:${port}`, environment: advertise };
    const peers = [source, { name: 'target' }];
    const network = await startNetwork(run, services, { anchors: ['server1'], logLevel: 'warn', peers });
    operator = await Operator.start(services, network, () => ended.ring());
    const load = new ForeignLoad();
    const times: number[] = [];
    for (let number = 0; number < messages; number++) {
      await publish(network.peer('source'), `file${number}`);
      times.push(await untilRequested(operator, `file${number}`, requested, ended));
    }
    return { figures: figuresOf(times), foreign: load.share() };
  } finally {
    await operator?.stop();
    tap.close();
    await run.close();
  }
};

const publish = async ({ roots, controlSocket }: RunningPeer, file: string): Promise<void> => {
  const path = join(roots[0] as string, file);
  writeFileSync(path, randomBytes(SIZE));
  for await (const event of new ControlClient(controlSocket).publish({ path })) void event;
};

/** Milliseconds until the target asks the source for a chunk; resolves when the distribution has ended. */
const untilRequested = async (
  operator: Operator,
  file: string,
  requested: Bell,
  ended: Bell,
): Promise<number> => {
  const first = requested.next(`a request for ${file}`, PATIENCE_MS);
  const end = ended.next(`the end of ${file}`, PATIENCE_MS);
  const startedAt = performance.now();
  await operator.order(file, ['target'], file);
  await first;
  const time = performance.now() - startedAt;
  await end;
  return time;
};

const figuresOf = (times: readonly number[]): Record<string, number> => ({
  message_to_first_request_p50_ms: percentileOf(times, 0.5),
  message_to_first_request_p99_ms: percentileOf(times, 0.99),
});
