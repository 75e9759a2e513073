import { EXIT } from './output/exit-codes.js';
import { processContext } from './process-context.js';
import { run } from './run.js';

// `shoal search '*' | head -1`: the reader went away, which is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed),
  );
}

const code = await run(process.argv.slice(2), processContext());
// Nothing that a library left open may keep a person waiting.
if (code !== undefined) process.exit(code);
