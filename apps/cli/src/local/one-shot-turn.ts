import { setTimeout as delay } from 'node:timers/promises';
import { ShoalError } from '#core';
import { ControlClient } from './control-client.js';
import { controlSocketIn } from './data-home.js';

const PROBE_MS = 500;
/** A one-shot peer whose command was killed leaves the network and ends within this time. */
const PATIENCE_MS = 10_000;
const AGAIN_MS = 100;

/** One-shot peers are named after the process of their command. */
export const oneShotName = (pid: number): string => `cli-${pid}`;

/**
 * Resolves when no one-shot peer has this data folder: at once when there is none, after a moment when its command was
 * killed and it is about to end.
 * @throws ShoalError `target-in-use` when another command of this user works on the file
 */
export const untilFree = async (dataFolder: string, file: string, signal: AbortSignal): Promise<void> => {
  for (const deadline = Date.now() + PATIENCE_MS; ;) {
    const owner = await ownerOf(dataFolder);
    if (owner === undefined) return;
    if (isAlive(owner) || Date.now() >= deadline) throw targetInUse(file, owner);
    if (signal.aborted) throw new ShoalError('cancelled', 'interrupted');
    await delay(AGAIN_MS);
  }
};

/** The process of the command whose peer answers there. */
const ownerOf = async (dataFolder: string): Promise<number | undefined> => {
  try {
    const { name } = await new ControlClient(controlSocketIn(dataFolder)).status(PROBE_MS);
    return Number(/^cli-(\d+)$/.exec(name)?.[1] ?? 0);
  } catch {
    return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
};

const targetInUse = (file: string, owner: number): ShoalError =>
  new ShoalError('target-in-use', `another command works on ${file} already (process ${owner})`, {
    hint: 'Wait until it ends, stop it with Ctrl-C, or choose another target.',
  });
