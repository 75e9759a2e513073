/** `npm test [-- part... paths...]`: every check of the project. Its last line is `N passed, N failed`. */
import { join } from 'node:path';
import pc from 'picocolors';
import { formatDuration } from '#core';
import { runCommand, say, type Stop } from '../run/command.js';
import { Run } from '../run/run.js';
import type { Services } from '../services/services.js';
import { startServices } from '../services/start-services.js';
import { testEnvironment } from '../services/test-environment.js';
import { jestArguments, readReport } from './jest-run.js';
import {
  closingLine,
  isTestPart,
  needsServers,
  outcomeOfJest,
  PARTS,
  readRequest,
  type Outcome,
  type Part,
  type Request,
} from './parts.js';
import { STATIC_CHECKS } from './static-checks.js';
import { runStep, type Step } from './step.js';

const STATIC_TIMEOUT_MS = 8 * 60_000;
const JEST_TIMEOUT_MS = 12 * 60_000;

type Environment = Step['env'];

/** Servers for the test runs, started when the first part needs them; one for all. */
class LazyServers {
  private environment: Promise<Environment> | undefined;

  constructor(private readonly run: Run) {}

  provide(): Promise<Environment> {
    this.environment ??= startServices(this.run, { say, anyNetwork: true }).then(testRunEnvironment);
    return this.environment;
  }
}

const environmentFor = async (part: Part, run: Run, servers: LazyServers): Promise<Environment> => ({
  ...run.environment,
  AMQP_URL: undefined,
  REDIS_URL: undefined,
  ANCHORS: undefined,
  ...(needsServers(part) ? await servers.provide() : {}),
});

/** Every user by name (SHOAL_TEST_...), and the one that may do all for tests of the broker itself. */
const testRunEnvironment = (services: Services): Environment => {
  say(`RabbitMQ ${services.versions.broker}, Redis ${services.versions.redis}.`);
  return {
    ...testEnvironment(services),
    AMQP_URL: services.amqpUrl('admin'),
    REDIS_URL: services.redisUrl,
  };
};

const runPart = async (
  part: Part,
  request: Request,
  run: Run,
  servers: LazyServers,
  stop: Stop,
): Promise<Outcome> => {
  const env = await environmentFor(part, run, servers);
  const startedAt = Date.now();
  if (!isTestPart(part)) {
    const step = {
      command: process.execPath,
      args: STATIC_CHECKS[part].args,
      env,
      timeoutMs: STATIC_TIMEOUT_MS,
    };
    const failed = (await runStep(step, stop)) === 0 ? 0 : 1;
    return { part, passed: 1 - failed, failed, skipped: 0, milliseconds: Date.now() - startedAt };
  }
  const report = join(run.folder, `${part}.json`);
  const args = jestArguments(part, report, request.rest);
  const code = await runStep({ command: process.execPath, args, env, timeoutMs: JEST_TIMEOUT_MS }, stop);
  return outcomeOfJest(part, code, readReport(report), Date.now() - startedAt);
};

const titleOf = (part: Part): string =>
  isTestPart(part) ? `${part} tests (jest)` : STATIC_CHECKS[part].title;

const table = (outcomes: readonly Outcome[]): string =>
  outcomes
    .map(({ part, passed, failed, skipped, milliseconds }) => {
      const mark = failed === 0 ? pc.green('ok    ') : pc.red('FAILED');
      const left = skipped === 0 ? '' : `, ${skipped} skipped`;
      const counts = isTestPart(part) ? `  ${passed} passed, ${failed} failed${left}` : '';
      return `${mark} ${titleOf(part).padEnd(40)} ${formatDuration(milliseconds).padStart(8)}${counts}`;
    })
    .join('\n');

const HELP = `npm test [-- PART... [PATH | OPTION]...]

Every check of the project, or the named parts: ${PARTS.join(', ')}.
Paths and options after them go to jest, for example
  npm test -- integration test/integration/registry -t handout
AMQP_URL and REDIS_URL name servers to test on; without them a run starts its own.`;

const main = async (stop: Stop): Promise<number> => {
  if (process.argv[2] === '--help') {
    say(HELP);
    return 0;
  }
  const request = readRequest(process.argv.slice(2));
  const run = await Run.open({ command: 'npm test' });
  const servers = new LazyServers(run);
  const outcomes: Outcome[] = [];
  try {
    for (const part of request.parts) {
      process.stdout.write(`\n${pc.bold(`== ${titleOf(part)}`)}\n`);
      outcomes.push(await runPart(part, request, run, servers, stop));
      if (stop.signal.aborted) return 1;
    }
  } finally {
    await run.close();
  }
  process.stdout.write(`\n${table(outcomes)}\n\n${closingLine(outcomes)}\n`);
  return outcomes.every(({ failed }) => failed === 0) ? 0 : 1;
};

await runCommand(main);
