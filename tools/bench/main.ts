/** `npm run bench -- NAME...`: how fast the system is, beside others, on this machine. */
import { runCommand, say, type Stop } from '../run/command.js';
import { readOptions } from './frame/options.js';
import { BENCHES } from './frame/registry.js';
import { runBench } from './frame/run-bench.js';
import { usageOf } from './frame/usage.js';
import { Workshop } from './frame/workshop.js';

const main = async (stop: Stop): Promise<number> => {
  const options = readOptions(
    process.argv.slice(2),
    BENCHES.map(({ name }) => name),
  );
  if (options === undefined) {
    process.stdout.write(usageOf(BENCHES));
    return 0;
  }
  const workshop = await Workshop.open(options, stop.signal, say);
  let good = true;
  try {
    for (const bench of BENCHES.filter(({ name }) => options.benches.includes(name))) {
      good = (await stop.unlessStopped(runBench(bench, workshop))) && good;
    }
  } finally {
    await workshop.close();
  }
  return good ? 0 : 1;
};

await runCommand(main);
