/**
 * A small process that outlives the command that started it. It reads a pipe whose only other end is in that command,
 * so the end of the pipe means that the command is gone, `kill -9` included. Then it ends what the command left.
 */
import { endRun } from './end-run.js';
import { readRunRecord } from './run-record.js';

const untilOwnerIsGone = (): Promise<void> =>
  new Promise((resolve) => {
    process.stdin.on('end', resolve);
    process.stdin.on('error', () => resolve());
    process.stdin.resume();
  });

// They are meant for the command. When it goes, the pipe ends.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);

const folder = process.argv[2] as string;
await untilOwnerIsGone();
const record = readRunRecord(folder);
if (record !== undefined) {
  await endRun(folder, record);
  if (record.foreign.length > 0) {
    const { leaveForeignNetworks } = await import('../services/foreign.js');
    await leaveForeignNetworks(record.foreign);
  }
}
process.exit(0);
