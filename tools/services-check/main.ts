/**
 * Starts the servers, says what they are, stops them. `--json` prints one line of JSON (with logins) instead; `--stay`
 * keeps them until a signal.
 */
import { parseArgs } from 'node:util';
import { runCommand, say, type Stop } from '../run/command.js';
import { Run } from '../run/run.js';
import type { Services } from '../services/services.js';
import { startServices } from '../services/start-services.js';
import { testEnvironment } from '../services/test-environment.js';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, stay: { type: 'boolean' } } });

const describe = (services: Services, startedAt: number): string =>
  [
    `RabbitMQ ${services.versions.broker} and Redis ${services.versions.redis} answered after ${((Date.now() - startedAt) / 1_000).toFixed(1)} s.`,
    ...(services.adminUrl === undefined
      ? []
      : [
          `Admin page: ${services.adminUrl} (user ${services.adminLogin?.user}, password ${services.adminLogin?.password})`,
        ]),
  ].join('\n');

const asJson = (run: Run, services: Services): string =>
  JSON.stringify({
    run: { id: run.id, folder: run.folder, pid: process.pid, watchdog: run.watchdogPid },
    versions: services.versions,
    pids: [services.broker?.pid, services.redis?.pid],
    environment: testEnvironment(services),
  });

const main = async (stop: Stop): Promise<number> => {
  const startedAt = Date.now();
  const run = await Run.open({ command: 'services-check' });
  try {
    const services = await stop.unlessStopped(startServices(run, { say, anyNetwork: true }));
    process.stdout.write(`${values.json === true ? asJson(run, services) : describe(services, startedAt)}\n`);
    if (values.stay === true) await stop.requested;
    await services.stop();
    return 0;
  } finally {
    await run.close();
  }
};

await runCommand(main);
