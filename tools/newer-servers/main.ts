/**
 * `npm run test:newer-servers [-- part... paths...]`: the tests on real servers against those of Debian 13 (RabbitMQ 4.0,
 * Redis 8), which are installed into a scratch folder that goes away again. Not a part of `npm test`.
 */
import { join } from 'node:path';
import { runStep } from '../check/step.js';
import { needsServers, PARTS } from '../check/parts.js';
import { runCommand, say, type Stop } from '../run/command.js';
import { PROJECT_ROOT } from '../run/project.js';
import { DebianRoot, removeAbandonedRoots, whyNoRoot } from './debian-root.js';
import { ShoalError } from '#core';

/** All of the tests on a busy machine. */
const TIMEOUT_MS = 45 * 60_000;

const HELP = `npm run test:newer-servers [-- PART... [PATH | OPTION]...]

${PARTS.filter(needsServers).join(', ')} on RabbitMQ 4.0 and Redis 8, from Debian 13, in a scratch folder.`;

const main = async (stop: Stop): Promise<number> => {
  if (process.argv[2] === '--help') {
    say(HELP);
    return 0;
  }
  const reason = whyNoRoot();
  if (reason !== undefined) {
    throw new ShoalError('bad-config', `servers of Debian 13 cannot be installed into a folder: ${reason}`, {
      hint: 'Start a RabbitMQ 4 and a Redis 8 by other means and run `AMQP_URL=... REDIS_URL=... npm test -- integration e2e`.',
    });
  }
  await removeAbandonedRoots();
  const root = await DebianRoot.make(say, stop);
  try {
    for (const [name, version] of await root.versions()) say(`${name} ${version}`);
    const wanted = process.argv.slice(2);
    const parts = PARTS.filter(needsServers);
    const args = [
      join(PROJECT_ROOT, 'tools', 'bootstrap.mjs'),
      'check',
      ...(wanted.length > 0 ? wanted : parts),
    ];
    const env = { ...root.environment, AMQP_URL: undefined, REDIS_URL: undefined };
    return await runStep({ command: process.execPath, args, env, timeoutMs: TIMEOUT_MS }, stop);
  } finally {
    await root.remove();
  }
};

await runCommand(main);
