import { dirname } from 'node:path';
import type { NetworkPlace } from '../network/place.js';
import type { Env } from '../env.js';
import { findDaemonFor } from './find-daemon.js';
import type { ControlClient } from './control-client.js';
import { oneShotFolder } from './data-home.js';
import { startOneShotPeer } from './one-shot-peer.js';
import { pruneOneShots } from './prune.js';

export interface LocalPeerQuestion {
  /** Absolute path of the file to publish or to write. */
  readonly file: string;
  readonly peer?: string | undefined;
  readonly listen?: string | undefined;
  readonly advertise?: string | undefined;
  readonly maxUp?: number | undefined;
  readonly program?: string | undefined;
  readonly env: Env;
  readonly cwd: string;
  /** Throws when no anchor is known: only a daemon can do without. */
  readonly place: () => NetworkPlace;
  readonly placeIfAny: NetworkPlace | undefined;
}

/** The peer of this machine that does the work. */
export interface LocalPeer {
  readonly kind: 'daemon' | 'one-shot';
  readonly name: string;
  readonly client: ControlClient;
  /** Never resolves for a daemon. */
  readonly ended: Promise<void>;
  /** Ends a one-shot peer; leaves a daemon alone. */
  close(): Promise<void>;
}

/**
 * The daemon that may touch the file, else a one-shot peer for this command. Both are spoken to in the same way.
 * @throws ShoalError
 */
export const openLocalPeer = async (question: LocalPeerQuestion, signal: AbortSignal): Promise<LocalPeer> => {
  const { file, env, placeIfAny } = question;
  const daemon = await findDaemonFor(file, { ...question, place: placeIfAny });
  if (daemon !== undefined) {
    return {
      kind: 'daemon',
      name: daemon.name,
      client: daemon.client,
      ended: new Promise<void>(() => {}),
      close: () => Promise.resolve(),
    };
  }
  const dataFolder = oneShotFolder(env, file);
  await pruneOneShots(dirname(dataFolder), Date.now());
  const peer = await startOneShotPeer(
    { ...question, place: question.place(), root: dirname(file), dataFolder },
    signal,
  );
  return {
    kind: 'one-shot',
    name: `cli-${process.pid}`,
    client: peer.client,
    ended: peer.ended,
    close: () => peer.stop(),
  };
};
