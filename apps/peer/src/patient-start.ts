import { ShoalError } from '#core';
import type { EngineReady } from '#engine';

/** The engine of a peer that was killed needs a moment to notice, and at most a second to write its checkpoints. */
const PATIENCE_MS = 5_000;
const AGAIN_MS = 200;

export interface PatienceParts {
  readonly start: () => Promise<EngineReady>;
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

/**
 * Starts an engine; while the data folder is in use it is tried again for a while, so that a supervisor may start a peer
 * the moment the one before has died. @throws ShoalError
 */
export const startPatiently = async ({ start, now, pause }: PatienceParts): Promise<EngineReady> => {
  for (const deadline = now() + PATIENCE_MS; ;) {
    try {
      return await start();
    } catch (error) {
      const inUse = error instanceof ShoalError && error.code === 'data-folder-in-use';
      if (!inUse || now() >= deadline) throw error;
      await pause(AGAIN_MS);
    }
  }
};
