import { EXIT } from './output/exit-codes.js';
import { processContext } from './process-context.js';
import { run } from './run.js';

/** Commands whose work matters when nobody reads what they say any more. */
const WORK = new Set(['get', 'publish', 'share', 'chunk', 'split', 'join', 'peer', 'anchor']);
const args = process.argv.slice(2);

// `shoal search '*' | head -1`: the reader went away, which is no failure, and all others have said enough.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(EXIT.failed);
    if (!WORK.has(args[0] ?? '')) process.exit(EXIT.ok);
  });
}

/** Resolves when all that was written is out, or cannot be. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write('', () => resolve()));

const code = await run(args, processContext());
// Nothing that a library left open may keep a person waiting.
if (code !== undefined) {
  await Promise.all([process.stdout, process.stderr].map(flushed));
  process.exit(code);
}
