import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ShoalError } from '#core';
import { z } from 'zod';
import { parseWith } from '#contracts';
import { programFile } from '#platform/program';
import { anchorVariables, type NetworkPlace } from '../network/place.js';
import type { Env } from '../env.js';
import { ControlClient } from './control-client.js';
import { oneShotName } from './one-shot-turn.js';
import { lastCodeIn, lastWordsIn } from './log-tail.js';

/** A peer has to start an engine, connect and join: 1 to 3 s on a busy machine. */
const READY_MS = 30_000;
/** After a graceful leave the process ends by itself; each step harder than the one before. */
const EXIT_MS = 5_000;

export interface OneShotOptions {
  readonly place: NetworkPlace;
  readonly env: Env;
  /** The only folder that it may read and write. */
  readonly root: string;
  /** Keeps what an interrupted run left; made when it is not there. */
  readonly dataFolder: string;
  readonly listen?: string | undefined;
  readonly advertise?: string | undefined;
  /** Bytes a second. */
  readonly maxUp?: number | undefined;
  /** Its log says everything. */
  readonly verbose?: boolean | undefined;
  /** Another program in its place, for tests. */
  readonly program?: string | undefined;
}

/** A peer that lives as long as this command: started when no daemon can do the work. */
export interface OneShotPeer {
  readonly client: ControlClient;
  /** Resolves when its process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Leaves the network and ends the process. Idempotent. */
  stop(): Promise<void>;
}

const ready = z.object({ ready: z.object({ controlSocket: z.string().min(1).max(4_096) }) });

/**
 * Resolves when the peer has joined.
 * @throws ShoalError `no-anchor` when it did not within 30 s, `cancelled`, or why it ended
 */
export const startOneShotPeer = async (
  options: OneShotOptions,
  signal?: AbortSignal,
): Promise<OneShotPeer> => {
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 });
  const logFile = join(options.dataFolder, 'peer.log');
  const child = start(options, logFile);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  try {
    const controlSocket = await untilReady(child, ended, logFile, signal);
    const client = new ControlClient(controlSocket);
    return { client, ended, stop: () => stop(child, client, ended) };
  } catch (error) {
    child.kill('SIGTERM');
    await exitOf(child, ended);
    throw error;
  }
};

const start = (options: OneShotOptions, logFile: string): ChildProcess => {
  const log = openSync(logFile, 'w', 0o600);
  try {
    return spawn(process.execPath, [options.program ?? programFile('peer')], {
      env: environmentOf(options),
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
};

/** A daemon's settings, but nothing of a daemon that is configured in the same shell. */
export const environmentOf = (options: OneShotOptions): NodeJS.ProcessEnv => {
  const { place, env, root, dataFolder, listen, advertise, maxUp } = options;
  const foreign = /^(PEER_|HEALTH_|MAX_UP$|MAX_DOWN$|ANCHORS$|AMQP_URL$|REDIS_URL$)/;
  const inherited = Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)));
  return {
    ...inherited,
    ...anchorVariables(place),
    SHOAL_NETWORK: place.networkId,
    PEER_NAME: oneShotName(process.pid),
    PEER_ROOTS: root,
    PEER_DATA: dataFolder,
    ...(listen === undefined ? {} : { PEER_LISTEN: listen }),
    ...(advertise === undefined ? {} : { PEER_ADVERTISE: advertise }),
    ...(maxUp === undefined ? {} : { MAX_UP: String(maxUp) }),
    ...(options.verbose === true ? { LOG_LEVEL: 'debug' } : {}),
    // Nobody else may order files into this person's folder.
    PEER_COMMANDS: 'off',
    // Its output is its log.
    PEER_LOG: 'off',
    SHOAL_PARENT_PIPE: '1',
  };
};

const untilReady = (
  child: ChildProcess,
  ended: Promise<void>,
  logFile: string,
  signal: AbortSignal | undefined,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late(logFile)), READY_MS);
    const onAbort = (): void => reject(new ShoalError('cancelled', 'interrupted'));
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    child.on('message', (message) => {
      try {
        const said = parseWith(ready, message, 'what the peer says');
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        resolve(said.ready.controlSocket);
      } catch {
        // Something else than the one message that matters here.
      }
    });
    void ended.then(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      reject(failure(logFile));
    });
  });

const late = (logFile: string): ShoalError =>
  new ShoalError('no-anchor', `no anchor took the one-shot peer within ${READY_MS / 1_000} s`, {
    retry: 'transient',
    hint: `Is an anchor running? The peer said last: ${lastWordsIn(logFile)}`,
  });

const failure = (logFile: string): ShoalError => {
  const last = lastWordsIn(logFile);
  const code = lastCodeIn(logFile) === 'data-folder-in-use' ? 'data-folder-in-use' : 'internal';
  return new ShoalError(code, `the one-shot peer did not start${last === '' ? '' : `: ${last}`}`, {
    hint: `Its log is ${logFile}.`,
  });
};

const stop = async (child: ChildProcess, client: ControlClient, ended: Promise<void>): Promise<void> => {
  if (hasEnded(child)) return;
  // It may be leaving already: Ctrl-C in a terminal reaches it, too.
  await client.leave().catch(() => child.kill('SIGTERM'));
  await exitOf(child, ended);
};

/** Waits, then asks, then forces. */
const exitOf = async (child: ChildProcess, ended: Promise<void>): Promise<void> => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const timer = setTimeout(() => child.kill(signal), signal === 'SIGTERM' ? EXIT_MS : 2 * EXIT_MS);
    void ended.then(() => clearTimeout(timer));
  }
  if (!hasEnded(child)) await ended;
};

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
