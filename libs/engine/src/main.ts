import './process/compile-less.js';
import { loadDigests } from '#chunking';
import { Engine } from './engine.js';
import { EngineServer } from './process/engine-server.js';
import type { FromEngine, ToEngine } from './process/ipc.js';

/** Time to write checkpoints when the parent is gone or says stop, milliseconds. Then the process ends whatever is left. */
const FAREWELL_MS = 1_000;

/** The engine's process: obeys the parent over Node's IPC channel and ends with it. Forked by EngineProcess. */
const main = (): void => {
  const server = new EngineServer(
    (settings, emit) => new Engine(settings, emit),
    tellParent,
    // The channel may still hold the last reply.
    () => (process.connected ? process.disconnect() : process.exit()),
  );
  let leaving = false;
  const leave = (): void => {
    if (leaving) return;
    leaving = true;
    setTimeout(() => process.exit(), FAREWELL_MS);
    void server.stop().finally(() => process.exit());
  };
  process.on('message', (message) => void server.receive(message as ToEngine));
  process.on('disconnect', leave);
  process.on('SIGTERM', leave);
  // Ctrl-C reaches the whole group: the parent decides.
  process.on('SIGINT', () => undefined);
};

const tellParent = (message: FromEngine): void => {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
};

main();
// Takes as long as several chunks do on a busy machine: not while the first one waits.
setImmediate(loadDigests);
